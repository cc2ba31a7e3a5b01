"""The first page: how today goes, what waits, and the latest payments.

Every figure is one bounded statement. A number carries the moment it was made (``kernel.numbers``),
so "opened since" is a range of the unique index on numbers, and no other index is paid for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchants.channels import NAMES
from merchants.expiry import WARN_DAYS, days_left, expiring_credentials
from notifications.models import Delivery
from paycenter.kernel.clock import now
from paycenter.kernel.money import format_yuan
from paycenter.kernel.numbers import first_number
from paycenter.operators.columns import percent
from paycenter.operators.filters import OVERDUE
from paycenter.operators.roles.held import Person
from paycenter.operators.roles.scoping import visible
from transactions.lifecycle import (
    OPEN_PAYMENT,
    OPEN_REFUND,
    DuplicateState,
    PaymentState,
    RefundState,
)
from transactions.models import DuplicatePayment, Payment, Refund

R = TypeVar("R", Payment, Refund, DuplicatePayment)

LATEST = 10
OPENED_BEFORE = timedelta(days=3)
"""A payment lives for a day. One that succeeds later than this after it opened is in its list."""
REFUNDED_WITHIN = timedelta(days=30)
"""A bank may take days to return money. What takes longer than this is in the list only."""
COUNTED_AT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Card:
    """One figure, a remark below it, and where it leads."""

    title: str
    figure: str
    remark: str
    url: str
    is_alarming: bool = False


@dataclass(frozen=True, slots=True)
class ChannelDay:
    """One channel's day so far; amounts in fen."""

    channel: str
    opened: int
    repeated: int
    still_open: int
    succeeded: int
    taken: int

    @property
    def name(self) -> str:
        """The channel's name."""
        return str(NAMES.get(self.channel, self.channel))

    @property
    def rate(self) -> str:
        """The share of decided attempts that succeeded."""
        return percent(self.succeeded, self.opened - self.still_open)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add today's figures to the first page, for who may see payments."""
    context["title"] = _("Overview")
    if not request.user.has_perm("transactions.view_payment"):
        return context
    reader = request.user
    moment = now()
    midnight = localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    days = _channels_since(reader, midnight)
    latest = Payment.objects.select_related("order", "merchant", "channel_merchant")
    return context | {
        "cards": [
            _takings(days),
            _success(days),
            _repeats(days),
            _refunds(reader, midnight),
            _duplicates(reader),
            _notifications(reader, moment),
            _stuck(reader, moment),
            _expiring(reader),
        ],
        "channel_days": days,
        "latest_payments": list(visible(reader, latest).order_by("-id")[:LATEST]),
    }


def _channels_since(reader: Person, midnight: datetime) -> list[ChannelDay]:
    """Return each channel's day: attempts opened since midnight, money taken since midnight."""
    today = Q(serial_no__gte=first_number("P", midnight))
    since = first_number("P", midnight - OPENED_BEFORE)
    rows = (
        _real(visible(reader, Payment.objects.filter(serial_no__gte=since)))
        .order_by()
        .values("channel_merchant__channel")
        .annotate(
            opened=Count("id", filter=today),
            repeated=Count("id", filter=today & Q(repeat_of__isnull=False)),
            still_open=Count("id", filter=today & Q(state__in=OPEN_PAYMENT)),
            succeeded=Count("id", filter=today & Q(state=PaymentState.SUCCEEDED)),
            taken=Coalesce(Sum("amount", filter=Q(paid_at__gte=midnight, settles_order=True)), 0),
        )
    )
    return [
        ChannelDay(
            channel=row["channel_merchant__channel"],
            opened=row["opened"],
            repeated=row["repeated"],
            still_open=row["still_open"],
            succeeded=row["succeeded"],
            taken=row["taken"],
        )
        for row in rows
    ]


def _takings(days: list[ChannelDay]) -> Card:
    return Card(
        title=_("Taken today"),
        figure=f"¥{format_yuan(sum(day.taken for day in days))}",
        remark=_("%(count)s attempts opened") % {"count": sum(day.opened for day in days)},
        url=reverse("admin:transactions_payment_changelist"),
    )


def _success(days: list[ChannelDay]) -> Card:
    succeeded = sum(day.succeeded for day in days)
    decided = sum(day.opened - day.still_open for day in days)
    return Card(
        title=_("Success rate today"),
        figure=percent(succeeded, decided),
        remark=_("%(succeeded)s of %(decided)s decided attempts")
        % {"succeeded": succeeded, "decided": decided},
        url=reverse("admin:transactions_payment_changelist"),
    )


