"""Positions of the event feed, given after the commit and in one line.

Whoever numbers holds the counter's lock until its own commit, so a position becomes visible only
after every lower one: a reader that has seen position n will never find something new below it.
"""

from django.db import transaction

from notifications.models import Event, FeedCounter
from paycenter.kernel.statements import prepared_cursor

BATCH = 500

_LOCK = "SELECT 1 FROM notifications_feedcounter WHERE id = 1 FOR UPDATE"
_BEGIN = """
    INSERT INTO notifications_feedcounter (id, last_position) VALUES (1, 0) ON CONFLICT DO NOTHING
"""
_NUMBER = """
    WITH waiting AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place
        FROM (
            SELECT id FROM notifications_event WHERE position IS NULL ORDER BY id LIMIT %s
        ) AS oldest
    ), numbered AS (
        UPDATE notifications_event AS event SET position = counter.last_position + waiting.place
        FROM waiting, notifications_feedcounter AS counter
        WHERE event.id = waiting.id AND counter.id = 1
        RETURNING event.id, event.position
    ), counted AS (
        UPDATE notifications_feedcounter
        SET last_position = last_position + (SELECT count(*) FROM numbered)
        WHERE id = 1
    )
    SELECT id, position FROM numbered
"""


def number_events() -> int:
    """Give positions to committed events, oldest first; returns how many (at most ``BATCH``).

    One statement when nothing waits, three when something does.
    """
    return len(_number()) if Event.objects.filter(position=None).exists() else 0


@transaction.atomic
def skip_positions(count: int) -> int:
    """Leave ``count`` positions out; returns the last one that nobody will get.

    For after a restore: applications have read positions this database never gave, and would not
    see an event that got one of them again.
    """
    counter, _ = FeedCounter.objects.select_for_update().get_or_create(pk=1)
    counter.last_position += count
    counter.save(update_fields=["last_position"])
    return int(counter.last_position)


def position_of(event: Event) -> int:
    """Return the position of a committed event, numbering those before it first if need be."""
    while event.position is None:
        event.position = _number().get(event.pk)
        if event.position is None:  # somebody else has numbered it, or many wait before it
            event.refresh_from_db(fields=["position"])
    return int(event.position)


def _number() -> dict[int, int]:
    """Give positions to the oldest events without one; returns them by row id."""
    with transaction.atomic(), prepared_cursor() as cursor:
        cursor.execute(_LOCK)
        if cursor.fetchone() is None:  # before the very first event
            cursor.execute(_BEGIN)
            cursor.execute(_LOCK)
        # A statement of its own: only one that starts under the lock sees what the last holder did.
        cursor.execute(_NUMBER, [BATCH])
        return dict(cursor.fetchall())
