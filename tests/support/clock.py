"""A clock that stands still until a test moves it."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine

START = datetime.fromisoformat("2026-11-22T08:00:00+00:00")
Clock = time_machine.Traveller


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Stop the clock at ``START``; ``shift`` moves it on by seconds."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller
