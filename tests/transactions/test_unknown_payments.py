"""A timeout is unknown, never failed: asked again, with the same number, until it is known."""

from typing import Any

import pytest

from gateway.messages import Operation, Outcome, PaymentReport, PayRequest, PayResult
from gateway.models import ChannelCall
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import Desk, events, history
from tests.support.workers import Workers
from transactions.models import Payment
from transactions.schedule import UNKNOWN_PAYMENT

UNKNOWN = PayResult(Outcome.UNKNOWN)


def _ask_in_vain(desk: Desk) -> Payment:
    """Return a payment whose request nobody answered and that never arrived."""
    desk.channel.answers(Operation.PAY, UNKNOWN)
    answer = desk.pay()
    assert (answer.status, answer["state"]) == (202, "unknown")
    return desk.the_payment()


def test_no_answer_leaves_the_payment_unknown_and_due(desk: Desk) -> None:
    payment = _ask_in_vain(desk)
    assert history(payment) == [("initiating", "unknown", "answer")]
    assert payment.due_at is not None
    assert events() == []


def test_an_answer_without_launch_data_is_no_answer(desk: Desk) -> None:
    desk.channel.answers(Operation.PAY, PayResult(Outcome.PENDING))
    assert desk.pay()["state"] == "unknown"


def test_what_never_arrived_is_sent_again_with_the_identical_request(desk: Desk) -> None:
    payment = _ask_in_vain(desk)
    desk.sweep_payments()
    first, second = desk.channel.calls_of(Operation.PAY)
    assert first == second
    payment = desk.payment(payment.serial_no)
    assert (payment.state, payment.action is not None) == ("pending", True)


def test_what_arrived_unanswered_is_sent_again_for_its_launch_data(desk: Desk) -> None:
    def take_silently(request: PayRequest) -> PayResult:
        owner = desk.account.channel_merchant
        desk.channel.take(request, mchid=owner.mchid, appid=desk.account.appid)
        return UNKNOWN

    desk.channel.answers(Operation.PAY, take_silently)
    desk.pay()
    desk.sweep_payments()
    assert len({call.number for call in desk.channel.calls_of(Operation.PAY)}) == 1
    assert desk.the_payment().action is not None


def test_what_was_paid_unanswered_is_found_by_asking(desk: Desk) -> None:
    def pay_silently(request: PayRequest) -> PayResult:
        owner = desk.account.channel_merchant
        desk.channel.take(request, mchid=owner.mchid, appid=desk.account.appid)
        desk.channel.paid(request.serial_no)
        return UNKNOWN

    desk.channel.answers(Operation.PAY, pay_silently)
    desk.pay()
    desk.sweep_payments()
    assert (desk.the_payment().state, desk.order().state) == ("succeeded", "paid")
    assert len(desk.channel.calls_of(Operation.PAY)) == 1


def test_it_is_asked_at_growing_intervals_and_never_given_up(desk: Desk, clock: Clock) -> None:
    payment = _ask_in_vain(desk)
    waits = []
    for _ in range(8):
        desk.channel.answers(Operation.PAY, UNKNOWN)
        desk.sweep_payments()
        payment = desk.the_payment()
        assert payment.state == "unknown"
        assert payment.due_at is not None
        waits.append((payment.due_at - now()).total_seconds())
        clock.shift(1)
    assert waits == list(UNKNOWN_PAYMENT[:8])


def test_the_same_message_twice_sends_once(desk: Desk, workers: Workers) -> None:
    desk.pay()
    [message] = workers.kept("send_payment")
    workers.work_on(message)
    assert len(desk.channel.calls_of(Operation.PAY)) == 1


def test_a_payment_the_application_synchronises_is_asked_at_once(desk: Desk) -> None:
    payment = desk.pending_payment()
    desk.channel.paid(payment.serial_no)
    answer = desk.sync(payment.serial_no)
    assert (answer.status, answer["state"]) == (200, "succeeded")


@pytest.mark.parametrize(
    "report", [{"outcome": Outcome.FAILED}, {"outcome": Outcome.FAILED, "closed": True}]
)
def test_synchronising_asks_about_an_ended_payment_too(desk: Desk, report: dict[str, Any]) -> None:
    payment = desk.pending_payment()
    desk.callback(PaymentReport(serial_no=payment.serial_no, **report))
    desk.channel.paid(payment.serial_no)
    assert desk.sync(payment.serial_no)["state"] == "succeeded"


def test_every_call_leaves_its_record(desk: Desk) -> None:
    payment = _ask_in_vain(desk)
    desk.sweep_payments()
    calls = ChannelCall.objects.order_by("pk").values_list("operation", "number", "outcome")
    assert list(calls) == [
        ("pay", payment.serial_no, "unknown"),
        ("query", payment.serial_no, "unknown"),
        ("pay", payment.serial_no, "pending"),
    ]
