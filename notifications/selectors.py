"""Reading the event feed."""

from collections.abc import Collection
from dataclasses import dataclass

from notifications.models import Event
from notifications.services.number_events import number_events


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A piece of one application's feed, oldest first; ``next_after`` is what to ask with next."""

    events: list[Event]
    next_after: int
    has_more: bool


def read_feed(
    application_id: int, *, after: int, limit: int, types: Collection[str] = ()
) -> FeedPage:
    """Return up to ``limit`` events behind position ``after``; no ``types`` means all.

    Two statements when everything committed has its position; numbers first what has none.
    """
    number_events()
    events = Event.objects.filter(application_id=application_id, position__gt=after)
    if types:
        events = events.filter(type__in=types)
    found = list(events.order_by("position")[: limit + 1])
    page = found[:limit]
    next_after = page[-1].position if page else None
    return FeedPage(page, after if next_after is None else next_after, len(found) > limit)
