"""Positions of the event feed, given after the commit and in one line.

Whoever numbers holds the counter's lock until its own commit, so a position becomes visible only
after every lower one: a reader that has seen position n will never find something new below it.
"""

from django.db import connection, transaction

from notifications.models import Event, FeedCounter

BATCH = 500

_NUMBER = """
    UPDATE notifications_event AS event SET position = numbered.position
    FROM (
        SELECT id, %s + row_number() OVER (ORDER BY id) AS position
        FROM (
            SELECT id FROM notifications_event WHERE position IS NULL ORDER BY id LIMIT %s
        ) AS waiting
    ) AS numbered
    WHERE event.id = numbered.id
"""


def number_events() -> int:
    """Give positions to committed events, oldest first; returns how many (at most ``BATCH``).

    One statement when nothing waits, four when something does.
    """
    if not Event.objects.filter(position=None).exists():
        return 0
    with transaction.atomic():
        counter, _ = FeedCounter.objects.select_for_update().get_or_create(pk=1)
        # A statement of its own: only one that starts under the lock sees what the last holder did.
        with connection.cursor() as cursor:
            cursor.execute(_NUMBER, [counter.last_position, BATCH])
            count: int = cursor.rowcount
        counter.last_position += count
        counter.save(update_fields=["last_position"])
    return count


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
        number_events()
        event.refresh_from_db(fields=["position"])
    return int(event.position)
