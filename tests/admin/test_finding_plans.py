"""Whatever is looked for is found through an index: no table that grows is read as a whole."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from paycenter.operators import finding
from tests.admin.rows import make_duplicate
from tests.admin.split_rows import divide
from tests.support.audit import do
from tests.support.plans import forget_statistics, long_ways, reading
from transactions.models import Order, Payment

SMALL = ("merchants_merchant", "merchants_propertygroup")
FINDERS = (
    finding.orders_by,
    finding.payments_by,
    finding.refunds_by,
    finding.splits_by,
    finding.shares_by,
    finding.returns_by,
    finding.releases_by,
    finding.duplicates_by,
    finding.lines_by,
    finding.moves_by,
    finding.calls_by,
    finding.callbacks_by,
    finding.events_by,
    finding.deliveries_by,
    finding.bill_lines_by,
    finding.differences_by,
    finding.deeds_by,
)


def detours(look: Callable[[], Any]) -> list[str]:
    """Return the long ways of all that is read to find something."""
    with reading() as statements:
        look()
    assert statements
    return [way for statement in statements for way in long_ways(statement, small=SMALL)]


@pytest.fixture(autouse=True)
def _rows(order: Order) -> None:
    divide(order)
    make_duplicate(order)
    for _ in range(200):
        do()
    forget_statistics()


@pytest.mark.parametrize("finder", FINDERS, ids=lambda finder: finder.__name__)
def test_a_number_is_found_through_indexes(
    order: Order, finder: Callable[[str], list[int]]
) -> None:
    assert detours(lambda: finder(order.order_no)) == []


@pytest.mark.parametrize("text", ["3-1-502", "5678", "FEE-1"])
def test_a_room_and_a_phone_are_found_through_indexes(order: Order, text: str) -> None:
    everything = Order.objects.all()
    own = Order.objects.filter(merchant=order.merchant)
    assert detours(lambda: finding.orders_about(text, everything)) == []
    assert detours(lambda: finding.orders_about(text, own)) == []


def test_what_was_done_on_rows_is_found_through_indexes(order: Order) -> None:
    payment = Payment.objects.filter(order=order).latest("id")
    assert detours(lambda: list(finding.deeds_on([order, payment]))) == []


def test_the_events_of_an_order_are_not_looked_for_among_all_of_its_company(order: Order) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = finding.events_of(order).explain()
    assert "event_by_order" in plan, plan


def test_every_finder_is_looked_at() -> None:
    named = {name for name in vars(finding) if name.endswith("_by")}
    assert named == {finder.__name__ for finder in FINDERS}


@pytest.mark.parametrize(
    "index",
    [
        "order_by_number",
        "order_line_by_room",
        "payment_by_phone",
        "checkout_by_phone",
        "refund_by_number",
        "refund_by_channel_number",
        "split_by_number",
        "split_by_channel_number",
        "split_return_by_number",
        "split_return_by_channel_no",
        "split_share_by_channel_number",
    ],
)
def test_a_missing_index_would_be_seen(order: Order, index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP INDEX {index}")
    assert detours(lambda: finding.orders_about("5678", Order.objects.all()))
