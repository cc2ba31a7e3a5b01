"""Bounded periodic work: whatever is due is a row, and here it is found, hint or no hint."""

from datetime import timedelta

from notifications.services.claim import SLOTS_PER_APPLICATION
from paycenter.kernel.clock import now
from paycenter.kernel.statements import prepared_cursor

BATCH = 200
HINT_LEASE = timedelta(seconds=30)
"""How long a message to a worker may be on its way before another one is sent."""

Hint = tuple[int, int]
"""A delivery's id and the number of the attempt to be made."""

_TAKE_DUE = """
    UPDATE notifications_delivery AS delivery SET due_at = %(again_at)s
    FROM (
        SELECT waiting.id
        FROM merchants_application AS application
        CROSS JOIN LATERAL (
            SELECT id, due_at FROM notifications_delivery
            WHERE application_id = application.id AND due_at <= %(now)s
            ORDER BY due_at
            LIMIT GREATEST(0, %(slots)s - (
                SELECT count(*) FROM notifications_delivery
                WHERE application_id = application.id AND leased_until > %(now)s
            ))
            FOR UPDATE SKIP LOCKED
        ) AS waiting
        WHERE %(application_id)s::bigint IS NULL OR application.id = %(application_id)s
        ORDER BY waiting.due_at
        LIMIT %(batch)s
    ) AS taken
    WHERE delivery.id = taken.id
    RETURNING delivery.id, delivery.attempts + 1
"""


def take_due(*, batch: int = BATCH, application_id: int | None = None) -> list[Hint]:
    """Take due deliveries, oldest first, from each application as many as it has free slots.

    Workers are to be told of them. What nobody claims within ``HINT_LEASE`` is due again. Two
    sweeps at once take different rows. One statement.
    """
    moment = now()
    with prepared_cursor() as cursor:
        cursor.execute(
            _TAKE_DUE,
            {
                "now": moment,
                "again_at": moment + HINT_LEASE,
                "slots": SLOTS_PER_APPLICATION,
                "application_id": application_id,
                "batch": batch,
            },
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]
