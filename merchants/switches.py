"""Which switches are on, and which payment accounts they switch off (``models.ChannelSwitch``).

One that has come to its end is over at that moment, whether anybody noted it or not.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from merchants.models import ChannelSwitch, Merchant, PaymentAccount
from paycenter.kernel.clock import now


def on_now(moment: datetime | None = None) -> Q:
    """Return what is true of a switch that is on, now or at another moment."""
    return Q(lifted_at=None) & (Q(ends_at=None) | Q(ends_at__gt=moment or now()))


def switches_on(moment: datetime | None = None) -> QuerySet[ChannelSwitch]:
    """Return the switches that are on now, or at another moment."""
    return ChannelSwitch.objects.filter(on_now(moment))


def is_switched_off(moment: datetime | None = None) -> Exists:
    """Return what annotates payment accounts with whether a switch is on for them."""
    return Exists(_over_outer_account(moment))


def ends_of_switches(account_ids: Iterable[int]) -> dict[int, datetime | None]:
    """Return for those accounts that are switched off until when; None where nobody knows.

    One statement. Several switches may be on: the last of them counts.
    """
    last_first = _over_outer_account().order_by(F("ends_at").desc(nulls_first=True))
    rows = PaymentAccount.objects.filter(is_switched_off(), pk__in=account_ids)
    return dict(rows.values_list("pk", Subquery(last_first.values("ends_at")[:1])))


def switches_over(account: PaymentAccount) -> QuerySet[ChannelSwitch]:
    """Return the switches that are on for one account; its channel merchant is loaded."""
    owner = account.channel_merchant
    rows = _covering(owner.channel, owner.merchant_id, account.pk)
    return rows.select_related("merchant", "payment_account")


def switches_within(merchant: Merchant) -> QuerySet[ChannelSwitch]:
    """Return the switches that are on for a company or one of its accounts, and for nobody else."""
    own = Q(payment_account__channel_merchant__merchant=merchant)
    rows = switches_on().select_related("merchant", "payment_account")
    return rows.filter(Q(merchant=merchant) | own)


def _over_outer_account(moment: datetime | None = None) -> QuerySet[ChannelSwitch]:
    """Return the switches that are on for the payment account of the query around this one."""
    return _covering(
        OuterRef("channel_merchant__channel"),
        OuterRef("channel_merchant__merchant"),
        OuterRef("pk"),
        moment,
    )


def _covering(
    channel: str | OuterRef,
    merchant: int | OuterRef,
    account: int | OuterRef,
    moment: datetime | None = None,
) -> QuerySet[ChannelSwitch]:
    """A switch covers what all of its given parts match."""
    return switches_on(moment).filter(
        Q(channel="") | Q(channel=channel),
        Q(merchant=None) | Q(merchant=merchant),
        Q(payment_account=None) | Q(payment_account=account),
    )
