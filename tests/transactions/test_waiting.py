"""A slow channel holds a part of a web process's threads, never all of them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from pytest_django import Settings

from tests.support.workers import Workers
from transactions import tasks, waiting

ANSWER = {"state": "pending"}


class SlowChannel:
    """Answers those who wait once it is told to; ``all_wait`` is passed when so many wait."""

    def __init__(self, waiters: int) -> None:
        self.answers, self.all_wait = Event(), Barrier(waiters + 1, timeout=10)

    def wait_for_reply(self, key: str, wait_seconds: int) -> dict[str, Any]:
        """Stand in for the reply list."""
        del wait_seconds
        assert key
        self.all_wait.wait()
        assert self.answers.wait(10)
        return ANSWER


@pytest.fixture
def two_places(settings: Settings, workers: Workers) -> Iterator[None]:
    """Let two requests wait for each channel; messages are kept."""
    workers.pause()
    settings.WAITING_PER_CHANNEL = 2
    waiting._places.cache_clear()
    yield
    waiting._places.cache_clear()


@pytest.mark.usefixtures("two_places")
def test_requests_beyond_the_places_are_answered_at_once(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowChannel(2)
    monkeypatch.setattr(waiting, "wait_for_reply", slow.wait_for_reply)
    with ThreadPoolExecutor(2) as pool:
        waiters = [pool.submit(_ask, pk, "slow") for pk in (1, 2)]
        slow.all_wait.wait()
        assert _ask(3, "slow") is None
        slow.answers.set()
        assert [each.result() for each in waiters] == [ANSWER, ANSWER]
    # Its message was sent all the same, to a worker who has nobody to answer.
    assert workers.kept("send_payment")[-1].args == (3, "")


@pytest.mark.usefixtures("two_places")
def test_the_other_channels_have_places_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowChannel(3)
    monkeypatch.setattr(waiting, "wait_for_reply", slow.wait_for_reply)
    with ThreadPoolExecutor(3) as pool:
        waiters = [
            pool.submit(_ask, pk, channel) for pk, channel in enumerate(["slow"] * 2 + ["other"])
        ]
        slow.all_wait.wait()
        slow.answers.set()
        assert [each.result() for each in waiters] == [ANSWER] * 3


@pytest.mark.usefixtures("two_places")
def test_a_place_is_free_again_after_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "wait_for_reply", lambda key, seconds: ANSWER)
    assert [_ask(pk, "slow") for pk in range(5)] == [ANSWER] * 5


def _ask(pk: int, channel: str) -> dict[str, Any] | None:
    return waiting.ask_worker(tasks.send_payment, pk, channel)
