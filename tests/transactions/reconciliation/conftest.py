"""The books of one channel merchant."""

import pytest

from tests.transactions.reconciliation.ledgers import Books, open_books


@pytest.fixture
def books(db: None) -> Books:
    """A channel merchant whose every day is ours to write."""
    return open_books()
