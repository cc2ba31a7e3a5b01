"""Several order numbers behind one business order: the repeat rule holds for the group."""

from gateway.messages import Operation, Outcome, PaymentReport
from tests.support.clock import Clock
from tests.support.desk import Desk, events, open_desk
from tests.support.together import together
from transactions.models import Payment, Refund

GROUP = {"order_group_no": "G1"}


def test_another_number_of_the_group_closes_the_earlier_payment(desk: Desk) -> None:
    first = desk.pay("A1", **GROUP)
    second = desk.pay("A2", **GROUP)
    assert (second.status, second["repeat_of"]) == (201, first["serial_no"])
    assert desk.payment(first["serial_no"]).state == "closed"


def test_an_open_payment_holds_the_whole_group(desk: Desk) -> None:
    first = desk.pay("A1", **GROUP)
    desk.channel.answers(Operation.QUERY, PaymentReport(Outcome.UNKNOWN, first["serial_no"]))
    assert desk.pay("A2", **GROUP).code == "attempt_too_soon"


def test_a_paid_order_settles_the_group(desk: Desk) -> None:
    desk.paid_payment("A1", **GROUP)
    assert desk.pay("A2", **GROUP).code == "order_paid"


def test_an_earlier_payment_found_paid_settles_the_group(desk: Desk) -> None:
    first = desk.pay("A1", **GROUP)
    desk.channel.paid(first["serial_no"])
    assert desk.pay("A2", **GROUP).code == "order_paid"
    assert Payment.objects.count() == 1


def test_a_late_success_settles_the_group(desk: Desk, clock: Clock) -> None:
    first = desk.pay("A1", **GROUP)
    desk.pay("A2", **GROUP)
    desk.callback(desk.channel.paid(first["serial_no"]))
    clock.shift(60)
    assert desk.pay("A3", **GROUP).code == "order_paid"


def test_a_second_success_in_the_group_is_a_duplicate_and_goes_back(
    desk: Desk, clock: Clock
) -> None:
    first = desk.pay("A1", **GROUP)
    desk.channel.answers(Operation.CLOSE, PaymentReport(Outcome.UNKNOWN, first["serial_no"]))
    desk.channel.answers(Operation.QUERY, PaymentReport(Outcome.UNKNOWN, first["serial_no"]))
    clock.shift(16)
    second = desk.pay("A2", **GROUP)
    reports = [desk.channel.paid(one["serial_no"]) for one in (first, second)]
    together(2, lambda number: desk.callback(reports[number]))
    states = sorted([desk.order("A1").state, desk.order("A2").state])
    assert states == ["paid", "paying"]
    assert len(events("payment.succeeded")) == len(events("payment.duplicated")) == 1
    assert Refund.objects.get().amount == 10_000


def test_the_same_group_number_of_another_application_is_another_group(desk: Desk) -> None:
    neighbour = open_desk(desk.channel, desk.other_channel)
    desk.pay("A1", **GROUP)
    assert neighbour.pay("A1", **GROUP)["repeat_of"] is None


def test_orders_without_a_group_are_no_group(desk: Desk) -> None:
    desk.pay("A1")
    assert desk.pay("A2")["repeat_of"] is None
