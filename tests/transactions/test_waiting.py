"""A slow channel holds a few of a web process's threads, never all of them."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Barrier, Event
from typing import Any

import pytest
from pytest_django import Settings

from tests.support.workers import Workers
from transactions import tasks, waiting

ANSWER = {"state": "pending"}
LONG = 5.0 - waiting.PROMPT_SECONDS
"""How long is waited after the prompt answer did not come."""


class SlowChannel:
    """Answers nobody promptly, and those who wait longer once it is told to.

    ``all_wait`` is passed when so many wait longer; ``waits`` holds for how long each waited.
    """

    def __init__(self, waiters: int) -> None:
        self.answers, self.all_wait = Event(), Barrier(waiters + 1, timeout=10)
        self.waits: list[float] = []

    def wait_for_reply(self, key: str, seconds: float) -> dict[str, Any] | None:
        """Stand in for the reply list."""
        assert key
        self.waits.append(seconds)
        if seconds <= waiting.PROMPT_SECONDS:
            return None
        self.all_wait.wait()
        assert self.answers.wait(10)
        return ANSWER


@pytest.fixture
def two_places(settings: Settings, workers: Workers) -> Iterator[None]:
    """Let two requests wait for each slow channel; messages are kept."""
    workers.pause()
    settings.WAITING_PER_CHANNEL, settings.INITIATE_WAIT_SECONDS = 2, 5
    waiting._places.clear()
    yield
    waiting._places.clear()


@pytest.mark.usefixtures("two_places")
def test_while_the_places_are_taken_others_do_not_wait_for_a_slow_channel(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowChannel(2)
    monkeypatch.setattr(waiting, "wait_for_reply", slow.wait_for_reply)
    with ThreadPoolExecutor(2) as pool:
        waiters = [pool.submit(_ask, pk, "slow") for pk in (1, 2)]
        slow.all_wait.wait()
        assert _ask(3, "slow") is None
        assert sorted(slow.waits) == [1.0, 1.0, LONG, LONG]
        slow.answers.set()
        assert [each.result() for each in waiters] == [ANSWER, ANSWER]
    # Its message was sent all the same, to a worker who has nobody to answer.
    assert workers.kept("send_payment")[-1].args == (3, "")


@pytest.mark.usefixtures("two_places")
def test_of_many_who_had_no_prompt_answer_so_many_go_on_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    together, slow = Barrier(3, timeout=10), SlowChannel(2)

    def wait_for_reply(key: str, seconds: float) -> dict[str, Any] | None:
        if seconds <= waiting.PROMPT_SECONDS:
            together.wait()
        return slow.wait_for_reply(key, seconds)

    monkeypatch.setattr(waiting, "wait_for_reply", wait_for_reply)
    with ThreadPoolExecutor(3) as pool:
        waiters = [pool.submit(_ask, pk, "slow") for pk in range(3)]
        slow.all_wait.wait()
        gave_up, _ = wait(waiters, timeout=10, return_when=FIRST_COMPLETED)
        slow.answers.set()
        assert [each.result() for each in gave_up] == [None]
        assert sum(each.result() == ANSWER for each in waiters) == 2


@pytest.mark.usefixtures("two_places")
def test_the_other_channels_have_places_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowChannel(3)
    monkeypatch.setattr(waiting, "wait_for_reply", slow.wait_for_reply)
    with ThreadPoolExecutor(3) as pool:
        channels = ["slow", "slow", "other"]
        waiters = [pool.submit(_ask, pk, channel) for pk, channel in enumerate(channels)]
        slow.all_wait.wait()
        slow.answers.set()
        assert [each.result() for each in waiters] == [ANSWER] * 3


@pytest.mark.usefixtures("two_places")
def test_as_many_as_there_are_wait_for_a_prompt_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    together = Barrier(8, timeout=10)

    def wait_for_reply(key: str, seconds: float) -> dict[str, Any]:
        assert key
        assert seconds == waiting.PROMPT_SECONDS
        together.wait()
        return ANSWER

    monkeypatch.setattr(waiting, "wait_for_reply", wait_for_reply)
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda pk: _ask(pk, "prompt"), range(8))
        assert list(answers) == [ANSWER] * 8


def _ask(pk: int, channel: str) -> dict[str, Any] | None:
    return waiting.ask_worker(tasks.send_payment, pk, channel)
