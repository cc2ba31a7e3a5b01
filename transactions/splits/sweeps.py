"""Finding what is due of splits and receivers (``transactions.sweeps`` has the rules)."""

from django.db import models, transaction

from paycenter.kernel.clock import now
from transactions.models import Receiver, Split, SplitRelease, SplitReturn
from transactions.schedule import LEASE
from transactions.sweeps import BATCH, Due

_CHANNEL = "payment__channel_merchant__channel"


def take_due_receivers() -> Due:
    """Take up receivers that are due to be bound or unbound and return them."""
    return _take_due(Receiver, "channel_merchant__channel")


def take_due_splits() -> Due:
    """Take up splits that are due and return them."""
    return _take_due(Split, _CHANNEL)


def take_due_returns() -> Due:
    """Take up returns of shares that are due and return them."""
    return _take_due(SplitReturn, f"share__split__{_CHANNEL}")


def take_due_releases() -> Due:
    """Take up releases that are due and return them."""
    return _take_due(SplitRelease, _CHANNEL)


@transaction.atomic
def _take_due(model: type[models.Model], channel: str) -> Due:
    rows = model._default_manager.all()
    found = (
        rows.select_for_update(skip_locked=True, of=("self",))
        .filter(due_at__lte=now())
        .order_by("due_at")
        .values_list("pk", channel)[:BATCH]
    )
    due = list(found)
    rows.filter(pk__in=[pk for pk, _ in due]).update(due_at=now() + LEASE)
    return due
