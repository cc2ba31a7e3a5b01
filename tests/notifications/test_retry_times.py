"""The delays between attempts are those of the public contract."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.retry_times import DELAYS, next_attempt_at

MOMENT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
S, M, H = 1, 60, 3600
CONTRACT = (
    *(15 * S, 15 * S, 30 * S, 3 * M, 10 * M, 20 * M, 30 * M, 30 * M, 30 * M),
    *(1 * H, 3 * H, 3 * H, 3 * H, 6 * H, 6 * H, 12 * H, 24 * H),
)


def wait(step: int, retry_after: str = "") -> timedelta:
    again_at = next_attempt_at(step=step, moment=MOMENT, retry_after=retry_after)
    assert again_at is not None
    return again_at - MOMENT


def test_the_table_is_the_contract() -> None:
    assert tuple(delay.total_seconds() for delay in DELAYS) == CONTRACT


@pytest.mark.parametrize("step", range(1, len(CONTRACT) + 1))
def test_delays_are_spread_by_ten_percent_and_no_more(step: int) -> None:
    expected = timedelta(seconds=CONTRACT[step - 1])
    waits = {wait(step) for _ in range(200)}
    assert len(waits) > 1
    assert expected * 0.9 <= min(waits) < expected < max(waits) <= expected * 1.1


def test_after_the_last_delay_there_is_no_next_attempt() -> None:
    assert next_attempt_at(step=len(CONTRACT) + 1, moment=MOMENT) is None


@pytest.mark.parametrize("header", ["600", "Sun, 22 Nov 2026 08:10:00 GMT"])
def test_retry_after_lengthens_the_wait(header: str) -> None:
    assert wait(1, header) == timedelta(minutes=10)


def test_retry_after_does_not_shorten_the_wait() -> None:
    assert wait(10, "1") >= timedelta(minutes=54)


@pytest.mark.parametrize("header", ["99999999999999999999", "Sun, 22 Nov 2036 08:10:00 GMT"])
def test_retry_after_is_bounded_by_a_day(header: str) -> None:
    assert wait(1, header) == timedelta(days=1)


@pytest.mark.parametrize(
    "header",
    [
        *("soon", "-5", "1.5", "١٥", "Sun, 99 Nov 2026", "\x00"),
        "Sun, 22 Nov 1996 08:10:00 GMT",
        "Sun, 22 Nov 99999999999999999999999 08:10:00 GMT",
        "Sun, 22 Nov 2026 08:10:00 +99999999999999999999",
    ],
)
def test_retry_after_that_makes_no_sense_changes_nothing(header: str) -> None:
    assert wait(1, header) <= timedelta(seconds=16.5)


def test_retry_after_does_not_prolong_the_last_attempt() -> None:
    assert next_attempt_at(step=len(CONTRACT) + 1, moment=MOMENT, retry_after="600") is None
