"""How often something may be done, counted in a real Redis."""

import secrets
from typing import Any

import pytest
from pytest_django import Settings

from paycenter.kernel import quick_redis
from paycenter.kernel.quick_redis import ask_redis
from paycenter.kernel.rate_limit import over_limit
from tests.support.clock import Clock
from tests.support.peer import unused_url
from tests.support.together import together


@pytest.fixture
def name() -> str:
    """A name that nobody has counted yet."""
    return f"test:{secrets.token_hex(8)}"


def _count(name: str, times: int, *, most: int = 3, seconds: int = 60) -> list[int]:
    return [over_limit(name, most=most, seconds=seconds) for _ in range(times)]


def test_so_many_are_free_and_the_next_must_wait(name: str, clock: Clock) -> None:
    assert _count(name, 5) == [0, 0, 0, 60, 60]


def test_wait_is_what_is_left_of_the_window(name: str, clock: Clock) -> None:
    _count(name, 3)
    clock.shift(45)
    assert _count(name, 1) == [15]


def test_next_window_begins_anew(name: str, clock: Clock) -> None:
    _count(name, 4)
    clock.shift(60)
    assert _count(name, 4) == [0, 0, 0, 60]


def test_whoever_is_held_back_is_counted_on(name: str, clock: Clock) -> None:
    """Who does not stop does not get through by trying more often."""
    assert _count(name, 50)[3:] == [60] * 47


def test_names_are_counted_apart(name: str, clock: Clock) -> None:
    _count(name, 4)
    assert _count(f"{name}2", 1) == [0]


def test_count_is_forgotten_with_its_window(name: str) -> None:
    _count(name, 1, seconds=30)

    def lifetimes(client: Any) -> list[int]:
        return [client.ttl(key) for key in client.keys(f"rate:{name}:*")]

    nothing: list[int] = []
    (left,) = ask_redis(lifetimes, otherwise=nothing)
    assert 0 < left <= 30


def test_of_many_at_once_exactly_so_many_are_free(name: str, clock: Clock) -> None:
    waits = together(40, lambda _: over_limit(name, most=10, seconds=60))
    assert sorted(waits) == [0] * 10 + [60] * 30


def test_lost_redis_limits_nothing(
    name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick_redis, "_left_alone_until", 0.0)
    settings.REDIS_URL = unused_url().replace("http://", "redis://")
    quick_redis._client.cache_clear()
    try:
        assert _count(name, 10) == [0] * 10
    finally:
        quick_redis._client.cache_clear()
