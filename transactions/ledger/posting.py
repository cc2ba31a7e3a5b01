"""Posting to the ledger: one balanced entry per money event, in one statement, once.

An entry belongs into the transaction that moved the money fact. Whoever posts the same event again
posts nothing: the database knows each (company, kind, reference) once. It also refuses to commit an
entry whose debits and credits differ, and gives one of a day that is closed the first day that is
still open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from merchants.models import ChannelMerchant
from paycenter.kernel.clock import business_date, now
from transactions.models import Account, JournalEntry, Payment, Refund


@dataclass(frozen=True, slots=True)
class Side:
    """``amount`` fen on one account; only income is kept apart by ``fee_type``.

    A negative amount stands on the other side; one of nothing is left out.
    """

    account: Account
    amount: int
    fee_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One entry to be made.

    ``reference`` is the number of the money event, ``occurred_at`` when it happened.
    """

    kind: JournalEntry.Kind
    reference: str
    channel_merchant: ChannelMerchant
    occurred_at: datetime
    debits: Sequence[Side]
    credits: Sequence[Side]
    payment: Payment | None = None
    refund: Refund | None = None
    reverses: JournalEntry | None = None
    posted_by: str = ""
    note: str = ""


_POST = """
WITH entry AS (
    INSERT INTO transactions_journalentry
        (merchant_id, channel_merchant_id, business_date, kind, reference,
         payment_id, refund_id, reverses_id, posted_by, note, posted_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (merchant_id, kind, reference) DO NOTHING
    RETURNING id, merchant_id
), line AS (
    INSERT INTO transactions_journalline
        (merchant_id, entry_id, account, fee_type, debit, credit)
    SELECT entry.merchant_id, entry.id, side.account, side.fee_type, side.debit, side.credit
    FROM entry, unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[])
        AS side (account, fee_type, debit, credit)
)
SELECT id FROM entry
"""


def post(posting: Posting) -> int | None:
    """Post an entry; returns its row id, or None when this event was posted before."""
    owner = posting.channel_merchant
    facts: list[Any] = [
        owner.merchant_id,
        owner.pk,
        business_date(posting.occurred_at),
        posting.kind,
        posting.reference,
        posting.payment and posting.payment.pk,
        posting.refund and posting.refund.pk,
        posting.reverses and posting.reverses.pk,
        posting.posted_by,
        posting.note,
        now(),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_POST, [*facts, *_columns(posting)])
        row = cursor.fetchone()
    return row[0] if row else None


_REVERSE = """
WITH entry AS (
    INSERT INTO transactions_journalentry
        (merchant_id, channel_merchant_id, business_date, kind, reference,
         payment_id, refund_id, reverses_id, posted_by, note, posted_at)
    SELECT merchant_id, channel_merchant_id, %s, %s, id::text,
           payment_id, refund_id, id, %s, %s, %s
    FROM transactions_journalentry WHERE id = %s
    ON CONFLICT (merchant_id, kind, reference) DO NOTHING
    RETURNING id, merchant_id, reverses_id
), line AS (
    INSERT INTO transactions_journalline
        (merchant_id, entry_id, account, fee_type, debit, credit)
    SELECT entry.merchant_id, entry.id, old.account, old.fee_type, old.credit, old.debit
    FROM entry JOIN transactions_journalline old ON old.entry_id = entry.reverses_id
)
SELECT id FROM entry
"""


def reverse(entry_id: int, *, by: str = "", note: str = "") -> int | None:
    """Post the opposite of an entry, today; returns its row id, or None if that was done before."""
    moment = now()
    facts: list[Any] = [
        business_date(moment),
        JournalEntry.Kind.REVERSAL,
        by,
        note,
        moment,
        entry_id,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_REVERSE, facts)
        row = cursor.fetchone()
    return row[0] if row else None


def _columns(posting: Posting) -> tuple[list[str], list[str], list[int], list[int]]:
    """Return the lines as columns: accounts, fee types, debits, credits."""
    signed = [(side, side.amount) for side in posting.debits]
    signed += [(side, -side.amount) for side in posting.credits]
    lines = [(side, amount) for side, amount in signed if amount]
    return (
        [side.account.value for side, _ in lines],
        [side.fee_type for side, _ in lines],
        [max(amount, 0) for _, amount in lines],
        [max(-amount, 0) for _, amount in lines],
    )
