"""Posting to the ledger: one balanced entry per money event, in one statement, once.

An entry belongs into the transaction that moved the money fact. Whoever posts the same event again
posts nothing: the database knows each (company, kind, reference) once. It also refuses to commit an
entry whose debits and credits differ, and gives one of a day that is closed the first day that is
still open. What is wrong is corrected by another entry, never altered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from merchants.models import ChannelMerchant
from paycenter.kernel.clock import business_date, now
from paycenter.kernel.statements import prepared_cursor
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
    with prepared_cursor() as cursor:
        cursor.execute(_POST, [*facts, *_columns(posting)])
        row = cursor.fetchone()
    return row[0] if row else None


def reverse(entry_id: int, *, by: str = "", note: str = "") -> int | None:
    """Post an entry's opposite, today; returns its row id, or None when it is reversed already.

    ``by`` is the person who decided so, blank when the center did. Raises
    ``JournalEntry.DoesNotExist``.
    """
    entry = JournalEntry.objects.select_related("channel_merchant", "payment", "refund").get(
        pk=entry_id
    )
    opposite = [
        Side(Account(line.account), line.credit - line.debit, line.fee_type)
        for line in entry.lines.all()
    ]
    return post(
        Posting(
            kind=JournalEntry.Kind.REVERSAL,
            reference=str(entry.pk),
            channel_merchant=entry.channel_merchant,
            occurred_at=now(),
            debits=opposite,
            credits=(),
            payment=entry.payment,
            refund=entry.refund,
            reverses=entry,
            posted_by=by,
            note=note,
        )
    )


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
