"""A worker's answer to the request that waits for it, over a real Redis."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from paycenter.kernel import replies
from paycenter.kernel.replies import new_reply_key, send_reply, wait_for_reply
from tests.support.peer import peer, unused_url


@pytest.fixture(autouse=True)
def _own_client() -> Iterator[None]:
    """Connect anew: the process's connection is made with the settings of its first use."""
    replies._client.cache_clear()
    yield
    replies._client.cache_clear()


@pytest.fixture
def no_redis(settings: Settings) -> None:
    """Let nobody listen where Redis should be."""
    settings.REDIS_URL = unused_url().replace("http://", "redis://")


def _freeze(connection: socket.socket) -> None:
    connection.recv(1_000)
    time.sleep(5)


def test_a_redis_that_never_answers_ends_the_wait_too(settings: Settings) -> None:
    settings.INITIATE_WAIT_SECONDS = 1
    with peer(_freeze) as url:
        settings.REDIS_URL = url.replace("http://", "redis://")
        started = time.monotonic()
        assert wait_for_reply("key", 1) is None
    assert time.monotonic() - started < 4


def test_an_answer_reaches_who_waits_for_it() -> None:
    key = new_reply_key()
    threading.Timer(0.1, send_reply, (key, {"state": "等待"})).start()
    assert wait_for_reply(key, 5) == {"state": "等待"}


def test_an_answer_sent_before_is_not_lost() -> None:
    key = new_reply_key()
    send_reply(key, {"n": 1})
    assert wait_for_reply(key, 1) == {"n": 1}


def test_an_answer_reaches_nobody_else() -> None:
    send_reply(new_reply_key(), {"n": 1})
    assert wait_for_reply(new_reply_key(), 1) is None


def test_keys_are_not_to_be_guessed() -> None:
    keys = {new_reply_key() for _ in range(1_000)}
    assert len(keys) == 1_000
    assert {len(key) for key in keys} == {32}


def test_no_answer_ends_the_wait_in_time() -> None:
    started = time.monotonic()
    assert wait_for_reply(new_reply_key(), 1) is None
    assert 0.9 < time.monotonic() - started < 3


def test_an_answer_nobody_fetches_is_forgotten() -> None:
    key = new_reply_key()
    send_reply(key, {"n": 1})
    assert 0 < replies._client().ttl(f"reply:{key}") <= replies.EXPIRES_AFTER_SECONDS


@pytest.mark.usefixtures("no_redis")
def test_without_redis_there_is_no_answer_and_no_error() -> None:
    started = time.monotonic()
    send_reply("key", {"n": 1})
    assert wait_for_reply("key", 5) is None
    assert time.monotonic() - started < 2
