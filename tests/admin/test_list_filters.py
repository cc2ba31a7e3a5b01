"""Filters of long lists find what they name, and read no more of the list than that."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils.timezone import localtime

from tests.admin.pages import address, read
from tests.admin.rows import Company, make_company, make_story
from tests.support.plans import forget_statistics
from tests.support.statements import counting
from transactions.models import Order, Payment

NOW = datetime.now(UTC)


def span(from_: timedelta | None, to: timedelta | None) -> str:
    """Return the query for rows made between two moments, each so much before now."""
    parts = []
    for end, ago in (("from", from_), ("to", to)):
        if ago is not None:
            moment = localtime(NOW - ago)
            parts += [
                f"created_at_{end}_0={moment:%Y-%m-%d}",
                f"created_at_{end}_1={moment:%H:%M:%S}",
            ]
    return "&".join(parts)


@pytest.fixture
def orders(company: Company) -> list[Order]:
    """Orders of today, of yesterday and of the day before, the oldest first."""
    made = [make_story(company, attempts=1) for _ in range(3)]
    for order, days in zip(made, (2, 1, 0), strict=True):
        Order.objects.filter(pk=order.pk).update(created_at=NOW - timedelta(days=days))
    return made


@pytest.mark.parametrize(
    ("from_hours", "to_hours", "found"),
    [
        (25, None, (1, 2)),
        (None, 23, (0, 1)),
        (25, 23, (1,)),
        (9 * 24, 8 * 24, ()),
        (None, None, (0, 1, 2)),
    ],
)
def test_rows_made_between_two_moments_are_found(
    browser: Client,
    orders: list[Order],
    from_hours: int | None,
    to_hours: int | None,
    found: tuple[int, ...],
) -> None:
    first, last = (
        None if hours is None else timedelta(hours=hours) for hours in (from_hours, to_hours)
    )
    query = span(first, last)
    page = read(browser, f"{address(Order, 'changelist')}?{query}")
    assert tuple(n for n, order in enumerate(orders) if order.order_no in page) == found


def test_a_moment_that_is_none_narrows_nothing(browser: Client, orders: list[Order]) -> None:
    query = "created_at_from_0=nonsense&created_at_from_1=now"
    page = read(browser, f"{address(Order, 'changelist')}?{query}")
    assert all(order.order_no in page for order in orders)


def test_rows_made_in_a_span_are_read_by_their_numbers(
    browser: Client, orders: list[Order]
) -> None:
    query = span(timedelta(hours=25), timedelta(hours=23))
    with counting() as cost:
        read(browser, f"{address(Order, 'changelist')}?{query}")
    [rows] = [sql for sql in cost.statements if sql.startswith('SELECT "transactions_order"')]
    assert '"transactions_order"."id" >=' in rows
    assert '"transactions_order"."id" <' in rows


def test_an_accounts_rows_are_looked_for_among_its_companys(
    browser: Client, company: Company, order: Order
) -> None:
    other = make_company()
    strange = make_story(other, attempts=1)
    url = f"{address(Payment, 'changelist')}?payment_account__id__exact={company.account.pk}"
    with counting() as cost:
        page = read(browser, url)
    assert order.order_no in page
    assert strange.order_no not in page
    assert any('"transactions_payment"."merchant_id" IN' in sql for sql in cost.statements)


@pytest.mark.parametrize(
    ("table", "condition", "index"),
    [
        ("transactions_payment", "state = 'unknown'", "payment_by_rare_state"),
        ("transactions_order", "state = 'closed'", "order_by_rare_state"),
        ("transactions_refund", "state = 'failed'", "refund_by_rare_state"),
        ("transactions_refund", "needs_person", "refund_needs_person"),
        ("transactions_move", "cause = 'person'", "move_by_rare_cause"),
        ("transactions_journalline", "account = 'suspense'", "journal_line_by_rare_account"),
        ("notifications_delivery", "state = 'dead'", "delivery_by_rare_state"),
        ("gateway_channelcall", "operation = 'bill'", "channel_call_by_rare_operation"),
        ("gateway_channelcall", "outcome = 'failed'", "channel_call_by_rare_outcome"),
        ("transactions_orderline", "merchant_id = 1", "order_line_by_merchant"),
        ("transactions_move", "merchant_id = 1", "move_by_merchant"),
        ("transactions_journalline", "merchant_id = 1", "journal_line_by_merchant"),
        ("transactions_billline", "merchant_id = 1", "bill_line_by_merchant"),
        ("transactions_billline", "movement = 'fee'", "bill_line_by_rare_movement"),
        ("transactions_billline", "outcome = 'failed'", "bill_line_by_rare_outcome"),
        ("transactions_channelbill", "state = 'wanted'", "channel_bill_by_rare_state"),
        ("transactions_channelbill", "kind = 'account'", "channel_bill_by_kind"),
        ("gateway_callback", "merchant_id = 1", "callback_by_merchant"),
        ("gateway_channelcall", "merchant_id = 1", "channel_call_by_merchant"),
    ],
)
def test_what_is_rare_comes_from_an_index_in_its_order(
    db: None, table: str, condition: str, index: str
) -> None:
    _assert_comes_from(index, f"{table} WHERE {condition} ORDER BY id DESC")


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("business_date BETWEEN '2026-05-01' AND '2026-05-31'", "journal_by_date"),
        ("merchant_id = 1", "journal_by_day"),
        ("kind = 'suspense'", "journal_by_rare_kind_and_date"),
    ],
)
def test_the_journal_comes_from_an_index_in_the_order_of_its_days(
    db: None, condition: str, index: str
) -> None:
    rows = f"transactions_journalentry WHERE {condition}"
    _assert_comes_from(index, f"{rows} ORDER BY business_date DESC, id DESC")


def _assert_comes_from(index: str, rows: str) -> None:
    forget_statistics()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN SELECT * FROM {rows} LIMIT 50")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert index in plan, plan
    assert "Sort" not in plan, plan
