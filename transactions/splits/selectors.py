"""Reading splits, returns and releases: within one application, or one row."""

from django.db.models import QuerySet

from merchants.models import Application
from transactions.models import Split, SplitRelease, SplitReturn

_PAYMENT = (
    "payment__order",
    "payment__merchant",
    "payment__channel_merchant",
    "payment__payment_account__channel_merchant",
)


def splits() -> QuerySet[Split]:
    """Return splits with all that showing or sending one needs."""
    return Split.objects.select_related(*_PAYMENT).prefetch_related(
        "shares__receiver", "shares__returns__refund"
    )


def returns() -> QuerySet[SplitReturn]:
    """Return returns of shares with all that showing or sending one needs."""
    payment = (f"share__split__{name}" for name in _PAYMENT)
    return SplitReturn.objects.select_related("share__receiver", "refund", *payment)


def releases() -> QuerySet[SplitRelease]:
    """Return releases with all that showing or sending one needs."""
    return SplitRelease.objects.select_related(*_PAYMENT)


def own_splits(application: Application) -> QuerySet[Split]:
    """Return the splits an application may see."""
    return splits().filter(application=application)


def own_returns(application: Application) -> QuerySet[SplitReturn]:
    """Return the returns of shares an application may see."""
    return returns().filter(application=application)
