"""Many requests for one order at the same moment: one attempt at a time, one channel call each."""

from collections import Counter

from gateway.messages import Operation
from tests.support.desk import Desk
from tests.support.together import together
from transactions.lifecycle import OPEN_PAYMENT
from transactions.models import Order, Payment

AT_ONCE = 20


def test_identical_requests_make_one_payment_and_one_channel_call(desk: Desk) -> None:
    answers = together(AT_ONCE, lambda _: desk.pay())
    payment = desk.the_payment()
    assert {answer["serial_no"] for answer in answers} == {payment.serial_no}
    assert sum(answer.status == 201 for answer in answers) == 1
    assert {answer.status for answer in answers} <= {200, 201, 202}
    assert len(desk.channel.calls_of(Operation.PAY)) == 1


def test_requests_for_different_accounts_leave_one_attempt_open(desk: Desk) -> None:
    accounts = [desk.account, desk.other_account]
    answers = together(AT_ONCE, lambda index: desk.pay(account=accounts[index % 2]))
    kinds = Counter(answer.code or answer.status for answer in answers)
    assert set(kinds) <= {200, 201, 202, "attempt_too_soon"}
    still_open = Payment.objects.filter(state__in=OPEN_PAYMENT)
    assert still_open.count() == 1
    answered = {answer["serial_no"] for answer in answers if answer.status == 201}
    assert still_open.get().serial_no in answered
    assert Order.objects.count() == 1


def test_different_orders_do_not_hold_each_other_up(desk: Desk) -> None:
    answers = together(8, lambda index: desk.pay(f"A{index}"))
    assert [answer.status for answer in answers] == [201] * 8


def test_orders_of_one_group_leave_one_attempt_open(desk: Desk) -> None:
    answers = together(8, lambda index: desk.pay(f"A{index}", order_group_no="G1"))
    # 202: while it was being sent, another request had its channel asked.
    assert {answer.code or answer.status for answer in answers} <= {201, 202, "attempt_too_soon"}
    assert Payment.objects.filter(state__in=OPEN_PAYMENT).count() == 1
