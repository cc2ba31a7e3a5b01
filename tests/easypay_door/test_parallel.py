"""The same request many times at once has one effect, and one answer."""

from tests.easypay_door.client import OldApplication
from tests.support.desk import Desk
from tests.support.together import together
from transactions.models import DoorOrder, Payment, Refund

AT_ONCE = 8


def test_same_order_at_once_is_one_order(old: OldApplication) -> None:
    answers = together(AT_ONCE, lambda _: old.mapi())

    assert {answer["code"] for answer in answers} == {1}
    assert len({answer["trade_no"] for answer in answers}) == 1
    assert (DoorOrder.objects.count(), Payment.objects.count()) == (1, 1)


def test_same_refund_at_once_is_one_refund(paid: OldApplication) -> None:
    answers = together(AT_ONCE, lambda _: paid.refund("2.80"))

    # Those that come while it is being sent are told to ask again.
    assert {answer["code"] for answer in answers} - {-1} == {0}
    assert len({answer["refund_no"] for answer in answers if answer["code"] == 0}) == 1
    assert Refund.objects.count() == 1


def test_different_refunds_at_once_stay_within_the_payment(paid: OldApplication) -> None:
    together(AT_ONCE, lambda n: paid.refund(f"{n + 1}.80"))

    assert 0 < sum(Refund.objects.values_list("amount", flat=True)) <= 1280


def test_different_refunds_at_once_are_all_accepted(paid: OldApplication) -> None:
    """Each gets a number of its own, under the order's lock."""
    answers = together(4, lambda n: paid.refund(f"{n + 1}.00"))

    assert [answer["code"] for answer in answers] == [0] * 4
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [100, 200, 300, 400]


def test_one_refund_number_for_two_orders_at_once_is_one_refund(
    desk: Desk, paid: OldApplication
) -> None:
    paid.mapi(out_trade_no="A2")
    desk.callback(desk.channel.paid(Payment.objects.get(order__order_no="A2").serial_no))

    def refund(n: int) -> object:
        number = {"out_refund_no": "REFUND-1", "out_trade_no": f"A{n % 2 + 1}"}
        return paid.v2("api/pay/refund", money="1.00", **number)["code"]

    # Those of the same order that come while it is being sent are told to ask again.
    assert set(map(str, together(AT_ONCE, refund))) == {"-1", "0"}
    assert Refund.objects.count() == 1
