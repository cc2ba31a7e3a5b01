"""Balances are the same whether a day is closed or not."""

from datetime import date, timedelta

import pytest

from paycenter.kernel.clock import business_date, now
from tests.support.books import Kind, make_posting
from tests.support.money import make_payment
from tests.support.parties import make_account
from transactions.ledger.balances import balances_on
from transactions.ledger.closing import close_day
from transactions.ledger.posting import Side, post
from transactions.models import Account, DayBalance, Payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment() -> Payment:
    """A payment of 100 yuan, its fee a day later, and its refund of 30 yuan today."""
    payment = make_payment(account=make_account(), state="succeeded")
    moment = now()
    post(make_posting(payment, occurred_at=moment - timedelta(days=2)))
    fee = {"debits": [Side(Account.FEE, 60)], "credits": [Side(Account.CHANNEL, 60)]}
    post(make_posting(payment, kind=Kind.FEE, occurred_at=moment - timedelta(days=1), **fee))
    back = {"debits": [Side(Account.INCOME, 3_000)], "credits": [Side(Account.CHANNEL, 3_000)]}
    post(make_posting(payment, kind=Kind.REFUND, **back))
    post(make_posting(make_payment(state="succeeded")))
    return payment


def _balances(payment: Payment, days_ago: int) -> dict[str, int]:
    balances = balances_on(payment.merchant_id, _day(days_ago))
    return {balance.account.value: balance.amount for balance in balances}


def _day(days_ago: int) -> date:
    return business_date(now()) - timedelta(days=days_ago)


@pytest.mark.parametrize("closed", [(), (2,), (1,), (2, 1)])
def test_balances_of_every_day(payment: Payment, closed: tuple[int, ...]) -> None:
    for days_ago in closed:
        close_day(payment.merchant, _day(days_ago))
    assert [_balances(payment, days_ago) for days_ago in (3, 2, 1, 0)] == [
        {},
        {"channel": 10_000, "income": -10_000},
        {"channel": 9_940, "fee": 60, "income": -10_000},
        {"channel": 6_940, "fee": 60, "income": -7_000},
    ]


def test_a_closed_day_counts_by_its_roll_up(payment: Payment) -> None:
    close_day(payment.merchant, _day(2))
    DayBalance.objects.filter(account="channel").update(debit=1)
    assert _balances(payment, 2)["channel"] == 1
