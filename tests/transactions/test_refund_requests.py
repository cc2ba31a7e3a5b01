"""Asking for a refund: what is reserved never exceeds what is left of the payment."""

from typing import Any

import pytest

from gateway.contract import ConfigurationError
from gateway.messages import Operation, RefundReport
from tests.support.clock import Clock
from tests.support.desk import Desk, open_desk
from tests.support.workers import Workers
from transactions.models import Payment, Refund
from transactions.schedule import IN_FLIGHT


def test_a_refund_is_reserved_sent_and_answered(desk: Desk) -> None:
    payment = desk.paid_payment()
    answer = desk.refund(payment)
    refund = desk.the_refund()
    assert answer.status == 201
    assert answer.body == {
        "refund_serial_no": refund.refund_serial_no,
        "refund_no": "R1",
        "serial_no": payment.serial_no,
        "order_no": "A1",
        "channel_refund_no": f"fake-{refund.refund_serial_no}",
        "amount": 1_000,
        "currency": "CNY",
        "state": "processing",
        "reason": "多收",
        "failure": None,
        "created_at": answer["created_at"],
        "succeeded_at": None,
        "metadata": {},
    }
    assert (refund.payment.refund_reserved, refund.payment.refunded) == (1_000, 0)


def test_the_money_is_reserved_before_the_channel_is_called(desk: Desk) -> None:
    payment = desk.paid_payment()
    seen: list[int] = []

    def look(_: object) -> RefundReport:
        seen.append(desk.payment(payment.serial_no).refund_reserved)
        return RefundReport("unknown", desk.the_refund().refund_serial_no)  # type: ignore[arg-type]

    desk.channel.answers(Operation.REFUND, look)
    desk.refund(payment)
    assert seen == [1_000]


def test_the_rest_can_be_refunded_and_not_a_fen_more(desk: Desk) -> None:
    payment = desk.paid_payment()
    desk.refund(payment, "R1", amount=3_000)
    answer = desk.refund(payment, "R2", amount=7_001)
    assert (answer.status, answer.code) == (409, "refund_exceeds_payment")
    assert desk.refund(payment, "R3", amount=7_000).status == 201
    assert desk.refund(payment, "R4", amount=1).code == "refund_exceeds_payment"
    assert desk.payment(payment.serial_no).refund_reserved == 10_000


def test_the_same_refund_again_is_the_same_refund(desk: Desk) -> None:
    payment = desk.paid_payment()
    first, again = desk.refund(payment), desk.refund(payment)
    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    assert len(desk.channel.calls_of(Operation.REFUND)) == 1


@pytest.mark.parametrize("changes", [{"amount": 2_000}, {"reason": "退房"}])
def test_the_same_number_with_other_content_is_refused(desk: Desk, changes: dict[str, Any]) -> None:
    payment = desk.paid_payment()
    desk.refund(payment)
    answer = desk.refund(payment, **changes)
    assert (answer.status, answer.code) == (409, "refund_mismatch")
    assert desk.payment(payment.serial_no).refund_reserved == 1_000


def test_the_same_number_for_another_payment_is_refused(desk: Desk) -> None:
    desk.refund(desk.paid_payment("A1"))
    assert desk.refund(desk.paid_payment("A2")).code == "refund_mismatch"


def test_the_same_number_of_another_application_is_another_refund(desk: Desk) -> None:
    neighbour = open_desk(desk.channel, desk.other_channel)
    desk.refund(desk.paid_payment())
    assert neighbour.refund(neighbour.paid_payment()).status == 201


def test_only_money_that_came_goes_back(desk: Desk) -> None:
    waiting = desk.pending_payment("A1")
    closed = desk.pending_payment("A2")
    desk.close(closed.serial_no)
    for payment in (waiting, closed):
        answer = desk.refund(payment)
        assert (answer.status, answer.code) == (409, "payment_not_refundable")
    assert not Refund.objects.exists()


def test_another_applications_payment_does_not_exist(desk: Desk) -> None:
    neighbour = open_desk(desk.channel, desk.other_channel)
    answer = desk.refund(neighbour.paid_payment())
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize("amount", [0, -1, 1.0, "1", True, None])
def test_only_whole_fen_above_nothing_can_be_refunded(desk: Desk, amount: Any) -> None:
    assert desk.refund(desk.paid_payment(), amount=amount).code == "invalid_request"


@pytest.mark.parametrize("trouble", ["pause", "lose"])
def test_a_refund_nobody_sent_stays_due(desk: Desk, workers: Workers, trouble: str) -> None:
    payment = desk.paid_payment()
    getattr(workers, trouble)()
    assert desk.refund(payment)["state"] == "approved"
    workers.resume()
    desk.sweep_refunds()
    assert desk.the_refund().state == "processing"


def test_an_account_that_cannot_work_keeps_the_refund_due(desk: Desk, clock: Clock) -> None:
    payment = desk.paid_payment()
    desk.channel.answers(Operation.REFUND, ConfigurationError("the key is missing"))
    assert desk.refund(payment)["state"] == "approved"
    clock.shift(IN_FLIGHT.total_seconds())
    desk.sweep_refunds()
    assert desk.the_refund().state == "processing"


def test_a_payment_shows_what_went_back(desk: Desk) -> None:
    payment = desk.paid_payment()
    desk.refund(payment)
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))
    assert desk.client.get(f"/api/v1/payments/{payment.serial_no}")["refunded_amount"] == 1_000
    assert Payment.objects.get().refunded == 1_000
