"""Recording an event: cheap, inside the caller's transaction, and it survives a lost broker."""

from datetime import timedelta

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from merchants.models import Application, Merchant
from notifications.models import Delivery, Event
from notifications.services.record_event import record_event
from notifications.sweeps import HINT_LEASE, take_due
from paycenter.kernel.clock import now
from tests.notifications.stories import DATA, OCCURRED_AT, record
from tests.support.workers import Workers

URL = "https://app.example.com/notify"


def test_event_and_delivery_cost_two_statements(
    application: Application, merchant: Merchant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with transaction.atomic(), django_assert_num_queries(2):
        record_event(
            application_id=application.pk,
            merchant_id=merchant.pk,
            type="payment.succeeded",
            data=DATA,
            occurred_at=OCCURRED_AT,
            url=URL,
        )
    delivery = Delivery.objects.select_related("event").get()
    assert (delivery.url, delivery.state, delivery.attempts) == (URL, "pending", 0)
    assert (delivery.event.data, delivery.event.occurred_at) == (DATA, OCCURRED_AT)
    assert delivery.event.event_id.startswith("evt_")


def test_application_without_url_costs_one_statement(
    application: Application, merchant: Merchant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        record_event(
            application_id=application.pk,
            merchant_id=merchant.pk,
            type="payment.succeeded",
            data=DATA,
            occurred_at=OCCURRED_AT,
            url="",
        )
    assert not Delivery.objects.exists()


def test_event_ids_are_not_guessable(application: Application, merchant: Merchant) -> None:
    ids = {record(application, merchant).event_id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(event_id) == 36 for event_id in ids)


@pytest.mark.django_db(transaction=True)
def test_recording_outside_of_a_transaction_is_refused(
    application: Application, merchant: Merchant
) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        record_event(
            application_id=application.pk,
            merchant_id=merchant.pk,
            type="payment.succeeded",
            data=DATA,
            occurred_at=OCCURRED_AT,
            url="",
        )
    assert not Event.objects.exists()


def test_rolled_back_change_tells_nobody(
    application: Application,
    merchant: Merchant,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    @transaction.atomic
    def refused_change() -> None:
        record(application, merchant, url=URL)
        raise ZeroDivisionError

    with django_capture_on_commit_callbacks() as callbacks, pytest.raises(ZeroDivisionError):
        refused_change()
    assert callbacks == []
    assert not Event.objects.exists()


def test_worker_is_called_after_the_commit(
    application: Application,
    merchant: Merchant,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    workers: Workers,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        event = record(application, merchant, url=URL)
        assert workers.messages == []
    (message,) = workers.kept("deliver")
    assert (message.args, message.queue) == ((event.deliveries.get().pk, 1), "notify")


def test_lost_broker_only_delays(
    application: Application,
    merchant: Merchant,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    workers: Workers,
) -> None:
    workers.lose()
    with django_capture_on_commit_callbacks(execute=True):
        event = record(application, merchant, url=URL)
    delivery = event.deliveries.get()
    assert delivery.due_at is not None
    assert delivery.due_at <= now() + HINT_LEASE
    Delivery.objects.update(due_at=now() - timedelta(seconds=1))
    assert take_due() == [(delivery.pk, 1)]
