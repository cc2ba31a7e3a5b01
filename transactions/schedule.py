"""When the center asks a channel again: every delay in seconds, in five tables.

Time alone ends nothing: after the last delay it goes on with the last one. A payment whose time is
over is closed at the channel and then asked once more; a close that cannot be confirmed is tried
again on the same table.
"""

from datetime import datetime, timedelta

UNKNOWN_PAYMENT = (3, 5, 10, 20, 40, 60, 120, 300, 600, 1800)
PENDING_PAYMENT = (5, 30, 60, 180, 300, 600, 1800)
REFUND = (5, 60, 300, 600, 1200, 1800, 3600, 4 * 3600)
STUCK_REFUND = (3600, 4 * 3600)
"""A refund that waits for a person: asked all the same, the person may act at the channel."""

SPLIT = (5, 15, 60, 300, 600, 1800, 3600, 4 * 3600)
"""Splits, returns of shares and releases: mostly decided within seconds, rarely after days."""

BUSY = timedelta(seconds=10)
"""A payment's channel works on one of these at a time: the next one is tried again after this."""

LEASE = timedelta(seconds=30)
"""How long whoever took up a due row has it alone; longer than any call to a channel."""

FIRST_LOOK = timedelta(seconds=20)
"""After this a payment nobody heard of is looked at: longer than a request and its call take."""

IN_FLIGHT = timedelta(seconds=60)
"""A request of ours may still be on its way to the channel for this long after its row was made."""

EXPIRY_GRACE = timedelta(seconds=60)
"""A payer who began just before the expiry may still finish."""

UNBOUND_EXPIRY_GRACE = timedelta(hours=48)
"""The same where the channel was never told the expiry: EasyPay platforms delete what nobody paid
after 48 h, so a number that is not known by then has been forgotten or was never used."""


def end_of_grace(expires_at: datetime, *, binding_expiry: bool) -> datetime:
    """Return from when on a number the channel does not know can no longer be paid."""
    return expires_at + (EXPIRY_GRACE if binding_expiry else UNBOUND_EXPIRY_GRACE)


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