def _repeats(days: list[ChannelDay]) -> Card:
    repeated, opened = sum(day.repeated for day in days), sum(day.opened for day in days)
    return Card(
        title=_("Repeated attempts today"),
        figure=str(repeated),
        remark=_("%(share)s of all attempts") % {"share": percent(repeated, opened)},
        url=reverse("admin:transactions_payment_changelist") + "?repeated=yes",
    )


def _refunds(reader: Person, midnight: datetime) -> Card:
    today = Q(refund_serial_no__gte=first_number("R", midnight))
    done = Q(state=RefundState.SUCCEEDED, succeeded_at__gte=midnight)
    since = first_number("R", midnight - REFUNDED_WITHIN)
    refunds = visible(reader, Refund.objects.filter(refund_serial_no__gte=since))
    found = _real(refunds, "payment__").aggregate(
        amount=Coalesce(Sum("amount", filter=done), 0),
        succeeded=Count("id", filter=done),
        failed=Count("id", filter=today & Q(state=RefundState.FAILED)),
        open=Count("id", filter=Q(state__in=OPEN_REFUND)),
        waiting=Count("id", filter=Q(state__in=OPEN_REFUND, needs_person=True)),
    )
    remark = _("%(succeeded)s succeeded, %(open)s open, %(failed)s failed") % found
    if found["waiting"]:
        remark += _("; %(waiting)s need a person") % found
    return Card(
        title=_("Refunds today"),
        figure=f"¥{format_yuan(found['amount'])}",
        remark=remark,
        url=reverse("admin:transactions_refund_changelist"),
        is_alarming=found["waiting"] > 0,
    )


def _duplicates(reader: Person) -> Card:
    held = visible(reader, DuplicatePayment.objects.filter(state=DuplicateState.HELD))
    count = _real(held, "payment__")[:COUNTED_AT_MOST].count()
    return Card(
        title=_("Duplicate payments held"),
        figure=str(count),
        remark=_("money paid twice: somebody must decide") if count else _("none waits"),
        url=reverse("admin:transactions_duplicatepayment_changelist") + "?state__exact=held",
        is_alarming=count > 0,
    )


def _notifications(reader: Person, moment: datetime) -> Card:
    waiting = visible(reader, Delivery.objects.filter(due_at__isnull=False))
    overdue = waiting.filter(due_at__lt=moment - OVERDUE)[:COUNTED_AT_MOST].count()
    return Card(
        title=_("Notifications waiting"),
        figure=str(waiting[:COUNTED_AT_MOST].count()),
        remark=_("%(count)s overdue") % {"count": overdue},
        url=reverse("admin:notifications_delivery_changelist") + "?state__exact=pending",
        is_alarming=overdue > 0,
    )


def _stuck(reader: Person, moment: datetime) -> Card:
    late = visible(reader, Payment.objects.filter(due_at__lt=moment - OVERDUE))
    overdue = late[:COUNTED_AT_MOST].count()
    return Card(
        title=_("Payments nobody looks after"),
        figure=str(overdue),
        remark=_("due for more than two minutes: are the workers running?")
        if overdue
        else _("all are looked after in time"),
        url=reverse("admin:transactions_payment_changelist") + "?overdue=yes",
        is_alarming=overdue > 0,
    )


def _expiring(reader: Person) -> Card:
    soon = list(visible(reader, expiring_credentials())[:COUNTED_AT_MOST])
    left = days_left(soon[0].not_after) if soon and soon[0].not_after else None
    if left is None:
        remark = _("none within %(count)s days") % {"count": WARN_DAYS[0]}
    elif left < 0:
        remark = _("the first has expired")
    else:
        remark = ngettext("the first in %(count)s day", "the first in %(count)s days", left) % {
            "count": left
        }
    return Card(
        title=_("Certificates that expire"),
        figure=str(len(soon)),
        remark=remark,
        url=reverse("admin:merchants_storedcredential_changelist") + f"?expires={WARN_DAYS[0]}",
        is_alarming=left is not None and left < WARN_DAYS[2],
    )


def _real(rows: QuerySet[R], payment: str = "") -> QuerySet[R]:
    """Leave pretended money out, except in an installation that has nothing else.

    ``payment`` leads from a row to its payment.
    """
    if settings.SANDBOX_URL:
        return rows
    return rows.filter(**{f"{payment}channel_merchant__is_sandbox": False})
