"""Whatever happens, and whenever hours are counted meanwhile, tallies and tail are the rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merchants.models import PaymentAccount
from paycenter.kernel.clock import now
from tests.support.clock import START, Clock
from tests.support.parties import make_account, make_channel_merchant
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
from transactions.lifecycle import OPEN_PAYMENT, PaymentState
from transactions.models import Payment
from transactions.tallies.counting import HOUR, count_due_hours
from transactions.tallies.reading import read_figures

SPAN = (START, START + 12 * HOUR)
ENDS = {"fail": fail, "close": close}


@dataclass(frozen=True)
class Step:
    """Something that happens: ``what`` to which attempt, at what minutes before or after now."""

    what: str
    which: int
    minutes: int


WHATS = (
    *("open", "open", "send", "lose", "fail", "close", "pay", "pay", "pay_twice", "refund"),
    *("count", "hours_pass"),
)
STEPS = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(WHATS),
        which=st.integers(0, 20),
        minutes=st.integers(0, 240),
    ),
    max_size=25,
)


def happen(step: Step, accounts: list[PaymentAccount], clock: Clock, made: list[Payment]) -> None:
    """Let one step happen if it can."""
    if step.what == "count":
        count_due_hours()
    elif step.what == "hours_pass":
        clock.shift(timedelta(minutes=step.minutes))
    elif step.what == "open":
        made.append(attempt(accounts[step.which % len(accounts)], now()))
    elif made:
        earlier = now() - timedelta(minutes=step.minutes)
        treat(step.what, made[step.which % len(made)], max(earlier, START))


def treat(what: str, payment: Payment, moment: datetime) -> None:
    """Let something happen to an attempt, if its state allows it; the channel says when it did."""
    state = payment.state
    if what == "refund":
        if state == PaymentState.SUCCEEDED:
            give_back(payment, moment)
    elif what in ("pay", "pay_twice"):
        if state != PaymentState.SUCCEEDED:
            pay(payment, moment, settles=what == "pay")
    elif what in ENDS:
        if state in OPEN_PAYMENT:
            ENDS[what](payment)
    elif what == "send" and state in (PaymentState.INITIATING, PaymentState.UNKNOWN):
        send(payment)
    elif what == "lose" and state == PaymentState.INITIATING:
        lose(payment)


@pytest.fixture
def accounts(db: None, clock: Clock) -> list[PaymentAccount]:
    """Accounts of two companies at two channels."""
    first = make_account()
    owner = make_channel_merchant(first.channel_merchant.merchant, channel="alipay")
    return [first, make_account(owner), make_account()]


@given(steps=STEPS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_tallies_and_tail_together_are_what_the_rows_say(
    accounts: list[PaymentAccount], clock: Clock, steps: list[Step]
) -> None:
    ids = [account.pk for account in accounts[:2]]
    clock.move_to(START, tick=False)
    made: list[Payment] = []
    with transaction.atomic():
        for step in steps:
            happen(step, accounts, clock, made)
        count_due_hours()
        found = read_figures(ids, SPAN)
        assert by_hour(dict(found)) == added_up(ids, SPAN)
        transaction.set_rollback(True)
