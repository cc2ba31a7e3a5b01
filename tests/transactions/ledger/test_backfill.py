"""Money facts from before there was a ledger are posted as they would be today."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests.support.books import Lines, lines_of
from tests.support.money import make_order, make_payment, make_refund
from transactions.ledger.events import book_kept, post_payment, post_refund
from transactions.models import DuplicatePayment, JournalEntry, OrderLine, Payment, Refund

pytestmark = pytest.mark.django_db

MIGRATION = importlib.import_module("transactions.migrations.0010_post_known_money")
Facts = list[tuple[str, str, Lines]]


def _backfill() -> Facts:
    with connection.cursor() as cursor:
        for part in ("PAYMENTS", "REFUNDS", "KEPT"):
            cursor.execute(getattr(MIGRATION, f"POST_KNOWN_{part}"))
        cursor.execute(MIGRATION.CHECK_NOW)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return [
        (entry.kind, entry.reference, sorted(lines_of(entry)))
        for entry in JournalEntry.objects.order_by("kind", "reference")
    ]


def _paid(*amounts: int, **changes: Any) -> Payment:
    order = make_order(amount=sum(amounts))
    for number, amount in enumerate(amounts, start=1):
        OrderLine.objects.create(
            merchant=order.merchant,
            order=order,
            line_no=number,
            fee_type=f"费{number}",
            amount=amount,
        )
    return make_payment(order, state="succeeded", settles_order=True, **changes)


def _posted_today(post_all: Callable[[], None]) -> Facts:
    """Return what posting books today, and take it back."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT today")
        post_all()
        facts = [
            (entry.kind, entry.reference, sorted(lines_of(entry)))
            for entry in JournalEntry.objects.order_by("kind", "reference")
        ]
        cursor.execute("ROLLBACK TO today")
    return facts


def _same_as_today(post_all: Callable[[], None]) -> Facts:
    expected = _posted_today(post_all)
    assert _backfill() == expected
    return expected


def test_a_payment_and_its_refunds() -> None:
    payment = _paid(3_333, 3_333, 3_334)
    for amount, lines in ((1_000, []), (1, []), (50, [{"fee_type": "费2", "amount": 50}])):
        make_refund(payment, amount=amount, lines=lines, state="succeeded")

    def post_all() -> None:
        post_payment(payment)
        for refund in Refund.objects.select_related("payment__order", "payment__channel_merchant"):
            post_refund(refund)

    facts = _same_as_today(post_all)
    assert sorted(kind for kind, _, _ in facts) == ["payment", "refund", "refund", "refund"]


def test_an_order_without_lines() -> None:
    payment = make_payment(state="succeeded", settles_order=True)
    refund = make_refund(payment, state="succeeded")

    def post_all() -> None:
        post_payment(payment)
        post_refund(refund)

    _same_as_today(post_all)


@pytest.mark.parametrize("state", ["return", "held", "keep"])
def test_a_duplicate_payment(state: str) -> None:
    payment = make_payment(state="succeeded", refunded=3_000, refund_reserved=1_000)
    refund = make_refund(payment, amount=3_000, state="succeeded")
    DuplicatePayment.objects.create(
        payment=payment, merchant=payment.merchant, state=state, created_at=payment.created_at
    )

    def post_all() -> None:
        post_payment(payment)
        post_refund(refund)
        book_kept(payment, 6_000 if state == "keep" else 0)

    facts = _same_as_today(post_all)
    assert len(facts) == (3 if state == "keep" else 2)


@pytest.mark.parametrize("state", ["pending", "failed", "closed", "unknown"])
def test_what_did_not_succeed_is_not_posted(state: str) -> None:
    make_payment(state=state)
    assert _backfill() == []


def test_what_is_posted_already_is_posted_once() -> None:
    payment = make_payment(state="succeeded", settles_order=True)
    post_payment(payment)
    assert len(_backfill()) == len(_backfill()) == 1


def test_each_day_is_that_of_the_payment() -> None:
    paid_at = "2026-11-01T15:59:59+00:00"
    make_payment(state="succeeded", settles_order=True, paid_at=paid_at)
    _backfill()
    assert JournalEntry.objects.get().business_date.isoformat() == "2026-11-01"
