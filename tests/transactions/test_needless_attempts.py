"""Once an order is paid, nobody should pay it again: what else is open is closed, not only awaited.

It happens where an earlier attempt is paid late, while a newer one waits for its payer.
"""

import pytest

from gateway.messages import Operation, Outcome, PaymentReport
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import Desk, events
from tests.support.duplicates import the_duplicate
from tests.support.workers import Workers
from transactions.models import DuplicatePayment, Payment

SCOPES = [
    pytest.param({}, "A1", id="one order"),
    pytest.param({"order_group_no": "G1"}, "A2", id="one group"),
]


def _paid_late(desk: Desk, scope: dict[str, str], other_no: str) -> Payment:
    """Return the payment that waits at the other channel while an earlier one was paid late."""
    late = desk.pending_payment("A1", **scope)
    waiting = desk.pending_payment(other_no, account=desk.other_account, **scope)
    desk.callback(desk.channel.paid(late.serial_no))
    assert desk.order("A1").state == "paid"
    return waiting


@pytest.mark.parametrize(("scope", "other_no"), SCOPES)
def test_it_is_closed_at_its_channel(desk: Desk, scope: dict[str, str], other_no: str) -> None:
    waiting = _paid_late(desk, scope, other_no)
    desk.sweep_payments()
    assert desk.payment(waiting.serial_no).state == "closed"
    assert [call.number for call in desk.other_channel.calls_of(Operation.CLOSE)] == [
        waiting.serial_no
    ]
    assert not DuplicatePayment.objects.exists()


@pytest.mark.parametrize(("scope", "other_no"), SCOPES)
def test_it_is_not_sent_any_more(
    desk: Desk, workers: Workers, clock: Clock, scope: dict[str, str], other_no: str
) -> None:
    late = desk.pending_payment("A1", **scope)
    clock.shift(16)
    workers.pause()
    waiting = desk.payment(desk.pay(other_no, account=desk.other_account, **scope)["serial_no"])
    desk.callback(desk.channel.paid(late.serial_no))
    workers.resume()
    for message in workers.kept("send_payment"):
        workers.work_on(message)
    assert desk.other_channel.calls == []
    clock.shift(61)
    desk.sweep_payments()
    assert desk.payment(waiting.serial_no).state == "closed"


def test_it_is_due_at_once(desk: Desk) -> None:
    waiting = _paid_late(desk, {}, "A1")
    due_at = desk.payment(waiting.serial_no).due_at
    assert due_at is not None
    assert due_at <= now()


def test_what_cannot_be_closed_stays_due(desk: Desk) -> None:
    waiting = _paid_late(desk, {}, "A1")
    still_open = PaymentReport(Outcome.UNKNOWN, waiting.serial_no)
    desk.other_channel.answers(Operation.CLOSE, still_open)
    desk.sweep_payments()
    waiting = desk.payment(waiting.serial_no)
    assert waiting.state == "pending"
    assert waiting.due_at is not None


def test_money_that_comes_before_the_close_goes_back(desk: Desk) -> None:
    waiting = _paid_late(desk, {}, "A1")
    desk.other_channel.paid(waiting.serial_no)
    desk.sweep_payments()
    assert the_duplicate().payment == waiting
    assert desk.other_channel.calls_of(Operation.CLOSE) == []
    assert len(events("payment.duplicated")) == 1


def test_an_attempt_of_an_unpaid_group_is_left_alone(desk: Desk) -> None:
    desk.paid_payment("A1", order_group_no="G1")
    waiting = desk.pending_payment("A2", order_group_no="G2")
    desk.sweep_payments()
    assert desk.payment(waiting.serial_no).state == "pending"
