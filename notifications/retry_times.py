"""When a notification is tried again: the one table of delays (API documentation, Notifications).

A failed attempt waits for the delay at its step; after the last one the delivery is dead.
"""

import secrets
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

DELAYS = (
    timedelta(seconds=15),
    timedelta(seconds=15),
    timedelta(seconds=30),
    timedelta(minutes=3),
    timedelta(minutes=10),
    timedelta(minutes=20),
    timedelta(minutes=30),
    timedelta(minutes=30),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=3),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
LONGEST_RETRY_AFTER = timedelta(hours=24)


def next_attempt_at(*, step: int, moment: datetime, retry_after: str = "") -> datetime | None:
    """Return when to try again after ``step`` attempts, or None when that was the last one.

    ``retry_after`` is the receiver's header: it may lengthen the wait, up to a day, not shorten it.
    """
    if step > len(DELAYS):
        return None
    wished = min(_parse_retry_after(retry_after, moment), LONGEST_RETRY_AFTER)
    return moment + max(_spread(DELAYS[step - 1]), wished)


def _spread(delay: timedelta) -> timedelta:
    """Vary a delay by 10 % either way, so that what failed together does not return together."""
    return delay * (900 + secrets.randbelow(201)) / 1000


def _parse_retry_after(text: str, moment: datetime) -> timedelta:
    """Read ``Retry-After`` (RFC 9110, 10.2.3): seconds or an HTTP date; nonsense is no wish."""
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=int(text[:9]))
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return timedelta(0)
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) - moment
