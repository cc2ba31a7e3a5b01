"""Closing a business day of a company: nothing more is posted on it, its statement is frozen.

What arrives later stands on the first day that is still open (PostgreSQL moves it there). Closing
waits for postings under way, and postings wait for the last step of closing: both hold a lock of
the company (class ``POSTING`` below, and in the guards of the ledger). All that takes long is done
before that lock is held, and done again only if something was posted on the day meanwhile.
"""

import logging
from datetime import date, datetime, time, timedelta

from django.db import DatabaseError, connection, transaction

from merchants.models import Merchant
from paycenter.kernel.clock import BUSINESS_ZONE, now
from paycenter.kernel.clock import business_date as day_of
from paycenter.kernel.reporting import PRIMARY
from transactions.ledger.day_rows import DayFacts, facts_of_day
from transactions.models import ClosedDay, JournalEntry

logger = logging.getLogger(__name__)

POSTING = 7301
CLOSING = 7302
"""Classes of advisory locks, each with the company's id: who posts, and who closes."""

CLOSES_AFTER = timedelta(days=2)
CLOSES_AT = time(12)
"""A day is closed at noon of the day after next: its channel bills have come by then."""

AT_ONCE = 200
"""How many days of companies one round of the periodic job closes."""

_ROLL_UP = """
INSERT INTO transactions_daybalance
    (merchant_id, business_date, account, channel_merchant_id, fee_type, debit, credit)
SELECT entry.merchant_id, entry.business_date, line.account, entry.channel_merchant_id,
       line.fee_type, sum(line.debit), sum(line.credit)
FROM transactions_journalentry entry
JOIN transactions_journalline line ON line.entry_id = entry.id
WHERE entry.merchant_id = %s AND entry.business_date = %s
GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (merchant_id, business_date, account, channel_merchant_id, fee_type)
DO UPDATE SET debit = excluded.debit, credit = excluded.credit
"""

_OPEN = """
SELECT merchant.id, day::date
FROM merchants_merchant merchant
CROSS JOIN LATERAL (
    SELECT business_date FROM transactions_journalentry
    WHERE merchant_id = merchant.id ORDER BY business_date LIMIT 1
) first
CROSS JOIN LATERAL generate_series(first.business_date, %s::date, interval '1 day') day
WHERE NOT EXISTS (
    SELECT FROM transactions_closedday closed
    WHERE closed.merchant_id = merchant.id AND closed.business_date = day::date
)
ORDER BY day, merchant.id
LIMIT %s
"""


@transaction.atomic
def close_day(merchant: Merchant, day: date) -> ClosedDay:
    """Close a past day of a company and return it; one that is closed already stays as it is.

    Raises ``ValueError`` for a day that is not over.
    """
    if day >= day_of(now()):
        raise ValueError(f"{day} is not over")
    _lock(CLOSING, merchant.pk)
    closed = ClosedDay.objects.filter(merchant=merchant, business_date=day).first()
    if closed is not None:
        return closed
    count = _count(merchant.pk, day)
    facts = _sum_up(merchant.pk, day)
    _lock(POSTING, merchant.pk)
    if _count(merchant.pk, day) != count:
        facts = _sum_up(merchant.pk, day)
    return ClosedDay.objects.create(
        merchant=merchant,
        business_date=day,
        rows=facts.rows,
        totals=facts.totals,
        sha256=facts.sha256,
        closed_at=now(),
    )


def all_closed(merchant_id: int, first: date, last: date, *, database: str = PRIMARY) -> bool:
    """Whether every day of these is closed on which a company has anything in its books."""
    entries = JournalEntry.objects.using(database).filter(merchant=merchant_id)
    begun = entries.order_by("business_date").values_list("business_date", flat=True).first()
    if begun is None:
        return False
    days = (last - max(first, begun)).days + 1
    closed = ClosedDay.objects.using(database).filter(merchant=merchant_id)
    closed = closed.filter(business_date__gte=begun, business_date__range=(first, last))
    return days > 0 and closed.count() == days


def close_due_days() -> int:
    """Close the days whose time has come, oldest first; returns how many were."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [last_due_day(now()), AT_ONCE])
        found = cursor.fetchall()
    merchants = Merchant.objects.in_bulk({merchant_id for merchant_id, _ in found})
    return sum(_closed(merchants[merchant_id], day) for merchant_id, day in found)


def _closed(merchant: Merchant, day: date) -> bool:
    """Close one day; what goes wrong with it keeps no other day open."""
    try:
        close_day(merchant, day)
    except DatabaseError:
        logger.exception("day %s of company %s was not closed", day, merchant.merchant_no)
        return False
    return True


def last_due_day(moment: datetime) -> date:
    """Return the last day that is to be closed by now."""
    local = moment.astimezone(BUSINESS_ZONE)
    waits = timedelta(days=local.time() < CLOSES_AT)
    return local.date() - CLOSES_AFTER - waits


def _sum_up(merchant_id: int, day: date) -> DayFacts:
    """Write what the day moved on each account, and return what its statement comes to."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLL_UP, [merchant_id, day])
    return facts_of_day(merchant_id, day)


def _count(merchant_id: int, day: date) -> int:
    """Count a day's entries: they are never altered, so the same number is the same entries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM transactions_journalentry "
            "WHERE merchant_id = %s AND business_date = %s",
            [merchant_id, day],
        )
        return int((cursor.fetchone() or (0,))[0])


def _lock(kind: int, merchant_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [kind, merchant_id])
