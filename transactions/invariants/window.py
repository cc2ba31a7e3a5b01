"""What a check looks at: the rows that were made or moved lately, or all there are.

Rows are bounded by id, because that needs no index: in each table the first id is sought whose row
is as young as the window. The hours to spare are for transactions that took long; an event may
lie a little before the row it tells of.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from paycenter.kernel.ids_by_time import first_id

TOUCHED = """
WITH touched_payment AS MATERIALIZED (
    SELECT id FROM transactions_payment WHERE id >= %(payment)s
    UNION
    SELECT subject_id FROM transactions_move WHERE subject = 'payment' AND id >= %(move)s
    UNION
    SELECT payment_id FROM transactions_refund WHERE id >= %(refund)s
    UNION
    SELECT refund.payment_id FROM transactions_move move
    JOIN transactions_refund refund ON refund.id = move.subject_id
    WHERE move.subject = 'refund' AND move.id >= %(move)s
    UNION
    SELECT split.payment_id FROM transactions_move move
    JOIN transactions_split split ON split.id = move.subject_id
    WHERE move.subject = 'split' AND move.id >= %(move)s
    UNION
    SELECT split.payment_id FROM transactions_move move
    JOIN transactions_splitreturn back ON back.id = move.subject_id
    JOIN transactions_splitshare share ON share.id = back.share_id
    JOIN transactions_split split ON split.id = share.split_id
    WHERE move.subject = 'splitreturn' AND move.id >= %(move)s
    UNION
    SELECT payment_id FROM transactions_journalentry
    WHERE payment_id IS NOT NULL AND id >= %(entry)s
), touched_order AS MATERIALIZED (
    SELECT order_id AS id FROM transactions_payment
    WHERE id IN (SELECT id FROM touched_payment)
    UNION
    SELECT id FROM transactions_order WHERE id >= %(order)s
    UNION
    SELECT subject_id FROM transactions_move WHERE subject = 'order' AND id >= %(move)s
)
"""
"""Payments that were made, moved, refunded, shared or booked lately, and their orders."""

_TABLES = {
    "payment": ("transactions_payment", "created_at", timedelta(hours=1)),
    "refund": ("transactions_refund", "created_at", timedelta(hours=1)),
    "order": ("transactions_order", "created_at", timedelta(hours=1)),
    "move": ("transactions_move", "created_at", timedelta(hours=1)),
    "entry": ("transactions_journalentry", "posted_at", timedelta(hours=1)),
    "event": ("notifications_event", "occurred_at", timedelta(hours=2)),
}


@dataclass(frozen=True, slots=True)
class Window:
    """The parameters of all checks: ``since``, ``now`` and the first id of each table."""

    params: dict[str, Any]


def window_since(since: datetime | None, *, now: datetime) -> Window:
    """Return the window from ``since`` on; None is everything."""
    since = since or datetime(1970, 1, 1, tzinfo=UTC)
    firsts = {
        name: first_id(table, column, since - spare)
        for name, (table, column, spare) in _TABLES.items()
    }
    return Window({"since": since, "now": now, **firsts})
