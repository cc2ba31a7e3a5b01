"""Without Redis nothing is counted, nothing is refused, and nobody waits for it."""

import socket
import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from gateway.health.admission import availability_of, check_admission
from gateway.health.breaker import open_scopes, read_breakers, seconds_to_wait
from gateway.health.scopes import scopes_of
from gateway.health.window import read_windows, seen_scopes
from paycenter.kernel import quick_redis
from paycenter.kernel.clock import now
from tests.support.health import ENDPOINT, PAIR, failed, open_breakers, record
from tests.support.parties import make_account
from tests.support.peer import peer, unused_url


def _connect_anew() -> None:
    quick_redis._client.cache_clear()
    quick_redis._left_alone_until = 0.0


@pytest.fixture(autouse=True)
def _own_client() -> Iterator[None]:
    """Connect anew: the process's connection is made with the settings of its first use."""
    _connect_anew()
    yield
    _connect_anew()


def _lose_redis(settings: Settings, url: str) -> None:
    settings.REDIS_URL = url.replace("http://", "redis://")
    _connect_anew()


def test_nothing_is_refused_although_it_was(db: None, settings: Settings) -> None:
    account = make_account()
    open_breakers(account)
    assert seconds_to_wait(scopes_of(account)) > 0
    _lose_redis(settings, unused_url())
    check_admission(account)
    assert availability_of([account]) == {account.pk: None}


def test_nothing_is_counted_and_nothing_raised(settings: Settings) -> None:
    _lose_redis(settings, unused_url())
    assert record(failed(), 50) == []
    assert read_breakers(PAIR) == {}
    assert (open_scopes(), seen_scopes(now())) == ([], [])
    assert read_windows([ENDPOINT], now())[ENDPOINT].calls == 0


def test_a_frozen_redis_is_waited_for_once(settings: Settings) -> None:
    def freeze(connection: socket.socket) -> None:
        time.sleep(5)

    with peer(freeze) as url:
        _lose_redis(settings, url)
        started = time.monotonic()
        record(failed(), 200)
        assert [seconds_to_wait(PAIR) for _ in range(200)] == [0] * 200
        assert time.monotonic() - started < 0.9


def test_a_redis_that_is_back_is_asked_again(settings: Settings) -> None:
    real = settings.REDIS_URL
    _lose_redis(settings, unused_url())
    record(failed())
    settings.REDIS_URL = real
    _connect_anew()
    assert len(record(failed(), 20)) == 1
