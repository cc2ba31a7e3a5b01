"""Here every desk is one whose payers come to a page."""

import pytest

from tests.support.desk import Desk


@pytest.fixture
def desk(checkout_desk: Desk) -> Desk:
    """An application at work: ``account`` takes codes, ``other_account`` is paid by links."""
    return checkout_desk
