"""Money that comes late or twice: it settles what is unsettled, and goes back otherwise."""

import pytest
from django.db import IntegrityError, connection

from gateway.messages import Operation, Outcome, PaymentReport
from tests.support.clock import Clock
from tests.support.desk import Desk, events, history
from tests.support.duplicates import paid_twice
from transactions.services.closing import expire_orders


def test_a_late_success_settles_a_closed_order(desk: Desk) -> None:
    payment = desk.pending_payment()
    desk.close(payment.serial_no)
    assert (desk.the_payment().state, desk.order().state) == ("closed", "closed")
    desk.callback(desk.channel.paid(payment.serial_no))
    assert (desk.the_payment().state, desk.order().state) == ("succeeded", "paid")
    assert history(payment)[-1] == ("closed", "succeeded", "callback")
    assert events()[-1].type == "payment.succeeded"


def test_a_late_success_settles_an_expired_order(desk: Desk, clock: Clock) -> None:
    payment = desk.pending_payment(expires_in=60)
    clock.shift(200)
    desk.sweep_payments()
    assert expire_orders() == 1
    desk.callback(desk.channel.paid(payment.serial_no))
    assert desk.order().state == "paid"


def test_a_late_success_of_a_failed_payment_settles_the_order(desk: Desk) -> None:
    payment = desk.pending_payment()
    desk.callback(PaymentReport(Outcome.FAILED, payment.serial_no))
    desk.callback(desk.channel.paid(payment.serial_no))
    assert desk.order().state == "paid"


def test_second_success_becomes_duplicate_payment(desk: Desk) -> None:
    settling, duplicate = paid_twice(desk)
    assert (settling.settles_order, duplicate.settles_order) == (True, False)
    assert duplicate.state == "succeeded"
    [event] = events("payment.duplicated")
    assert event.data["serial_no"] == duplicate.serial_no
    assert desk.order().paid_amount == 10_000
    assert len(events("payment.succeeded")) == 1


def test_a_duplicate_is_reserved_whole_for_its_automatic_refund(desk: Desk) -> None:
    _, duplicate = paid_twice(desk)
    refund = desk.the_refund()
    assert refund.payment == duplicate
    assert (refund.amount, refund.refund_no, refund.state) == (10_000, None, "approved")
    assert duplicate.refund_reserved == 10_000
    assert desk.refund(duplicate, amount=1).code == "refund_exceeds_payment"


def test_the_automatic_refund_is_sent_and_leaves_the_order_paid(desk: Desk) -> None:
    _, duplicate = paid_twice(desk)
    desk.sweep_refunds()
    refund = desk.the_refund()
    [call] = desk.channel.calls_of(Operation.REFUND)
    assert call.number == refund.refund_serial_no
    desk.callback(desk.channel.refunded(refund.refund_serial_no))
    duplicate = desk.payment(duplicate.serial_no)
    assert (duplicate.refunded, duplicate.refund_reserved) == (10_000, 0)
    assert (desk.order().state, desk.order().refunded_amount) == ("paid", 0)


def test_the_database_itself_allows_one_settling_payment(desk: Desk) -> None:
    _, duplicate = paid_twice(desk)
    with (
        pytest.raises(IntegrityError, match="payment_one_settles_order"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE transactions_payment SET settles_order = true WHERE id = %s", [duplicate.pk]
        )
