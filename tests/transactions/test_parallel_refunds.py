"""Refunds asked for at the same moment: never more than was paid, one refund per number."""

from collections import Counter

from gateway.messages import Operation
from tests.support.desk import Desk
from tests.support.together import together
from transactions.models import Refund

AT_ONCE = 8


def test_of_eight_refunds_of_sixty_percent_exactly_one_is_accepted(desk: Desk) -> None:
    payment = desk.paid_payment()
    answers = together(AT_ONCE, lambda n: desk.refund(payment, f"R{n}", amount=6_000))
    kinds = Counter(answer.code or answer.status for answer in answers)
    assert kinds == {201: 1, "refund_exceeds_payment": AT_ONCE - 1}
    assert desk.payment(payment.serial_no).refund_reserved == 6_000
    assert len(desk.channel.calls_of(Operation.REFUND)) == 1


def test_the_same_number_at_once_is_one_refund(desk: Desk) -> None:
    payment = desk.paid_payment()
    answers = together(AT_ONCE, lambda _: desk.refund(payment))
    assert Counter(answer.status for answer in answers) == {201: 1, 200: AT_ONCE - 1}
    assert {answer["refund_serial_no"] for answer in answers} == {
        Refund.objects.get().refund_serial_no
    }
    assert desk.payment(payment.serial_no).refund_reserved == 1_000
    assert len(desk.channel.calls_of(Operation.REFUND)) == 1


def test_the_same_number_for_two_payments_at_once_is_one_refund(desk: Desk) -> None:
    payments = [desk.paid_payment("A1"), desk.paid_payment("A2")]
    answers = together(2, lambda index: desk.refund(payments[index]))
    assert sorted(answer.code or "accepted" for answer in answers) == [
        "accepted",
        "refund_mismatch",
    ]
    assert Refund.objects.count() == 1


def test_ten_refunds_of_a_tenth_return_everything_once(desk: Desk) -> None:
    payment = desk.paid_payment()
    together(10, lambda n: desk.refund(payment, f"R{n}", amount=1_000))
    numbers = list(Refund.objects.values_list("refund_serial_no", flat=True))
    together(10, lambda n: desk.callback(desk.channel.refunded(numbers[n])))
    payment = desk.payment(payment.serial_no)
    assert (payment.refunded, payment.refund_reserved) == (10_000, 0)
    assert (desk.order().state, desk.order().refunded_amount) == ("refunded", 10_000)
