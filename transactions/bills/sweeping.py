"""Finding channel bills that are due, and telling of those that do not come."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from notifications.alerting.gathering import open_incidents
from notifications.alerts import end_alert, raise_lasting
from notifications.models import Alert
from paycenter.kernel.clock import BUSINESS_ZONE, business_date, now
from transactions.bills.receiving import DOWNLOAD_LEASE
from transactions.models import ChannelBill

BATCH = 50
MISSED_FROM = time(10, 30)
"""Of the next day, in China: from then on a bill that is not there is missed."""

MISSING = "channel_bill_missing"
_MISSING = gettext_noop(
    "The channel bill %(bill)s is not there. Get it from the channel's console and upload it."
)

CAME = "channel_bill_came"
_CAME = gettext_noop("The channel bill %(bill)s is there now.")

DueBill = tuple[int, str, str]
"""Row id, state, and the code of the channel."""


@transaction.atomic
def take_due_bills() -> list[DueBill]:
    """Take up bills that are due to be asked for or read, and return them."""
    rows = ChannelBill.objects.select_for_update(skip_locked=True, of=("self",))
    found = rows.filter(due_at__lte=now()).order_by("due_at")
    due = list(found.values_list("pk", "state", "channel_merchant__channel")[:BATCH])
    taken = ChannelBill.objects.filter(pk__in=[pk for pk, _, _ in due])
    taken.update(due_at=now() + DOWNLOAD_LEASE)
    return due


def tell_missing_bills() -> int:
    """Raise one alert for each bill that should be there and is not; returns how many."""
    moment = now()
    today = business_date(moment)
    missed = datetime.combine(today, MISSED_FROM, BUSINESS_ZONE) <= moment
    newest = today - timedelta(days=1 if missed else 2)
    rows = ChannelBill.objects.filter(
        state=ChannelBill.State.WANTED, missing_since=None, bill_date__lte=newest
    )
    told = 0
    for bill in rows.select_related("channel_merchant")[:BATCH]:
        with transaction.atomic():
            mine = ChannelBill.objects.filter(pk=bill.pk, missing_since=None)
            if not mine.update(missing_since=moment):
                continue
            raise_lasting(
                MISSING,
                _MISSING,
                severity=Alert.Severity.WARNING,
                subject=str(bill.pk),
                merchant_id=bill.merchant_id,
                bill=str(bill),
            )
        told += 1
    return told


def tell_bills_that_came() -> int:
    """End the alert of each bill that was missing and is not any more; returns how many."""
    missed = [int(incident.subject) for incident in open_incidents(MISSING)]
    came = ChannelBill.objects.filter(pk__in=missed).exclude(state=ChannelBill.State.WANTED)
    for bill in came.select_related("channel_merchant"):
        end_alert(
            CAME,
            _CAME,
            ends=MISSING,
            subject=str(bill.pk),
            merchant_id=bill.merchant_id,
            bill=str(bill),
        )
    return len(came)
