"""After the guard window the center never holds an order longer; a close is never trusted."""

import pytest

from gateway.messages import Operation, Outcome, PaymentReport
from tests.support.clock import Clock
from tests.support.desk import Desk, events
from tests.support.workers import Workers
from transactions.models import Payment

WINDOW = 15


def test_the_earlier_payment_is_asked_and_closed_then_a_new_one_starts(
    desk: Desk, clock: Clock
) -> None:
    first = desk.pay()
    clock.shift(WINDOW)
    second = desk.pay()
    assert second.status == 201
    assert second["serial_no"] != first["serial_no"]
    assert desk.payment(first["serial_no"]).state == "closed"


def test_a_payment_that_cannot_be_closed_holds_nothing(desk: Desk, clock: Clock) -> None:
    first = desk.pay()
    clock.shift(WINDOW)
    unknown = PaymentReport(Outcome.UNKNOWN, first["serial_no"])
    desk.channel.answers(Operation.CLOSE, unknown)
    desk.channel.answers(Operation.QUERY, unknown)
    assert desk.pay(account=desk.other_account).status == 201
    assert desk.payment(first["serial_no"]).state == "pending"


def test_a_silent_worker_holds_nothing(desk: Desk, clock: Clock, workers: Workers) -> None:
    desk.pay()
    clock.shift(WINDOW)
    workers.pause()
    assert desk.pay(account=desk.other_account).status == 202


def test_a_payment_found_paid_settles_the_order_instead(desk: Desk, clock: Clock) -> None:
    first = desk.pay()
    clock.shift(WINDOW)
    desk.channel.paid(first["serial_no"])
    assert desk.pay(account=desk.other_account).code == "order_paid"
    assert Payment.objects.count() == 1


def test_a_repeated_attempt_is_linked_measured_and_told(desk: Desk, clock: Clock) -> None:
    first = desk.pay()
    clock.shift(16.25)
    second = desk.pay(account=desk.other_account)
    assert second["repeat_of"] == first["serial_no"]
    repeated = desk.payment(second["serial_no"])
    assert (repeated.attempt_no, repeated.repeat_gap_ms) == (2, 16_250)
    [event] = events("order.attempt_repeated")
    assert event.data == {
        "order_no": "A1",
        "order_group_no": None,
        "merchant_id": first["merchant_id"],
        "serial_no": second["serial_no"],
        "payment_id": desk.other_account.payment_no,
        "repeat_of": first["serial_no"],
        "gap_ms": 16_250,
        "created_at": "2026-11-22T08:00:16Z",
    }


def test_a_first_attempt_repeats_nothing(desk: Desk) -> None:
    assert desk.pay()["repeat_of"] is None
    assert desk.the_payment().repeat_gap_ms is None
    assert events() == []


@pytest.mark.usefixtures("clock")
def test_a_new_attempt_gives_the_order_its_time_again(desk: Desk, clock: Clock) -> None:
    desk.pay(expires_in=60)
    clock.shift(30)
    second = desk.pay(expires_in=600)
    assert desk.order().expires_at == desk.payment(second["serial_no"]).expires_at
    clock.shift(20)
    desk.pay(expires_in=60)
    assert desk.order().expires_at == desk.payment(second["serial_no"]).expires_at
