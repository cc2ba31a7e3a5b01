"""A page is one moment of its order, read in few statements and without asking a channel."""

from typing import Any

from django.db import connection

from gateway.messages import (
    Operation,
    Outcome,
    PayResult,
)
from tests.support.desk import Desk
from tests.support.resident import (
    resident_of,
)


def test_page_never_mixes_two_moments(desk: Desk) -> None:
    """Money that comes while the page is read must not show as "nothing was taken"."""
    resident = resident_of(desk)
    resident.press("wechat")
    payment = desk.the_payment()
    seen: list[str] = []

    def pay_in_between(execute: Any, sql: str, *rest: Any) -> Any:
        if 'FROM "transactions_payment"' in sql and not seen:
            seen.append(sql)
            desk.callback(desk.channel.paid(payment.serial_no))
        return execute(sql, *rest)

    with connection.execute_wrapper(pay_in_between):
        face = resident.look()
    assert seen
    assert face.state == "paid"
    assert face.stamp != resident.stamp(), "what changed meanwhile shows at the next look"


def test_page_costs_the_same_number_of_statements_however_often_it_was_tried(
    desk: Desk, django_assert_max_num_queries: Any
) -> None:
    resident = resident_of(desk)
    with django_assert_max_num_queries(6):
        resident.look()
    for _ in range(4):
        desk.channel.answers(Operation.PAY, PayResult(Outcome.FAILED))
        resident.press("wechat")
    with django_assert_max_num_queries(6):
        resident.look()
    resident.press("wechat")
    with django_assert_max_num_queries(6):
        assert resident.look().state == "waiting"


def test_closing_at_the_channel_is_asked_by_reports_alone(desk: Desk) -> None:
    """Looking at a page asks no channel anything."""
    resident = resident_of(desk)
    resident.press("wechat")
    before = len(desk.channel.calls)
    for _ in range(3):
        resident.look()
        resident.stamp()
    assert len(desk.channel.calls) == before
