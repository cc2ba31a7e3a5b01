"""Holding a request until something happens: cheap, bounded, and with nothing open meanwhile.

A waiting request keeps a web thread and asks again twice a second (two indexed statements, no
transaction). So only a few may wait in one process; the next one is answered at once with what is
there, which a client of a long poll has to expect anyway.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

POLL_SECONDS = 0.5
WAITING_AT_MOST = 8

_places = threading.BoundedSemaphore(WAITING_AT_MOST)

T = TypeVar("T")


def wait_for(look: Callable[[], T], *, until: Callable[[T], bool], seconds: int) -> T:
    """Return what ``look`` finds as soon as it is ``until``'s liking, or after ``seconds``."""
    found = look()
    if until(found) or seconds == 0 or not _places.acquire(blocking=False):
        return found
    try:
        deadline = time.monotonic() + seconds
        while not until(found) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            found = look()
    finally:
        _places.release()
    return found
