"""Monitors of what comes from channels and goes to applications."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, Min
from django.utils.translation import gettext_noop

from gateway.models import Callback
from merchants.models import Application, PaymentAccount
from notifications.models import Delivery
from notifications.monitoring import Finding, Monitor
from transactions.models import Payment

LATEST = 500
"""Callbacks of one result looked at: the newest, by their index."""
ENOUGH = 5
"""Callbacks without which a median says nothing."""


def find_rejected(monitor: Monitor, moment: datetime) -> Iterator[Finding]:
    """Find accounts at whose door many callbacks are not authentic.

    Anybody can send such a thing, so it must not wake people: it is no more than a warning.
    """
    rows = Callback.objects.filter(result=Callback.Result.REJECTED).order_by("-id")
    since = moment - monitor.window
    latest = rows.values_list("payment_account_id", "received_at")[:LATEST]
    counted = Counter(account_id for account_id, at in latest if at >= since)
    for pk, account in _accounts(counted).items():
        if counted[pk] >= monitor.threshold:
            yield Finding(
                f"account:{pk}",
                {"whose": str(account), "count": counted[pk]},
                account.channel_merchant.merchant_id,
            )


def find_late_callbacks(monitor: Monitor, moment: datetime) -> Iterator[Finding]:
    """Find accounts whose callbacks come long after the payer paid."""
    rows = Callback.objects.filter(result=Callback.Result.APPLIED).order_by("-id")
    since = moment - monitor.window
    latest = rows.values_list("number", "received_at")[:LATEST]
    received = {number: at for number, at in latest if at >= since}
    paid = Payment.objects.filter(serial_no__in=list(received))
    lags: defaultdict[int, list[float]] = defaultdict(list)
    for number, pk, paid_at in paid.values_list("serial_no", "payment_account_id", "paid_at"):
        if paid_at is not None:
            lags[pk].append((received[number] - paid_at).total_seconds())
    for pk, account in _accounts(lags).items():
        lag = median(lags[pk])
        if len(lags[pk]) >= ENOUGH and lag >= monitor.threshold:
            yield Finding(
                f"account:{pk}",
                {"whose": str(account), "seconds": round(lag)},
                account.channel_merchant.merchant_id,
            )


def find_backlogs(monitor: Monitor, moment: datetime) -> Iterator[Finding]:
    """Find applications with many notifications that were due long ago."""
    rows = (
        Delivery.objects.filter(due_at__lt=moment - monitor.window)
        .order_by()
        .values("application_id")
        .annotate(count=Count("pk"), oldest=Min("due_at"))
        .filter(count__gte=monitor.threshold)
    )
    found = {row["application_id"]: row for row in rows}
    for pk, application in Application.objects.in_bulk(list(found)).items():
        minutes = int((moment - found[pk]["oldest"]).total_seconds()) // 60
        yield Finding(
            f"application:{pk}",
            {"whose": application.name, "count": found[pk]["count"], "minutes": minutes},
        )


def _accounts(ids: Counter[int] | defaultdict[int, list[float]]) -> dict[int, PaymentAccount]:
    return PaymentAccount.objects.select_related("channel_merchant").in_bulk(list(ids))


MONITORS = (
    Monitor(
        "callbacks_rejected",
        gettext_noop("%(whose)s: %(count)s callbacks were not authentic."),
        gettext_noop("%(whose)s: callbacks are authentic again."),
        timedelta(minutes=10),
        5,
        find_rejected,
    ),
    Monitor(
        "callbacks_late",
        gettext_noop("%(whose)s: callbacks come %(seconds)s seconds after the payment."),
        gettext_noop("%(whose)s: callbacks come in time again."),
        timedelta(minutes=30),
        120,
        find_late_callbacks,
    ),
    Monitor(
        "notifications_late",
        gettext_noop(
            "%(whose)s: %(count)s notifications wait, the oldest is %(minutes)s minutes late."
        ),
        gettext_noop("%(whose)s: notifications are sent in time again."),
        timedelta(minutes=5),
        10,
        find_backlogs,
    ),
)
