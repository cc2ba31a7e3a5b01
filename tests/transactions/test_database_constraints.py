"""What no code may do, whatever is wrong with it: PostgreSQL refuses it by itself."""

import pytest
from django.db import IntegrityError, connection

from tests.support.money import make_order, make_payment, make_refund
from transactions.models import DuplicatePayment, OrderLine

pytestmark = pytest.mark.django_db


def _refused(constraint: str, sql: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("order_amount_in_range", "amount = 0"),
        ("order_amount_in_range", "amount = 10000000001"),
        ("order_refunded_within_paid", "refunded_amount = 1"),
        ("order_refunded_within_paid", "refunded_amount = -1"),
        ("order_paid_in_full", "paid_amount = 9999"),
        ("order_state_known", "state = 'done'"),
    ],
)
def test_an_order(constraint: str, change: str) -> None:
    make_order()
    _refused(constraint, f"UPDATE transactions_order SET {change}")


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("payment_amount_positive", "amount = 0"),
        ("payment_refunds_and_shares_within_amount", "refunded = 10001"),
        ("payment_refunds_and_shares_within_amount", "refund_reserved = 5000, refunded = 5001"),
        ("payment_refunds_and_shares_within_amount", "refund_reserved = -1"),
        ("payment_refunds_and_shares_within_amount", "refunded = -1"),
        ("payment_state_known", "state = 'done'"),
    ],
)
def test_a_payment_that_succeeded(constraint: str, change: str) -> None:
    make_payment(state="succeeded")
    _refused(constraint, f"UPDATE transactions_payment SET {change}")


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("payment_open_is_due", "due_at = NULL"),
        ("payment_effects_need_success", "settles_order = true"),
        ("payment_effects_need_success", "refund_reserved = 1"),
        ("payment_effects_need_success", "refunded = 1"),
    ],
)
@pytest.mark.parametrize("state", ["initiating", "pending", "unknown"])
def test_an_open_payment(state: str, constraint: str, change: str) -> None:
    make_payment(state=state)
    _refused(constraint, f"UPDATE transactions_payment SET {change}")


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("refund_amount_positive", "amount = 0"),
        ("refund_state_known", "state = 'done'"),
        ("refund_open_is_due", "due_at = NULL"),
    ],
)
def test_a_refund(constraint: str, change: str) -> None:
    make_refund()
    _refused(constraint, f"UPDATE transactions_refund SET {change}")


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("order_unique_number", "order_no = 'A1'"),
    ],
)
def test_two_orders(constraint: str, change: str) -> None:
    first = make_order()
    make_order(first.application, None, merchant=first.merchant, order_no="A2")
    _refused(constraint, f"UPDATE transactions_order SET {change}")


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("serial_no", "serial_no = 'P'"),
        ("payment_unique_attempt", "attempt_no = 1"),
        ("payment_one_settles_order", "settles_order = true"),
        ("payment_unique_channel_serial", "channel_serial_no = '42'"),
    ],
)
def test_two_payments_of_one_order(constraint: str, change: str) -> None:
    first = make_payment(state="succeeded")
    make_payment(first.order, first.payment_account, state="succeeded")
    _refused(constraint, f"UPDATE transactions_payment SET {change}")


def test_two_payments_that_repeat_the_same_one() -> None:
    first = make_payment(state="closed")
    for _ in range(2):
        make_payment(first.order, first.payment_account)
    change = f"repeat_of_id = {first.pk} WHERE id != {first.pk}"
    _refused("repeat_of_id", f"UPDATE transactions_payment SET {change}")


@pytest.mark.parametrize(
    ("constraint", "change"),
    [("refund_serial_no", "refund_serial_no = 'R'"), ("refund_unique_number", "refund_no = 'R1'")],
)
def test_two_refunds(constraint: str, change: str) -> None:
    first = make_refund()
    make_refund(first.payment)
    _refused(constraint, f"UPDATE transactions_refund SET {change}")


def test_refunds_of_the_center_itself_have_no_number_to_collide() -> None:
    first = make_refund()
    make_refund(first.payment)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [("duplicate_payment_state_known", "state = 'lost'"), ("payment_id", "payment_id = {first}")],
)
def test_duplicate_payments(constraint: str, change: str) -> None:
    payments = [make_payment(state="succeeded") for _ in range(2)]
    for payment in payments:
        DuplicatePayment.objects.create(
            payment=payment, merchant=payment.merchant, created_at=payment.created_at
        )
    changed = change.format(first=payments[0].pk)
    _refused(constraint, f"UPDATE transactions_duplicatepayment SET {changed}")


def test_order_lines() -> None:
    order = make_order()
    for number in (1, 2):
        OrderLine.objects.create(
            merchant=order.merchant, order=order, line_no=number, fee_type="水费", amount=1
        )
    _refused("order_line_amount_positive", "UPDATE transactions_orderline SET amount = 0")


def test_order_line_numbers() -> None:
    order = make_order()
    for number in (1, 2):
        OrderLine.objects.create(
            merchant=order.merchant, order=order, line_no=number, fee_type="水费", amount=1
        )
    _refused("order_line_unique_number", "UPDATE transactions_orderline SET line_no = 1")
