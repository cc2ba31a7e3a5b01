"""Counting hours: each one when it is over, and again whenever something in it changed.

What is late (money that came for an attempt of yesterday, a refund) is known by its move, which
every change of a state writes. Nothing else is written on the way of a payment, and no row there
is shared.

A move's id is given before it is committed, so "all up to here" holds only once every transaction
of that time is over. Each round marks how far the ids went and which transactions there were; a
later round that finds these over has read all moves up to the mark, and the next one goes on there.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from paycenter.kernel.clock import now
from paycenter.kernel.ids_by_time import first_id
from transactions.models import HourTally, Move, TallyProgress
from transactions.tallies.facts import FIGURES, facts_of

HOUR = timedelta(hours=1)
HOURS_AT_ONCE = 200
MOVES_AT_ONCE = 50_000
"""What one round counts and reads at most; the next ones go on."""

OVER_AFTER = timedelta(minutes=1)
"""An hour is over when what was opened in it is committed too."""

LONGEST_TRANSACTION = timedelta(days=1)
"""Counting begins with the moves of a day: what moved before is in the rows for sure."""

_FIRST_MOMENT = """
SELECT least(
    (SELECT created_at FROM transactions_payment ORDER BY id LIMIT 1),
    (SELECT min(first.moment) FROM merchants_channelmerchant owner CROSS JOIN LATERAL (
        SELECT min(paid_at) AS moment FROM transactions_payment
        WHERE channel_merchant_id = owner.id AND state = 'succeeded') first),
    (SELECT min(first.moment) FROM merchants_merchant company CROSS JOIN LATERAL (
        SELECT min(succeeded_at) AS moment FROM transactions_refund
        WHERE merchant_id = company.id AND state = 'succeeded') first)
)
"""

_CHANGED = """
SELECT DISTINCT date_trunc('hour', moment, 'UTC') AS hour FROM (
    SELECT unnest(ARRAY[payment.created_at, payment.paid_at]) AS moment
    FROM transactions_move move JOIN transactions_payment payment ON payment.id = move.subject_id
    WHERE move.id > %(after)s AND move.id <= %(upto)s AND move.subject = 'payment'
    UNION ALL
    SELECT refund.succeeded_at
    FROM transactions_move move JOIN transactions_refund refund ON refund.id = move.subject_id
    WHERE move.id > %(after)s AND move.id <= %(upto)s AND move.subject = 'refund'
) changed
WHERE moment < %(until)s
ORDER BY hour
"""

_NAMES = ", ".join(FIGURES)
_KEYS = "merchant_id, payment_account_id, hour"
_TALLY = HourTally._meta.db_table
_COUNT = f"""
INSERT INTO {_TALLY} (hour, merchant_id, payment_account_id, {_NAMES})
SELECT start, merchant_id, payment_account_id, {_NAMES} FROM ({{facts}}) fact
ON CONFLICT ({_KEYS}) DO UPDATE
SET ({_NAMES}) = ({", ".join(f"excluded.{name}" for name in FIGURES)})
WHERE ({", ".join(f"{_TALLY}.{name}" for name in FIGURES)})
   IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in FIGURES)})
"""  # noqa: S608 (names from the model)


@transaction.atomic
def count_due_hours() -> int:
    """Count the hours that are over and those that changed; returns how many.

    Bounded, and safe to run twice at once: whoever comes second does nothing.
    """
    progress = _take_progress()
    if progress is None:
        return 0
    given, own = _mark()
    # A database that was restored elsewhere numbers its transactions anew: nobody of then is left.
    settled = progress.marked_by > own or _over_before(progress.marked_by)
    upto = min(given, progress.moves + MOVES_AT_ONCE)
    passed = _passed(progress.until)
    hours = {*_changed(progress, upto), *passed}
    count_hours(hours)
    progress.until += HOUR * len(passed)
    if settled:
        progress.moves = min(upto, progress.moves_marked)
        progress.moves_marked, progress.marked_by = given, own
    progress.save()
    return len(hours)


def count_hours(hours: Iterable[datetime]) -> None:
    """Count these hours from the rows, whatever was counted before.

    No row has to be taken back: what once was opened, paid or refunded in an hour stays in it.
    """
    with connection.cursor() as cursor:
        for hour in sorted(hours):
            facts, params = facts_of([(hour, hour + HOUR)], narrowed=False)
            cursor.execute(_COUNT.format(facts=facts), params)


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour a moment belongs to, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _take_progress() -> TallyProgress | None:
    """Lock the progress, made now if there is none; None while somebody else counts."""
    rows = TallyProgress.objects.select_for_update(skip_locked=True)
    progress = rows.filter(pk=1).first()
    if progress is None and not TallyProgress.objects.exists():
        moment = now()
        begun = first_id(Move._meta.db_table, "created_at", moment - LONGEST_TRANSACTION) - 1
        facts = {"moves": begun, "moves_marked": begun, "marked_by": 0}
        until = hour_of(_first_moment() or moment)
        TallyProgress.objects.get_or_create(pk=1, defaults=facts | {"until": until})
        progress = rows.filter(pk=1).first()
    return progress


def _first_moment() -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_MOMENT)
        return (cursor.fetchone() or (None,))[0]


def _mark() -> tuple[int, int]:
    """Return the last id given to a move, and then the number of this transaction.

    In that order: whoever has an id up to that one began before this transaction did.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(pg_sequence_last_value("
            "pg_get_serial_sequence('transactions_move', 'id')::regclass), 0)"
        )
        given = int((cursor.fetchone() or (0,))[0])
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return given, int((cursor.fetchone() or (0,))[0])


def _over_before(transaction_id: int) -> bool:
    """Whether every transaction older than this one is over, and what it did can be seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int((cursor.fetchone() or (0,))[0]) >= transaction_id


def _passed(until: datetime) -> list[datetime]:
    """Return the hours that are over and not counted yet, oldest first."""
    count = max(0, (hour_of(now() - OVER_AFTER) - until) // HOUR)
    return [until + HOUR * number for number in range(min(count, HOURS_AT_ONCE))]


def _changed(progress: TallyProgress, upto: int) -> list[datetime]:
    """Return the counted hours in which something moved since then."""
    params: dict[str, Any] = {"after": progress.moves, "upto": upto, "until": progress.until}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, params)
        return [hour for (hour,) in cursor.fetchall()]
