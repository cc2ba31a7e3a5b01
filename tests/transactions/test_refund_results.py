"""What the channel says of a refund: booked once, released once, unknown until it is known."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.messages import Failure, Operation, Outcome, RefundReport, RefundRequest
from gateway.models import Callback
from notifications.models import Alert
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import Desk, events, history
from tests.support.fake_channel import PAID_AT
from tests.support.together import together
from transactions.models import Refund
from transactions.schedule import IN_FLIGHT, REFUND
from transactions.tasks import sweep_refunds


def _refunding(desk: Desk, amount: int = 1_000) -> Refund:
    """Return a refund the channel works on."""
    desk.refund(desk.paid_payment(), amount=amount)
    return desk.the_refund()


def _refund_in_vain(desk: Desk) -> Refund:
    """Return a refund whose request nobody answered and that never arrived."""
    payment = desk.paid_payment()

    def silence(request: RefundRequest) -> RefundReport:
        return RefundReport(Outcome.UNKNOWN, request.refund_serial_no)

    desk.channel.answers(Operation.REFUND, silence)
    assert desk.refund(payment)["state"] == "unknown"
    return desk.the_refund()


def _books(desk: Desk) -> tuple[int, int, str, int]:
    """Return reserved, refunded, the order's state and what the order has back."""
    payment, order = desk.the_payment(), desk.order()
    return payment.refund_reserved, payment.refunded, order.state, order.refunded_amount


def test_success_books_the_money_and_tells_the_application(desk: Desk) -> None:
    refund = _refunding(desk)
    assert desk.callback(desk.channel.refunded(refund.refund_serial_no)).content == b"ok"
    refund = desk.the_refund()
    assert (refund.state, refund.succeeded_at, refund.due_at) == ("succeeded", PAID_AT, None)
    assert _books(desk) == (0, 1_000, "partially_refunded", 1_000)
    [event] = events("refund.succeeded")
    assert event.data["refund_serial_no"] == refund.refund_serial_no


def test_returning_everything_makes_the_order_refunded(desk: Desk) -> None:
    refund = _refunding(desk, amount=10_000)
    desk.callback(desk.channel.refunded(refund.refund_serial_no))
    assert _books(desk) == (0, 10_000, "refunded", 10_000)


def test_the_same_success_again_books_nothing(desk: Desk) -> None:
    refund = _refunding(desk)
    report = desk.channel.refunded(refund.refund_serial_no)
    responses = together(10, lambda _: desk.callback(report))
    assert [response.content for response in responses] == [b"ok"] * 10
    assert _books(desk) == (0, 1_000, "partially_refunded", 1_000)
    assert len(events("refund.succeeded")) == 1


def test_failure_releases_the_reservation_once(desk: Desk) -> None:
    refund = _refunding(desk)
    failure = Failure("NOT_ENOUGH", "the account is empty")
    report = RefundReport(Outcome.FAILED, refund.refund_serial_no, failure=failure)
    desk.callback(report)
    desk.callback(report)
    assert _books(desk) == (0, 0, "paid", 0)
    [event] = events("refund.failed")
    assert event.data["failure"] == {"code": "NOT_ENOUGH", "message": "the account is empty"}
    alert = Alert.objects.get()
    assert (alert.rule, alert.params["code"]) == ("refund_failed", "NOT_ENOUGH")
    assert desk.refund(desk.the_payment(), "R2", amount=10_000).status == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 10_000},
        {"amount": None},
        {"currency": "USD"},
        {"mchid": "1900000000"},
        {"serial_no": "P261122080000ABCDEFGHJKM"},
        {"channel_refund_no": "5" * 65},
    ],
)
def test_a_success_that_contradicts_our_record_books_nothing(
    desk: Desk, changes: dict[str, Any]
) -> None:
    refund = _refunding(desk)
    report = replace(desk.channel.refunded(refund.refund_serial_no), **changes)
    assert desk.callback(report).content == b"ok"
    assert _books(desk) == (1_000, 0, "paid", 0)
    assert Callback.objects.order_by("-pk")[0].result == Callback.Result.MISMATCH


def test_an_unknown_refund_is_not_acknowledged(desk: Desk) -> None:
    report = RefundReport(Outcome.SUCCEEDED, "R261122080000ABCDEFGHJKM", amount=1)
    assert desk.callback(report).content == b"again"
    assert not Refund.objects.exists()


