"""When the center asks a channel again: every delay in seconds, in three tables.

Time alone ends nothing: after the last delay it goes on with the last one. A payment whose time is
over is closed at the channel and then asked once more; a close that cannot be confirmed is tried
again on the same table.
"""

from datetime import datetime, timedelta

UNKNOWN_PAYMENT = (3, 5, 10, 20, 40, 60, 120, 300, 600, 1800)
PENDING_PAYMENT = (5, 30, 60, 180, 300, 600, 1800)
REFUND = (5, 60, 300, 600, 1200, 1800, 3600, 4 * 3600)

LEASE = timedelta(seconds=30)
"""How long whoever took up a due row has it alone; longer than any call to a channel."""

FIRST_LOOK = timedelta(seconds=20)
"""After this a payment nobody heard of is looked at: longer than a request and its call take."""

IN_FLIGHT = timedelta(seconds=60)
"""A request of ours may still be on its way to the channel for this long after its row was made."""

EXPIRY_GRACE = timedelta(seconds=60)
"""A payer who began just before the expiry may still finish."""


def next_look(table: tuple[int, ...], asked: int, moment: datetime) -> datetime:
    """Return when to ask again after having asked ``asked`` times."""
    return moment + timedelta(seconds=table[min(asked, len(table) - 1)])


def next_payment_look(
    table: tuple[int, ...], asked: int, moment: datetime, *, expires_at: datetime
) -> datetime:
    """Return when to ask about a payment again: by the table, and in any case when it is over."""
    by_table = next_look(table, asked, moment)
    end = expires_at + EXPIRY_GRACE
    return min(by_table, end) if moment < end else by_table
