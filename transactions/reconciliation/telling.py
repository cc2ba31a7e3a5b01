"""Who hears of differences: the application whose payment it is, and the company's people at 11."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_noop

from notifications.alerts import raise_alert
from notifications.models import Alert
from notifications.services.record_event import record_event
from paycenter.kernel.clock import BUSINESS_ZONE, business_date, now, rfc3339
from transactions.difference_lifecycle import DifferenceState
from transactions.models import Difference, Move
from transactions.moves import move

BATCH = 200
TOLD_FROM = time(11)
"""Beijing time, from which on differences of days before must not be open."""
LONGEST_WAIT = timedelta(days=3)

OPEN_LEFT = "differences_open"
_OPEN_LEFT = gettext_noop("%(count)s differences with channel bills are still open.")
_ON_PEOPLE = (DifferenceState.OPEN, DifferenceState.ASSIGNED, DifferenceState.PROPOSED)


def tell_applications(channel_merchant_id: int) -> int:
    """Tell applications, once each, of certain differences of their payments; returns how many."""
    told = 0
    while batch := _tell_some(channel_merchant_id):
        told += batch
    return told


@transaction.atomic
def _tell_some(channel_merchant_id: int) -> int:
    rows = Difference.objects.filter(
        channel_merchant=channel_merchant_id,
        state__in=_ON_PEOPLE,
        is_told=False,
        payment__isnull=False,
    )
    locked = rows.select_for_update(of=("self",), skip_locked=True)
    found = list(locked.select_related("payment__order", "refund", "merchant")[:BATCH])
    for difference in found:
        _tell(difference)
    Difference.objects.filter(pk__in=[row.pk for row in found]).update(is_told=True)
    return len(found)


def _tell(difference: Difference) -> None:
    payment, refund = difference.payment, difference.refund
    if payment is None:
        return
    record_event(
        application_id=payment.order.application_id,
        merchant_id=difference.merchant_id,
        type="reconciliation.difference",
        data={
            "type": difference.type,
            "date": difference.bill_date.isoformat(),
            "merchant_id": difference.merchant.merchant_no,
            "order_no": payment.order.order_no,
            "serial_no": payment.serial_no,
            "channel_serial_no": payment.channel_serial_no,
            "refund_serial_no": refund.refund_serial_no if refund else None,
            "amount": difference.ours,
            "channel_amount": difference.theirs,
            "created_at": rfc3339(difference.created_at),
        },
        occurred_at=now(),
        url=payment.notify_url,
        dialect=payment.notify_dialect,
    )


def mature_old() -> int:
    """Open differences that waited as long as any may, whatever bills came; returns how many."""
    oldest = business_date(now()) - LONGEST_WAIT
    rows = Difference.objects.filter(state=DifferenceState.PENDING, bill_date__lte=oldest)
    return sum(_open(pk) for pk in rows.values_list("pk", flat=True)[:BATCH])


def _open(pk: int) -> bool:
    with transaction.atomic():
        row = Difference.objects.select_for_update().get(pk=pk)
        return move(row, "mature", cause=Move.Cause.CLOCK)


def tell_people() -> int:
    """Raise one alert a day per company with open differences of days before; returns how many."""
    moment = now()
    today = business_date(moment)
    if moment < datetime.combine(today, TOLD_FROM, BUSINESS_ZONE):
        return 0
    midnight = datetime.combine(today, time(), BUSINESS_ZONE)
    told = Alert.objects.filter(rule=OPEN_LEFT, raised_at__gte=midnight).values("merchant_id")
    rows = Difference.objects.filter(state__in=_ON_PEOPLE, bill_date__lt=today)
    companies = (
        rows.exclude(merchant__in=told).order_by().values("merchant").annotate(count=Count("pk"))
    )
    for company in companies:
        raise_alert(
            OPEN_LEFT,
            _OPEN_LEFT,
            severity=Alert.Severity.WARNING,
            merchant_id=company["merchant"],
            count=company["count"],
        )
    return len(companies)
