"""Committing that something is about to be sent: once per state of its row, one at a time.

A channel divides, frees or takes back from a payment one request after the other, and may refuse
a second one while it works on the first. A refusal would end a split that only came too early, so
the next one waits here instead. The row's version changes with every sending: a refusal counts
only for the sending it answers (``gateway.split_contract``), and whoever read an older row sends
nothing.
"""

from datetime import datetime
from typing import TypeVar

from django.db import models, transaction
from django.db.models import F

from gateway.accounts import channel_account
from gateway.registry import channel_of
from paycenter.kernel.clock import now
from transactions.locking import lock_shared_payment
from transactions.models import Payment, Split, SplitRelease, SplitReturn
from transactions.schedule import BUSY, IN_FLIGHT, LEASE
from transactions.split_lifecycle import OPEN_RELEASE, OPEN_RETURN, OPEN_SPLIT

Sendable = TypeVar("Sendable", Split, SplitReturn, SplitRelease)

_OPEN: dict[type[models.Model], frozenset[str]] = {
    Split: OPEN_SPLIT,
    SplitReturn: OPEN_RETURN,
    SplitRelease: OPEN_RELEASE,
}
_PAYMENTS: dict[type[models.Model], str] = {
    Split: "payment",
    SplitReturn: "share__split__payment",
    SplitRelease: "payment",
}


def claim(row: Sendable, payment: Payment) -> bool:
    """Commit that ``row`` is about to be sent; returns whether this caller may send it.

    Raises ``ConfigurationError`` when the account cannot work: nothing is claimed then.
    """
    account = payment.payment_account
    channel_of(account.channel_merchant.channel).check_account(channel_account(account))
    unchanged = type(row).objects.filter(pk=row.pk, version=row.version, state__in=_OPEN[type(row)])
    with transaction.atomic():
        lock_shared_payment(payment.pk)
        moment = now()
        if _is_busy(payment, row):
            unchanged.update(due_at=moment + BUSY)
            return False
        claimed = unchanged.update(sent_at=moment, due_at=moment + LEASE, version=F("version") + 1)
    row.version += claimed
    return bool(claimed)


def _is_busy(payment: Payment, row: Split | SplitReturn | SplitRelease) -> bool:
    """Whether the channel works on something else of a payment."""
    for model, states in _OPEN.items():
        under_way = model._default_manager.filter(
            **{_PAYMENTS[model]: payment}, sent_at__isnull=False, state__in=states
        )
        if isinstance(row, model):
            under_way = under_way.exclude(pk=row.pk)
        if under_way.exists():
            return True
    return False


def may_send_again(row: Split | SplitReturn, *, asked_at: datetime) -> bool:
    """Whether a row may be sent that its channel, asked at ``asked_at``, does not know."""
    last_sent = row.sent_at or row.created_at
    return asked_at >= last_sent + IN_FLIGHT and row.state in _OPEN[type(row)]
