"""An open page asks one cheap question; its answer changes with what the page shows, only so."""

import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from gateway.messages import Operation, Outcome, PayResult
from paycenter.kernel.clock import now
from tests.support.desk import Desk
from tests.support.resident import PHONE, Resident, ask_for_page, paid_resident, resident_of
from tests.support.statements import counting
from tests.support.workers import Workers
from transactions.checkout import stamp
from transactions.models import Checkout, Order, OrderLine, Payment, Refund
from transactions.services.checkouts import token_hash
from transactions.services.closing import close_order, expire_orders

MANY = 5_000


def test_stamp_is_that_of_the_page(desk: Desk) -> None:
    resident = resident_of(desk)
    assert resident.look().stamp == resident.stamp()


def test_every_step_of_an_order_changes_it(desk: Desk) -> None:
    resident = resident_of(desk)
    seen = [resident.stamp()]

    def assert_changed() -> None:
        assert resident.stamp() not in seen
        seen.append(resident.stamp())

    desk.channel.answers(Operation.PAY, PayResult(Outcome.FAILED))
    resident.press("wechat")
    assert_changed()
    resident.press("wechat")
    assert_changed()
    second = desk.order().payments.get(attempt_no=2)
    resident.press("alipay")
    assert_changed()
    desk.callback(desk.channel.paid(second.serial_no))
    assert_changed()
    payment = desk.payment(second.serial_no)
    desk.refund(payment, "R1", amount=4_000)
    assert_changed()
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))
    assert_changed()
    desk.refund(payment, "R2", amount=6_000)
    assert_changed()
    last = Refund.objects.get(refund_no="R2")
    desk.channel.refunded(last.refund_serial_no, outcome=Outcome.FAILED)
    desk.sweep_refunds()
    assert_changed()
    third = desk.order().payments.get(attempt_no=3)
    desk.other_channel.come(third.serial_no)  # type: ignore[attr-defined]
    desk.callback(desk.other_channel.paid(third.serial_no), account=desk.other_account)
    assert_changed()


def test_answer_that_comes_late_changes_it(desk: Desk, workers: Workers) -> None:
    workers.pause()
    resident = resident_of(desk)
    resident.press("wechat")
    before = resident.stamp()
    for message in workers.kept("send_payment"):
        workers.work_on(message)
    assert resident.stamp() != before


def test_end_of_an_order_changes_it(desk: Desk) -> None:
    closed, expired = resident_of(desk, "A1"), resident_of(desk, "A2")
    stamps = closed.stamp(), expired.stamp()
    close_order(desk.order("A1").pk)
    Order.objects.filter(order_no="A2").update(expires_at=now() - timedelta(minutes=5))
    assert expire_orders() == 1
    assert (closed.stamp() != stamps[0], expired.stamp() != stamps[1]) == (True, True)


@pytest.mark.parametrize("swept", [False, True])
def test_order_that_is_offered_again_changes_it(desk: Desk, swept: bool) -> None:
    resident = resident_of(desk)
    Order.objects.update(expires_at=now() - timedelta(minutes=5))
    if swept:
        expire_orders()
    before = resident.stamp()
    ask_for_page(desk)
    assert resident.stamp() != before


def test_nothing_else_changes_it(desk: Desk) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    before = resident.stamp()
    resident.look()
    resident.press("wechat")
    ask_for_page(desk)
    paid_elsewhere = resident_of(desk, "A2")
    paid_elsewhere.press("alipay")
    desk.sync(desk.order("A1").payments.get().serial_no)
    desk.sweep_payments()
    assert resident.stamp() == before


def test_callback_that_comes_again_does_not_change_it(desk: Desk) -> None:
    resident, payment = paid_resident(desk)
    before = resident.stamp()
    for _ in range(3):
        desk.callback(desk.channel.payments[payment.serial_no])
    assert resident.stamp() == before