def test_no_answer_keeps_the_money_reserved(desk: Desk) -> None:
    refund = _refund_in_vain(desk)
    assert (refund.state, refund.due_at is None) == ("unknown", False)
    assert _books(desk) == (1_000, 0, "paid", 0)


def test_what_never_arrived_is_sent_again_with_the_same_request(desk: Desk, clock: Clock) -> None:
    _refund_in_vain(desk)
    clock.shift(IN_FLIGHT.total_seconds())
    desk.sweep_refunds()
    first, second = desk.channel.calls_of(Operation.REFUND)
    assert first == second
    assert len(desk.channel.calls_of(Operation.REFUND_QUERY)) == 1
    assert desk.the_refund().state == "processing"


def test_what_arrived_unanswered_is_found_by_asking(desk: Desk) -> None:
    refund = _refund_in_vain(desk)
    desk.channel.refunds[refund.refund_serial_no] = RefundReport(
        Outcome.SUCCEEDED,
        refund.refund_serial_no,
        serial_no=refund.payment.serial_no,
        amount=refund.amount,
        currency="CNY",
    )
    desk.sweep_refunds()
    assert len(desk.channel.calls_of(Operation.REFUND)) == 1
    assert desk.the_refund().state == "succeeded"


def test_success_before_the_answer_is_booked_once(desk: Desk) -> None:
    payment = desk.paid_payment()

    def returned_meanwhile(request: RefundRequest) -> RefundReport:
        report = RefundReport(
            Outcome.SUCCEEDED,
            request.refund_serial_no,
            serial_no=payment.serial_no,
            amount=request.amount,
            currency="CNY",
        )
        desk.callback(report)
        return RefundReport(Outcome.PENDING, request.refund_serial_no, channel_refund_no="50")

    desk.channel.answers(Operation.REFUND, returned_meanwhile)
    assert desk.refund(payment)["state"] == "succeeded"
    assert history(desk.the_refund()) == [("approved", "succeeded", "callback")]
    assert _books(desk) == (0, 1_000, "partially_refunded", 1_000)


def test_nothing_undoes_a_refund_that_succeeded(desk: Desk) -> None:
    refund = _refunding(desk)
    desk.callback(desk.channel.refunded(refund.refund_serial_no))
    for outcome in (Outcome.FAILED, Outcome.PENDING, Outcome.UNKNOWN):
        desk.callback(RefundReport(outcome, refund.refund_serial_no))
    assert desk.the_refund().state == "succeeded"
    assert _books(desk) == (0, 1_000, "partially_refunded", 1_000)


def test_it_is_asked_at_growing_intervals(desk: Desk, clock: Clock) -> None:
    _refunding(desk)
    waits = []
    for _ in range(len(REFUND) + 1):
        desk.sweep_refunds()
        due_at = desk.the_refund().due_at
        assert due_at is not None
        waits.append(int((due_at - now()).total_seconds()))
        clock.shift(1)
    assert waits == [*REFUND, REFUND[-1]]


def test_money_stuck_at_the_channel_asks_for_a_person(desk: Desk) -> None:
    refund = _refunding(desk)
    stuck = RefundReport(Outcome.PENDING, refund.refund_serial_no, needs_person=True)
    desk.channel.answers(Operation.REFUND_QUERY, stuck)
    desk.sweep_refunds()
    refund = desk.the_refund()
    assert (refund.needs_person, refund.state) == (True, "processing")
    desk.callback(desk.channel.refunded(refund.refund_serial_no))
    assert not desk.the_refund().needs_person


def test_a_callback_that_something_happened_makes_it_due_at_once(desk: Desk, clock: Clock) -> None:
    """Alipay calls that some money went back: the refund is asked about, nothing is booked."""
    refund = _refunding(desk)
    desk.channel.refunded(refund.refund_serial_no)
    desk.callback(RefundReport(Outcome.PENDING, refund.refund_serial_no))
    assert desk.the_refund().due_at == now()
    assert _books(desk) == (1_000, 0, "paid", 0)
    sweep_refunds()
    assert desk.the_refund().state == "succeeded"
    assert _books(desk) == (0, 1_000, "partially_refunded", 1_000)
