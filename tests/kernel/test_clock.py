"""Facts are in UTC, business days are China's."""

from datetime import date, datetime

import pytest

from paycenter.kernel.clock import business_date, now, rfc3339


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-22T15:59:59+00:00", date(2026, 11, 22)),
        ("2026-11-22T16:00:00+00:00", date(2026, 11, 23)),
        ("2028-02-28T16:00:00+00:00", date(2028, 2, 29)),
        ("2026-12-31T23:59:59+08:00", date(2026, 12, 31)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(moment: str, day: date) -> None:
    assert business_date(datetime.fromisoformat(moment)) == day


def test_times_are_shown_in_utc() -> None:
    assert rfc3339(datetime.fromisoformat("2026-11-22T16:00:00.9+08:00")) == "2026-11-22T08:00:00Z"
    assert rfc3339(None) is None


def test_now_knows_its_zone() -> None:
    assert now().utcoffset() is not None
