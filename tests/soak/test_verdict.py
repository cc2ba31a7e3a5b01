"""The verdict finds what is lost, double or different, and has no complaint where all is well."""

from collections import Counter
from typing import Any

import pytest

from paycenter.local.credentials import Credentials
from tests.faults.application import AMOUNT, REFUND, Application, Told
from tests.faults.channel import Channel
from tests.soak.trade import Plan, Trade
from tests.soak.verdict import book_complaints, event_complaints, order_complaints

Json = dict[str, Any]

NOWHERE = "http://127.0.0.1:1"
PAID = ("payment.succeeded", "P1")
LINE: Json = {"channel_serial_no": "C1", "amount": AMOUNT, "state": "succeeded", "refunds": {}}
PAYMENT: Json = {"serial_no": "P1", **LINE}
RETURN: Json = {
    "refund_serial_no": "R1",
    "serial_no": "P1",
    "state": "succeeded",
    "amount": REFUND,
}
ORDER: Json = {
    "state": "partially_refunded",
    "paid_amount": AMOUNT,
    "refunded_amount": REFUND,
    "payments": [PAYMENT],
    "refunds": [RETURN],
}


@pytest.fixture
def trade() -> Trade:
    """A trade whose payment P1 was accepted, paid, and refunded once."""
    key = {"key_id": "key", "secret": "secret"}
    application = Application(
        Credentials({"base_url": NOWHERE, "application": key}), receiver_url=NOWHERE
    )
    plan = Plan(is_paid=True, is_asked_twice=False, is_told_twice=False, refunds=1)
    trade = Trade(plan, application, Channel(NOWHERE), lambda: 0.0)
    trade.serial_no = "P1"
    return trade


def test_no_complaint_where_all_is_well(trade: Trade) -> None:
    assert list(order_complaints(trade, ORDER)) == []
    assert list(book_complaints({"P1": LINE}, {"P1": LINE})) == []
    assert list(event_complaints("the feed", Counter([PAID]), Counter([PAID]))) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"payments": [{**PAYMENT, "serial_no": "P2"}]}, "lost payment P1"),
        ({"payments": [PAYMENT, {**PAYMENT, "serial_no": "P2"}]}, "paid 2 times"),
        ({"state": "paying"}, "('paying', "),
        ({"paid_amount": 0}, f", 0, {REFUND})"),
        ({"refunded_amount": 2 * REFUND}, f", {AMOUNT}, {2 * REFUND})"),
        ({"refunds": [RETURN, {**RETURN, "refund_serial_no": "R2"}]}, "2 refunds, and not 1"),
    ],
)
def test_order_that_is_not_what_was_made_of_it(trade: Trade, change: Json, complaint: str) -> None:
    (found,) = order_complaints(trade, ORDER | change)
    assert complaint in found


@pytest.mark.parametrize(
    "theirs",
    [
        {},
        {"P1": {**LINE, "amount": AMOUNT + 1}},
        {"P1": {**LINE, "refunds": {"R1": ("succeeded", REFUND)}}},
        {"P1": LINE, "P2": LINE},
    ],
)
def test_books_that_differ(theirs: dict[str, Json]) -> None:
    assert len(list(book_complaints({"P1": LINE}, theirs))) == 1


@pytest.mark.parametrize("found", [Counter(), Counter([PAID, PAID])])
def test_event_that_is_missing_or_there_twice(found: Told) -> None:
    assert len(list(event_complaints("the feed", found, Counter([PAID])))) == 1
