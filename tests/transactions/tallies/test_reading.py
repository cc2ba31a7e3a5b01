"""What is read of the hours is what the rows say, whether an hour is counted yet or not."""

from datetime import timedelta

import pytest

from merchants.models import PaymentAccount
from paycenter.kernel.clock import now
from tests.support.clock import START, Clock
from tests.support.parties import make_account, make_channel_merchant
from tests.support.statements import counting
from tests.transactions.tallies.facts import (
    added_up,
    attempt,
    by_hour,
    close,
    fail,
    give_back,
    lose,
    pay,
    send,
)
from transactions.tallies.counting import HOUR, OVER_AFTER, count_due_hours
from transactions.tallies.reading import Figures, read_figures

DAY = (START - 8 * HOUR, START + 16 * HOUR)


@pytest.fixture
def account(db: None, clock: Clock) -> PaymentAccount:
    """A payment account; it is 16:00 in Shanghai."""
    return make_account()


def read(account: PaymentAccount) -> Figures:
    """Return the figures of one account's day until now, all hours together."""
    found = read_figures([account.pk], (DAY[0], now() + timedelta(seconds=1)))
    return sum(found.values(), Figures())


def test_each_way_to_end_has_its_figure(account: PaymentAccount, clock: Clock) -> None:
    sent_and_closed, sent_and_failed, refused, lost, waiting, lost_and_closed = (
        attempt(account, START) for _ in range(6)
    )
    for payment in (sent_and_closed, sent_and_failed, waiting):
        send(payment)
    close(sent_and_closed)
    fail(sent_and_failed)
    fail(refused)
    lose(lost)
    lose(lost_and_closed)
    close(lost_and_closed)
    paid = attempt(account, START, follows=sent_and_closed)
    pay(paid, START)
    expected = Figures(
        opened=7,
        repeated=1,
        sent=4,
        succeeded=1,
        at_payer=2,
        on_way=2,
        paid=1,
        taken=paid.amount,
    )
    assert read(account) == expected
    clock.shift(HOUR + OVER_AFTER)
    count_due_hours()
    assert read(account) == expected
    assert expected.decided == 5


def test_what_is_paid_twice_is_not_taken(account: PaymentAccount) -> None:
    pay(attempt(account, START), START, settles=False)
    assert (read(account).succeeded, read(account).taken) == (1, 0)


def test_hours_that_are_not_counted_are_read_from_the_rows(
    account: PaymentAccount, clock: Clock
) -> None:
    count_due_hours()
    for hours in range(3):
        pay(attempt(account, START + HOUR * hours), START + HOUR * hours)
    clock.shift(2 * HOUR + OVER_AFTER)
    assert read(account).taken == 30_000
    count_due_hours()
    assert read(account).taken == 30_000


def test_a_part_of_an_hour_is_read_beside_the_whole_one(
    account: PaymentAccount, clock: Clock
) -> None:
    attempt(account, START)
    attempt(account, START + timedelta(minutes=40))
    clock.shift(HOUR + OVER_AFTER)
    count_due_hours()
    part = (START, START + timedelta(minutes=30))
    found = read_figures([account.pk], (START, START + HOUR), [part])
    opened = {span: figures.opened for (span, _), figures in found.items()}
    assert opened == {part: 1, (START, START + HOUR): 2}


def test_only_the_accounts_asked_for_are_read_each_under_its_channel(
    account: PaymentAccount, clock: Clock
) -> None:
    other = make_account(make_channel_merchant(channel="alipay"))
    strange = make_account()
    for one in (account, other, strange):
        give_back_at = START + timedelta(minutes=1)
        payment = attempt(one, START)
        pay(payment, START)
        give_back(payment, give_back_at)
    for _ in range(2):
        found = read_figures([account.pk, other.pk], DAY)
        assert {channel: figures.taken for (_, channel), figures in found.items()} == {
            "wechat": 10_000,
            "alipay": 10_000,
        }
        assert {figures.refunded for figures in found.values()} == {100}
        clock.shift(HOUR + OVER_AFTER)
        count_due_hours()
    assert by_hour(dict(found)) == added_up([account.pk, other.pk], DAY)


def test_reading_is_two_statements_however_many_hours(
    account: PaymentAccount, clock: Clock
) -> None:
    count_due_hours()
    for hours in range(4):
        attempt(account, START + HOUR * hours)
    clock.shift(4 * HOUR + OVER_AFTER)
    with counting() as cost:
        read_figures([account.pk], DAY, [(START, START + timedelta(minutes=5))])
    assert len(cost.statements) == 2, cost
