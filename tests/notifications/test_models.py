"""What PostgreSQL itself refuses, whatever the code around it does."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from merchants.models import Application, Merchant
from notifications.models import Delivery, DeliveryAttempt, Event, FeedCounter
from notifications.services.number_events import number_events
from paycenter.kernel.clock import now
from tests.notifications.receiver import Receiver
from tests.notifications.stories import attempt, lined_up, record

URL = "https://app.example.com/notify"


@pytest.fixture
def delivery(application: Application, merchant: Merchant) -> Delivery:
    """A delivery in line."""
    return lined_up(application, merchant, URL)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "sent"},
        {"state": "delivered", "due_at": None},
        {"state": "dead"},
        {"due_at": None},
        {"url": ""},
    ],
    ids=str,
)
def test_impossible_deliveries_are_refused(delivery: Delivery, changes: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.update(**changes)


def test_event_goes_to_a_url_once(delivery: Delivery) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(
            event=delivery.event,
            application=delivery.application,
            merchant=delivery.merchant,
            url=URL,
            due_at=now(),
        )


@pytest.mark.parametrize(
    "changes",
    [{"type": "payment.failed"}, {"data": {}}, {"occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}],
    ids=str,
)
def test_event_is_never_altered(
    application: Application, merchant: Merchant, changes: dict[str, object]
) -> None:
    record(application, merchant)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.update(**changes)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.all().delete()


def test_position_is_given_once(application: Application, merchant: Merchant) -> None:
    record(application, merchant)
    number_events()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.update(position=7)


def test_two_events_of_an_application_never_share_a_position(
    application: Application, merchant: Merchant
) -> None:
    for _ in range(2):
        record(application, merchant)
    with pytest.raises(IntegrityError, match="event_unique_position"), transaction.atomic():
        Event.objects.update(position=7)


def test_attempt_is_never_changed(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    attempt(lined_up(application, merchant, receiver.url("/error")))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        DeliveryAttempt.objects.update(at=now() - timedelta(days=1))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        DeliveryAttempt.objects.all().delete()


def test_there_is_one_counter(db: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedCounter.objects.create(pk=2)
