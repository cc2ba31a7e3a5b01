"""The moment at which the peer lives."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.gateway.channels.alipay.peer import NOW


@pytest.fixture(autouse=True)
def _peers_clock() -> Iterator[None]:
    """Stop the clock there."""
    with time_machine.travel(NOW, tick=False):
        yield
