"""The moment at which ``peer`` signs."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.gateway.channels.easypay.peer import NOW


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield
