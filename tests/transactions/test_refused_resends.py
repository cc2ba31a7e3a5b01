"""A refusal speaks for one sending of a refund; a success that comes after it is still booked."""

from gateway.messages import Failure, Operation, Outcome, RefundReport, RefundRequest
from tests.support.clock import Clock
from tests.support.desk import Desk, events, history
from transactions.models import Move, Refund
from transactions.schedule import IN_FLIGHT
from transactions.services.refund_truth import apply_refund_report

REFUSAL = Failure("NO_AUTH", "not permitted")


def _refused(request: RefundRequest) -> RefundReport:
    return RefundReport(Outcome.FAILED, request.refund_serial_no, failure=REFUSAL)


def _failed_refund(desk: Desk, amount: int = 4_000) -> Refund:
    """Return a refund the channel refused."""
    desk.channel.answers(Operation.REFUND, _refused)
    assert desk.refund(desk.paid_payment(), amount=amount)["state"] == "failed"
    return desk.the_refund()


def _success_of(desk: Desk, refund: Refund) -> RefundReport:
    return RefundReport(
        Outcome.SUCCEEDED,
        refund.refund_serial_no,
        serial_no=refund.payment.serial_no,
        amount=refund.amount,
        currency="CNY",
        mchid=desk.account.channel_merchant.mchid,
    )


def test_refusal_of_one_sending_does_not_end_what_was_accepted_meanwhile(desk: Desk) -> None:
    payment = desk.paid_payment()

    def refused_too_late(request: RefundRequest) -> RefundReport:
        accepted = RefundReport(Outcome.PENDING, request.refund_serial_no)
        apply_refund_report(payment.channel_merchant, accepted, cause=Move.Cause.QUERY)
        return _refused(request)

    desk.channel.answers(Operation.REFUND, refused_too_late)
    desk.refund(payment, amount=4_000)
    assert desk.the_refund().state == "processing"
    assert desk.the_payment().refund_reserved == 4_000


def test_success_after_a_failure_reserves_again_and_books(desk: Desk) -> None:
    refund = _failed_refund(desk)
    desk.callback(_success_of(desk, refund))
    payment, refund = desk.the_payment(), desk.the_refund()
    assert (payment.refund_reserved, payment.refunded) == (0, 4_000)
    assert refund.state == "succeeded"
    assert history(refund)[-1] == ("failed", "succeeded", "callback")
    assert [event.data["failure"] for event in events("refund.succeeded")] == [None]


def test_success_after_a_failure_whose_money_is_spent_books_nothing(desk: Desk) -> None:
    refund = _failed_refund(desk)
    assert desk.refund(desk.the_payment(), "R2", amount=7_000).status == 201
    before = desk.the_payment().refund_reserved
    desk.callback(_success_of(desk, refund))
    refund.refresh_from_db()
    assert refund.state == "failed"
    assert (desk.the_payment().refund_reserved, desk.the_payment().refunded) == (before, 0)
    assert events("refund.succeeded") == []


def test_lost_refund_is_not_sent_again_while_the_first_may_be_on_its_way(
    desk: Desk, clock: Clock
) -> None:
    def lost(request: RefundRequest) -> RefundReport:
        return RefundReport(Outcome.UNKNOWN, request.refund_serial_no)

    desk.channel.answers(Operation.REFUND, lost)
    desk.refund(desk.paid_payment())
    desk.sweep_refunds()
    assert len(desk.channel.calls_of(Operation.REFUND)) == 1
    clock.shift(IN_FLIGHT.total_seconds() + 1)
    desk.sweep_refunds()
    assert len(desk.channel.calls_of(Operation.REFUND)) == 2


def test_accepted_refund_the_channel_does_not_know_is_sent_again(desk: Desk, clock: Clock) -> None:
    assert desk.refund(desk.paid_payment())["state"] == "processing"
    desk.channel.refunds.clear()
    clock.shift(IN_FLIGHT.total_seconds() + 1)
    desk.sweep_refunds()
    first, second = desk.channel.calls_of(Operation.REFUND)
    assert first == second
    assert desk.the_refund().state == "processing"
