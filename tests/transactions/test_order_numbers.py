"""One order per application, merchant and order number; its content never changes."""

from typing import Any

import pytest

from tests.support.desk import Desk, open_desk
from transactions.models import Order, Payment

LINES = [{"fee_type": "物业费", "amount": 10_000}]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 10_001},
        {"subject": "停车费"},
        {"order_group_no": "G1"},
        {"lines": LINES},
    ],
)
def test_other_content_under_the_same_number_is_refused_and_changes_nothing(
    desk: Desk, changes: dict[str, Any]
) -> None:
    desk.pay()
    before = (Order.objects.values().get(), Payment.objects.values().get())
    answer = desk.pay(**changes)
    assert (answer.status, answer.code) == (409, "order_mismatch")
    assert (Order.objects.values().get(), Payment.objects.values().get()) == before
    assert len(desk.channel.calls) == 1


def test_the_payment_account_is_not_part_of_the_orders_number(desk: Desk) -> None:
    desk.pay()
    desk.pay(account=desk.other_account)
    assert Order.objects.count() == 1


def test_the_same_number_of_another_application_is_another_order(desk: Desk) -> None:
    neighbour = open_desk(desk.channel, desk.other_channel)
    assert [desk.pay().status, neighbour.pay(amount=5).status] == [201, 201]
    assert Order.objects.count() == 2


def test_a_closed_order_takes_no_payment(desk: Desk) -> None:
    assert desk.close(desk.pay()["serial_no"]).status == 200
    answer = desk.pay()
    assert (answer.status, answer.code) == (409, "order_closed")


def test_a_paid_order_takes_no_payment(desk: Desk) -> None:
    desk.paid_payment()
    for account in (desk.account, desk.other_account):
        answer = desk.pay(account=account)
        assert (answer.status, answer.code) == (409, "order_paid")
