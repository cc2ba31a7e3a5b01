"""Time alone ends no payment: it is closed at the channel, and only a query closes it here."""

from datetime import timedelta

import pytest

from gateway.messages import Operation, Outcome, PaymentReport, PayResult
from tests.support.clock import Clock
from tests.support.desk import Desk, history
from tests.support.workers import Workers
from transactions.models import Payment
from transactions.services.closing import expire_orders

LIFETIME = 600
GRACE = 61


def _run_out(desk: Desk, clock: Clock) -> Payment:
    payment = desk.pending_payment(expires_in=LIFETIME)
    clock.shift(LIFETIME + GRACE)
    return payment


def test_an_expired_payment_is_closed_at_the_channel_then_asked(desk: Desk, clock: Clock) -> None:
    payment = _run_out(desk, clock)
    desk.sweep_payments()
    operations = [call.operation for call in desk.channel.calls[1:]]
    assert operations == [Operation.QUERY, Operation.CLOSE, Operation.QUERY]
    assert history(payment)[-1] == ("pending", "closed", "query")


def test_a_close_without_confirmation_closes_nothing(desk: Desk, clock: Clock) -> None:
    payment = _run_out(desk, clock)
    pending = desk.channel.payments[payment.serial_no]
    desk.channel.answers(Operation.QUERY, pending, pending)
    desk.sweep_payments()
    assert len(desk.channel.calls_of(Operation.CLOSE)) == 1
    payment = desk.the_payment()
    assert (payment.state, payment.due_at is None) == ("pending", False)


def test_a_payment_found_paid_when_its_time_is_over_is_paid(desk: Desk, clock: Clock) -> None:
    payment = _run_out(desk, clock)
    desk.channel.paid(payment.serial_no)
    desk.sweep_payments()
    assert desk.channel.calls_of(Operation.CLOSE) == []
    assert desk.the_payment().state == "succeeded"


def test_a_payment_paid_while_it_is_being_closed_is_paid(desk: Desk, clock: Clock) -> None:
    payment = _run_out(desk, clock)

    def paid_just_now(_: object) -> PaymentReport:
        desk.channel.paid(payment.serial_no)
        return PaymentReport(Outcome.UNKNOWN, payment.serial_no)

    desk.channel.answers(Operation.CLOSE, paid_just_now)
    desk.sweep_payments()
    assert (desk.the_payment().state, desk.order().state) == ("succeeded", "paid")


def test_a_payer_who_began_in_time_has_a_minute_more(desk: Desk, clock: Clock) -> None:
    desk.pending_payment(expires_in=LIFETIME)
    clock.shift(LIFETIME + GRACE - 2)
    desk.sweep_payments()
    assert desk.channel.calls_of(Operation.CLOSE) == []


def test_what_never_arrived_is_not_sent_after_its_time(desk: Desk, clock: Clock) -> None:
    desk.channel.answers(Operation.PAY, PayResult(Outcome.UNKNOWN))
    desk.pay(expires_in=LIFETIME)
    clock.shift(LIFETIME + GRACE)
    desk.sweep_payments()
    assert len(desk.channel.calls_of(Operation.PAY)) == 1
    assert desk.the_payment().state == "closed"


def test_a_message_that_comes_after_its_time_sends_nothing(
    desk: Desk, clock: Clock, workers: Workers
) -> None:
    workers.pause()
    desk.pay(expires_in=LIFETIME)
    clock.shift(LIFETIME)
    workers.resume()
    [message] = workers.kept("send_payment")
    workers.work_on(message)
    assert desk.channel.calls == []


def test_an_attempt_that_was_replaced_is_never_sent(
    desk: Desk, clock: Clock, workers: Workers
) -> None:
    workers.pause()
    first = desk.pay()["serial_no"]
    clock.shift(15)
    assert desk.pay(account=desk.other_account).status == 202
    workers.resume()
    clock.shift(60)
    desk.sweep_payments()
    assert desk.payment(first).state == "closed"
    assert desk.channel.calls_of(Operation.PAY) == []
    assert len(desk.other_channel.calls_of(Operation.PAY)) == 1


@pytest.mark.parametrize("state", ["open", "ended"])
def test_orders_expire_only_without_open_payments(desk: Desk, clock: Clock, state: str) -> None:
    _run_out(desk, clock)
    if state == "ended":
        desk.sweep_payments()
    assert expire_orders() == (1 if state == "ended" else 0)
    assert desk.order().state == ("expired" if state == "ended" else "paying")


def test_orders_whose_time_is_not_over_do_not_expire(desk: Desk, clock: Clock) -> None:
    payment = desk.pending_payment(expires_in=LIFETIME)
    desk.callback(PaymentReport(Outcome.FAILED, payment.serial_no))
    clock.shift(LIFETIME + GRACE - 2)
    assert expire_orders() == 0


def test_paid_and_closed_orders_never_expire(desk: Desk, clock: Clock) -> None:
    desk.paid_payment("A1")
    desk.close(desk.pay("A2")["serial_no"])
    clock.shift(timedelta(days=2).total_seconds())
    assert expire_orders() == 0


def test_a_new_attempt_revives_an_expired_order(desk: Desk, clock: Clock) -> None:
    _run_out(desk, clock)
    desk.sweep_payments()
    expire_orders()
    assert desk.pay().status == 201
    assert desk.order().state == "paying"
