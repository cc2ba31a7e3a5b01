"""Five minutes in buckets of ten seconds: counted by minute and kind, and forgotten in time."""

import pytest

from gateway.health.scopes import window_key
from gateway.health.window import (
    BOUNDS,
    BUCKET_SECONDS,
    SECONDS,
    Window,
    bucket_of,
    read_windows,
    seen_scopes,
)
from gateway.messages import Trouble
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.health import (
    ACCOUNT,
    ASKED,
    ENDPOINT,
    PAID,
    PAIR,
    REFUSED,
    failed,
    record,
    server,
)


def _window(scope: str = ENDPOINT) -> Window:
    return read_windows([scope], now())[scope]


def test_every_kind_of_answer_is_counted_apart(clock: Clock) -> None:
    for observation, times in ((PAID, 4), (ASKED, 3), (REFUSED, 2), (failed(), 5)):
        record(observation, times, pair=PAIR)
    record(failed(Trouble.BUSY, paying=False), pair=PAIR)
    for scope in (ENDPOINT, ACCOUNT):
        window = _window(scope)
        assert (window.calls, window.answered, window.refused) == (15, 9, 2)
        assert window.troubles == {Trouble.NO_ANSWER: 5, Trouble.BUSY: 1}


def test_a_call_is_forgotten_after_five_minutes(clock: Clock) -> None:
    record(PAID)
    clock.shift(SECONDS - BUCKET_SECONDS)
    record(PAID)
    assert _window().calls == 2
    clock.shift(BUCKET_SECONDS)
    assert _window().calls == 1


def test_a_bucket_forgets_itself() -> None:
    record(PAID)
    key = f"{window_key(ENDPOINT)}{bucket_of(now())}"
    assert SECONDS < server().ttl(key) <= SECONDS + BUCKET_SECONDS


def test_scopes_do_not_mix(clock: Clock) -> None:
    record(PAID, pair=(ENDPOINT, "account:1"))
    record(PAID, 2, pair=(ENDPOINT, "account:2"))
    windows = read_windows([ENDPOINT, "account:1", "account:2", "account:3"], now())
    assert [window.calls for window in windows.values()] == [3, 1, 2, 0]


def test_what_was_called_last_comes_first(clock: Clock) -> None:
    for account in ("account:1", "account:2"):
        record(PAID, pair=("channel:alipay", account))
        clock.shift(1)
    record(PAID, pair=("channel:wechat", "account:1"))
    assert set(seen_scopes(now())[:2]) == {"channel:wechat", "account:1"}
    clock.shift(SECONDS - 2)
    assert set(seen_scopes(now())) == {
        "channel:wechat",
        "account:1",
        "channel:alipay",
        "account:2",
    }
    clock.shift(1)
    assert set(seen_scopes(now())) == {"channel:wechat", "account:1"}


def test_quantiles_are_the_bound_that_so_many_calls_keep(clock: Clock) -> None:
    for milliseconds, times in ((90, 50), (101, 44), (2_001, 5), (9_000, 1)):
        record(failed(Trouble.BUSY, milliseconds=milliseconds), times)
    window = _window()
    assert [window.quantile(percent) for percent in (50, 51, 94, 95, 99, 100)] == [
        100,
        150,
        150,
        3_000,
        3_000,
        10_000,
    ]


@pytest.mark.parametrize(("milliseconds", "bound"), [(0, 20), (20, 20), (21, 50), (99_999, 20_000)])
def test_a_duration_stands_under_its_bound(clock: Clock, milliseconds: int, bound: int) -> None:
    record(failed(milliseconds=milliseconds))
    assert _window().quantile(50) == bound
    assert bound in BOUNDS


def test_what_never_left_took_no_time(clock: Clock) -> None:
    record(failed(Trouble.NOT_SENT, milliseconds=1))
    assert _window().calls == 1
    assert _window().quantile(50) is None