def test_same_steps_of_another_order_have_another_stamp(desk: Desk) -> None:
    assert resident_of(desk, "A1").stamp() != resident_of(desk, "A2").stamp()


def test_answer_says_nothing_but_the_stamp(desk: Desk) -> None:
    resident = resident_of(desk, agent=PHONE)
    answer = resident.client.get(f"{resident.path}status")
    assert answer.headers["Content-Type"] == "application/json"
    content = json.loads(answer.content)
    assert set(content) == {"stamp"}
    assert len(content["stamp"]) == 16


def test_question_is_one_statement(desk: Desk) -> None:
    resident, _ = paid_resident(desk)
    resident.stamp()
    with counting() as cost:
        resident.stamp()
    assert (len(cost.statements), cost.commits) == (1, 0), cost


def test_wrong_token_is_one_statement_too(desk: Desk) -> None:
    wrong = Resident("/checkout/wrong/")
    with counting() as cost:
        assert wrong.look("status").status == 404
    assert len(cost.statements) == 1


def _copies(row: Any, **changes: Any) -> list[Any]:
    """Return many unsaved copies of a row; a callable among ``changes`` gives each its own."""
    made = []
    for number in range(MANY):
        values = {
            field.attname: getattr(row, field.attname)
            for field in row._meta.concrete_fields
            if not field.primary_key
        }
        own = {name: value(number) if callable(value) else value for name, value in changes.items()}
        made.append(type(row)(**(values | own)))
    return made


def _crowd(desk: Desk) -> Resident:
    """Return somebody with a refunded order among thousands of others."""
    resident, payment = paid_resident(desk, lines=[{"fee_type": "a", "amount": 10_000}])
    desk.refund(payment)
    order, checkout = desk.order(), Checkout.objects.get()
    orders = Order.objects.bulk_create(_copies(order, order_no=lambda number: f"B{number}"))
    OrderLine.objects.bulk_create(
        _copies(OrderLine.objects.get(), order_id=lambda number: orders[number].pk)
    )
    Checkout.objects.bulk_create(
        _copies(
            checkout,
            order_id=lambda number: orders[number].pk,
            token_hash=lambda number: token_hash(str(number)),
        )
    )
    paid = Payment.objects.bulk_create(
        _copies(
            payment,
            order_id=lambda number: orders[number].pk,
            serial_no=lambda number: secrets.token_hex(12).upper(),
            channel_serial_no=lambda number: f"C{number}",
        )
    )
    Refund.objects.bulk_create(
        _copies(
            desk.the_refund(),
            payment_id=lambda number: paid[number].pk,
            refund_no=lambda number: f"B{number}",
            refund_serial_no=lambda number: secrets.token_hex(12).upper(),
        )
    )
    return resident


def test_question_is_answered_by_indexes_alone(desk: Desk) -> None:
    """Among thousands of rows, no growing table is read from its beginning to its end."""
    resident = _crowd(desk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(f"EXPLAIN (ANALYZE) {stamp._STAMP}", [token_hash(resident.token)])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan" not in plan, plan
    for table in ("order", "payment", "refund", "checkout"):
        assert f"transactions_{table}" in plan


def test_page_is_found_by_indexes_alone(desk: Desk) -> None:
    """The same holds for all that drawing the page reads."""
    resident = _crowd(desk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    statements: list[tuple[str, Any]] = []

    def remember(execute: Any, statement: str, params: Any, *rest: Any) -> Any:
        statements.append((statement, params))
        return execute(statement, params, *rest)

    with connection.execute_wrapper(remember):
        assert resident.look().state == "paid"
    growing = [
        f"Seq Scan on {model._meta.db_table}"
        for model in (Order, OrderLine, Payment, Refund, Checkout)
    ]
    with connection.cursor() as cursor:
        for statement, params in statements:
            cursor.execute(f"EXPLAIN {statement}", params)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert not [scan for scan in growing if scan in plan], plan
