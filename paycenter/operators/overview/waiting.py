"""What waits, for a person or a worker: each card counts so many at most and leads to its list."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchants.expiry import WARN_DAYS, days_left, expiring_credentials
from merchants.models import StoredCredential
from notifications.models import Delivery
from paycenter.operators.filters import OVERDUE
from paycenter.operators.overview.card import Card
from paycenter.operators.overview.scope import Sight, real
from transactions.difference_lifecycle import UNRESOLVED, DifferenceState
from transactions.lifecycle import DuplicateState, PaymentState
from transactions.models import Difference, DuplicatePayment, Payment, Refund

COUNTED_AT_MOST = 1_000


def waiting_cards(sight: Sight, moment: datetime) -> list[Card]:
    """Return the cards of what the reader may look at."""
    makers = {
        "transactions.view_payment": (_stuck, _unknown),
        "transactions.view_refund": (_refunds,),
        "transactions.view_duplicatepayment": (_duplicates,),
        "transactions.view_difference": (_differences,),
        "notifications.view_delivery": (_notifications,),
        "merchants.view_storedcredential": (_expiring,),
    }
    return [
        make(sight, moment)
        for permission, all_of_it in makers.items()
        if sight.request.user.has_perm(permission)
        for make in all_of_it
    ]


def _stuck(sight: Sight, moment: datetime) -> Card:
    overdue = _count(_payments(sight).filter(due_at__lt=moment - OVERDUE))
    return Card(
        title=_("Payments nobody looks after"),
        figure=_written(overdue),
        remark=_("due for more than two minutes: are the workers running?")
        if overdue
        else _("all are looked after in time"),
        url=reverse("admin:transactions_payment_changelist") + "?overdue=yes",
        is_alarming=overdue > 0,
    )


def _unknown(sight: Sight, moment: datetime) -> Card:
    del moment
    unknown = _count(_payments(sight).filter(due_at__isnull=False, state=PaymentState.UNKNOWN))
    return Card(
        title=_("Unknown payments"),
        figure=_written(unknown),
        remark=_("the channel is asked until it is known") if unknown else _("none waits"),
        url=reverse("admin:transactions_payment_changelist") + "?state__exact=unknown",
    )


def _payments(sight: Sight) -> QuerySet[Any]:
    return sight.rows(Payment, company="merchant", project="payment_account__project")


def _refunds(sight: Sight, moment: datetime) -> Card:
    del moment
    refunds = sight.rows(Refund, company="merchant", project="payment__payment_account__project")
    is_open = real(refunds, "payment__").filter(due_at__isnull=False)
    waiting, count = _count(is_open.filter(needs_person=True)), _count(is_open)
    page = reverse("admin:transactions_refund_changelist")
    return Card(
        title=_("Refunds under way"),
        figure=_written(count),
        remark=_("%(count)s need a person") % {"count": _written(waiting)},
        url=f"{page}?needs_person__exact=1" if waiting else page,
        is_alarming=waiting > 0,
    )


def _duplicates(sight: Sight, moment: datetime) -> Card:
    del moment
    project = "payment__payment_account__project"
    found = sight.rows(DuplicatePayment, company="merchant", project=project)
    count = _count(real(found.filter(state=DuplicateState.HELD), "payment__"))
    return Card(
        title=_("Duplicate payments held"),
        figure=_written(count),
        remark=_("money paid twice: somebody must decide") if count else _("none waits"),
        url=reverse("admin:transactions_duplicatepayment_changelist") + "?state__exact=held",
        is_alarming=count > 0,
    )


def _differences(sight: Sight, moment: datetime) -> Card:
    """Count by company: a channel bill knows no project."""
    del moment
    unresolved = sight.rows(Difference, company="merchant").filter(state__in=sorted(UNRESOLVED))
    is_open = Q(state__in=[DifferenceState.OPEN, DifferenceState.ASSIGNED])
    count, waiting = _count(unresolved), _count(unresolved.filter(is_open))
    page = reverse("admin:transactions_difference_changelist")
    return Card(
        title=_("Differences not resolved"),
        figure=_written(count),
        remark=_("%(count)s wait for a solution") % {"count": _written(waiting)},
        url=f"{page}?" + "&".join(f"state__exact={state}" for state in sorted(UNRESOLVED)),
        is_alarming=waiting > 0,
    )


def _notifications(sight: Sight, moment: datetime) -> Card:
    """Count by company: a notification belongs to an application, which may serve projects."""
    waiting = sight.rows(Delivery, company="merchant").filter(due_at__isnull=False)
    overdue = _count(waiting.filter(due_at__lt=moment - OVERDUE))
    return Card(
        title=_("Notifications waiting"),
        figure=_written(_count(waiting)),
        remark=_("%(count)s overdue") % {"count": _written(overdue)},
        url=reverse("admin:notifications_delivery_changelist") + "?state__exact=pending",
        is_alarming=overdue > 0,
    )


def _expiring(sight: Sight, moment: datetime) -> Card:
    del moment
    seen = sight.rows(StoredCredential, company="channel_merchant__merchant")
    soon = list(expiring_credentials().filter(pk__in=seen.values("pk"))[:COUNTED_AT_MOST])
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
        figure=_written(len(soon)),
        remark=remark,
        url=reverse("admin:merchants_storedcredential_changelist") + f"?expires={WARN_DAYS[0]}",
        is_alarming=left is not None and left < WARN_DAYS[2],
    )


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:COUNTED_AT_MOST].count()


def _written(count: int) -> str:
    return str(count) if count < COUNTED_AT_MOST else f"{COUNTED_AT_MOST}+"
