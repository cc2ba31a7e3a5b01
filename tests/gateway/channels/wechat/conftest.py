"""The moment at which the test vectors were signed."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.gateway.channels.wechat.peer import VECTOR_TIME


@pytest.fixture(autouse=True)
def _vector_clock() -> Iterator[None]:
    """Stop the clock there; ``peer`` signs for this second."""
    with time_machine.travel(VECTOR_TIME, tick=False):
        yield
