"""When a channel bill is there, and when "there is no such file" may be believed."""

from datetime import date, datetime, time, timedelta

import pytest

from gateway.bill_contract import BillTerms
from gateway.registry import CHANNELS
from paycenter.kernel.clock import BUSINESS_ZONE

DAY = date(2026, 2, 28)
TERMS = BillTerms(time(10), 90, frozenset(), patience=timedelta(hours=2))


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=BUSINESS_ZONE)


def test_channel_bill_is_ready_on_the_next_morning_in_china() -> None:
    assert TERMS.ready(DAY) == _at(1, 10)


@pytest.mark.parametrize(
    ("moment", "final"),
    [(_at(1, 9, 59), False), (_at(1, 10), False), (_at(1, 11, 59), False), (_at(1, 12), True)],
)
def test_no_file_is_believed_once_it_cannot_be_late(moment: datetime, final: bool) -> None:
    assert TERMS.is_final(DAY, moment) is final


@pytest.mark.parametrize("code", sorted(CHANNELS))
def test_every_channel_says_how_it_accounts_for_a_day(code: str) -> None:
    channel = CHANNELS[code]
    assert channel.bills is not None
