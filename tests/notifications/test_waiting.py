"""Holding a request: as long as asked, no longer, and only a few at a time."""

import threading
import time
from itertools import count

import pytest

from notifications import waiting
from notifications.waiting import wait_for


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask every hundredth of a second."""
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.01)


def test_what_is_there_is_returned_at_once() -> None:
    looks = count(1)
    assert wait_for(lambda: next(looks), until=lambda found: found == 1, seconds=30) == 1


def test_it_returns_as_soon_as_something_comes() -> None:
    looks = count(1)
    started = time.monotonic()
    assert wait_for(lambda: next(looks), until=lambda found: found == 5, seconds=30) == 5
    assert time.monotonic() - started < 5


def test_it_gives_up_in_time() -> None:
    started = time.monotonic()
    assert wait_for(lambda: 0, until=bool, seconds=1) == 0
    assert 1 <= time.monotonic() - started < 3


def test_without_waiting_it_looks_once() -> None:
    looks = count(1)
    assert wait_for(lambda: next(looks), until=lambda found: found > 9, seconds=0) == 1


def test_more_than_a_few_are_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_places", threading.BoundedSemaphore(1))
    looked, release = threading.Event(), threading.Event()

    def look() -> bool:
        looked.set()
        return release.is_set()

    first = threading.Thread(target=wait_for, args=[look], kwargs={"until": bool, "seconds": 30})
    first.start()
    assert looked.wait(5)
    while waiting._places.acquire(blocking=False):
        waiting._places.release()
    started = time.monotonic()
    assert wait_for(lambda: False, until=bool, seconds=30) is False
    assert time.monotonic() - started < 1
    release.set()
    first.join(5)
    assert waiting._places.acquire(blocking=False), "its place is free again"


def test_place_is_given_back_when_looking_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_places", threading.BoundedSemaphore(1))
    looks = iter([False])
    with pytest.raises(StopIteration):
        wait_for(lambda: next(looks), until=bool, seconds=30)
    assert waiting._places.acquire(blocking=False)
