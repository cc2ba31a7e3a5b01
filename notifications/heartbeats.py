"""What must be heard of regularly: periodic jobs and queues, each with the moment it was last seen.

A job's success is noted at most twice a minute in each process: a sweep every two seconds must not
write every two seconds.
"""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from notifications.models import Heartbeat
from paycenter.kernel.clock import now

PAUSE_SECONDS = 30.0

_noted: dict[str, float] = {}


def note(name: str) -> None:
    """Note that something was at work just now; one statement."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )


def note_sometimes(name: str) -> None:
    """Note it unless this process did so a moment ago."""
    moment = time.monotonic()
    if moment - _noted.get(name, -PAUSE_SECONDS) >= PAUSE_SECONDS:
        _noted[name] = moment
        note(name)


def silent(expected: Iterable[tuple[str, timedelta]]) -> list[tuple[str, datetime]]:
    """Return what was not seen for longer than it may be, with when it was last seen.

    What was never seen counts as seen when it is first asked for.
    """
    patience = dict(expected)
    moment = now()
    seen = dict(Heartbeat.objects.filter(name__in=list(patience)).values_list("name", "at"))
    unseen = [Heartbeat(name=name, at=moment) for name in patience if name not in seen]
    Heartbeat.objects.bulk_create(unseen, ignore_conflicts=True)
    return [(name, at) for name, at in sorted(seen.items()) if moment - at > patience[name]]
