"""Test vocabulary: an event for an application, and one attempt to deliver it."""

from datetime import UTC, datetime

from django.db import transaction

from merchants.models import Application, Merchant
from notifications.models import Delivery, Event
from notifications.services.attempt import make_attempt
from notifications.services.record_event import record_event

OCCURRED_AT = datetime(2026, 11, 22, 8, 0, 7, tzinfo=UTC)
DATA = {"serial_no": "P261122080000ABCDEFGHJKM", "amount": 12850, "subject": "物业费"}


def record(
    application: Application, merchant: Merchant, *, url: str = "", type_: str = "payment.succeeded"
) -> Event:
    """Record an event in a transaction of its own."""
    with transaction.atomic():
        return record_event(
            application_id=application.pk,
            merchant_id=merchant.pk,
            type=type_,
            data=DATA,
            occurred_at=OCCURRED_AT,
            url=url,
        )


def lined_up(application: Application, merchant: Merchant, url: str) -> Delivery:
    """Record an event and return its delivery, not attempted yet."""
    return record(application, merchant, url=url).deliveries.get()


def attempt(delivery: Delivery) -> Delivery:
    """Make the next attempt of a delivery and return it as stored afterwards."""
    delivery.refresh_from_db()
    make_attempt(delivery.pk, delivery.attempts + 1)
    delivery.refresh_from_db()
    return delivery
