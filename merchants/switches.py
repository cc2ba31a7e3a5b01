"""Which switches are on, and which payment accounts they switch off (``models.ChannelSwitch``).

One that has come to its end is over at that moment, whether anybody noted it or not.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from merchants.models import ChannelSwitch, PaymentAccount
from paycenter.kernel.clock import now

_CHANNEL = OuterRef("channel_merchant__channel")
_MERCHANT = OuterRef("channel_merchant__merchant")


def switches_on() -> QuerySet[ChannelSwitch]:
    """Return the switches that are on now."""
    return ChannelSwitch.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now()), lifted_at=None)


def is_switched_off() -> Exists:
    """Return what annotates payment accounts with whether a switch is on for them."""
    return Exists(_covering())


def ends_of_switches(account_ids: Iterable[int]) -> dict[int, datetime | None]:
    """Return for those accounts that are switched off until when; None where nobody knows.

    One statement. Several switches may be on: the last of them counts.
    """
    last_first = _covering().order_by(F("ends_at").desc(nulls_first=True))
    rows = PaymentAccount.objects.filter(is_switched_off(), pk__in=account_ids)
    return dict(rows.values_list("pk", Subquery(last_first.values("ends_at")[:1])))


def _covering() -> QuerySet[ChannelSwitch]:
    """Return the switches that are on for the payment account of the query around this one."""
    return switches_on().filter(
        Q(channel="") | Q(channel=_CHANNEL),
        Q(merchant=None) | Q(merchant=_MERCHANT),
        Q(payment_account=None) | Q(payment_account=OuterRef("pk")),
    )
