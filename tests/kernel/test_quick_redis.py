"""Redis for what may be lost, over a real one, none at all, and one that is frozen."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from paycenter.kernel import quick_redis
from paycenter.kernel.quick_redis import PAUSE_SECONDS, ask_redis
from tests.support.peer import peer, unused_url


@pytest.fixture(autouse=True)
def _own_client(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connect anew, and forget earlier failures."""
    monkeypatch.setattr(quick_redis, "_left_alone_until", 0.0)
    quick_redis._client.cache_clear()
    yield
    quick_redis._client.cache_clear()


def _ping(client: Any) -> str:
    return "pong" if client.ping() else "silence"


def test_work_is_done_and_its_result_returned() -> None:
    assert ask_redis(_ping, otherwise="lost") == "pong"


def test_without_redis_the_other_value_holds(settings: Settings) -> None:
    settings.REDIS_URL = unused_url().replace("http://", "redis://")
    started = time.monotonic()
    assert ask_redis(_ping, otherwise="lost") == "lost"
    assert time.monotonic() - started < 1.5


def test_frozen_redis_costs_one_short_wait(settings: Settings) -> None:
    asked = []

    def freeze(connection: socket.socket) -> None:
        asked.append(connection)
        connection.recv(1_000)
        time.sleep(1)

    with peer(freeze) as url:
        settings.REDIS_URL = url.replace("http://", "redis://")
        started = time.monotonic()
        assert ask_redis(_ping, otherwise="lost") == "lost"
        once = time.monotonic() - started
        for _ in range(100):
            assert ask_redis(_ping, otherwise="lost") == "lost"
        assert time.monotonic() - started < once + 0.2
    assert once < 1.5
    assert len(asked) == 1


def test_redis_is_asked_again_after_the_pause(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = settings.REDIS_URL
    settings.REDIS_URL = unused_url().replace("http://", "redis://")
    assert ask_redis(_ping, otherwise="lost") == "lost"
    settings.REDIS_URL = known
    quick_redis._client.cache_clear()
    assert ask_redis(_ping, otherwise="lost") == "lost", "it is left alone for a moment"
    later = time.monotonic() + PAUSE_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert ask_redis(_ping, otherwise="lost") == "pong"


def test_mistake_in_the_work_is_not_taken_for_a_lost_redis() -> None:
    def mistaken(client: Any) -> str:
        raise ValueError("mistaken")

    with pytest.raises(ValueError, match="mistaken"):
        ask_redis(mistaken, otherwise="lost")
    assert ask_redis(_ping, otherwise="lost") == "pong"


def test_refused_command_is_no_error_of_the_caller() -> None:
    def nonsense(client: Any) -> str:
        return str(client.execute_command("NONSENSE"))

    assert ask_redis(nonsense, otherwise="lost") == "lost"


def test_what_is_logged_names_no_password(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    host = unused_url().removeprefix("http://")
    settings.REDIS_URL = f"redis://:hidden-password@{host}"
    ask_redis(_ping, otherwise="lost")
    assert "Redis did not answer: ConnectionError" in caplog.text
    assert "hidden-password" not in caplog.text


def test_many_threads_share_one_client() -> None:
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask_redis(_ping, otherwise="lost")))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["pong"] * 16
