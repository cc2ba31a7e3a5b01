"""One attempt: what is sent, what counts as delivered, and what follows from a failure."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings
from standardwebhooks.webhooks import Webhook

from merchants.keys import issue_webhook_secret
from merchants.models import Application, Merchant
from notifications import sending
from notifications.models import Alert, Delivery, DeliveryAttempt, Endpoint
from notifications.retry_times import DELAYS
from notifications.services import attempt as attempting
from notifications.services.attempt import make_attempt
from notifications.services.number_events import number_events
from paycenter.kernel.clock import now
from paycenter.kernel.http import Limits
from tests.notifications.receiver import Receiver
from tests.notifications.stories import DATA, attempt, lined_up

PATIENCE = Limits(connect=0.5, total=0.6, max_bytes=65_536, truncate=True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the 15 seconds."""
    monkeypatch.setattr(sending, "LIMITS", PATIENCE)


def test_limits_are_those_of_the_contract() -> None:
    assert (sending.LIMITS.total, sending.LIMITS.max_bytes) == (15, 65_536)


def test_notification_is_the_event_signed_so_that_the_standard_library_verifies_it(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    delivery = attempt(lined_up(application, merchant, receiver.url("/taken")))
    (request,) = receiver.received
    event = delivery.event
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == event.event_id
    secret = application.unseal("sealed_webhook_secret")
    assert Webhook(secret).verify(request.body, request.headers) == {
        "id": event.event_id,
        "type": "payment.succeeded",
        "occurred_at": "2026-11-22T08:00:07Z",
        "position": event.position,
        "data": DATA,
    }


def test_both_secrets_verify_a_notification_while_they_rotate(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    former = application.unseal("sealed_webhook_secret")
    new = issue_webhook_secret(application)
    attempt(lined_up(application, merchant, receiver.url("/taken")))
    (request,) = receiver.received
    for secret in (former, new):
        Webhook(secret).verify(request.body, request.headers)


@pytest.mark.parametrize("path", ["/taken", "/no-content", "/huge", "/nul"])
def test_any_2xx_is_delivered(
    application: Application, merchant: Merchant, receiver: Receiver, path: str
) -> None:
    delivery = attempt(lined_up(application, merchant, receiver.url(path)))
    assert delivery.state == "delivered"
    assert delivery.delivered_at is not None
    assert (delivery.due_at, delivery.leased_until, delivery.last_error) == (None, None, "")
    assert delivery.tries.get().number == 1


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/error", 500, "HTTP 500"),
        ("/redirect", 302, "HTTP 302"),
        ("/informs", 304, "HTTP 304"),
        ("/busy", 503, "HTTP 503"),
        ("/slow", None, "no whole answer within 0.6 s"),
        ("/drip", None, "no whole answer within 0.6 s"),
        ("/drip-open", None, "no whole answer within 0.6 s"),
    ],
)
def test_everything_else_is_a_failure_and_tried_again(
    application: Application,
    merchant: Merchant,
    receiver: Receiver,
    impatient: None,
    path: str,
    status: int | None,
    error: str,
) -> None:
    delivery = attempt(lined_up(application, merchant, receiver.url(path)))
    assert (delivery.state, delivery.delivered_at) == ("pending", None)
    assert (delivery.last_status, delivery.last_error) == (status, error)
    assert delivery.due_at is not None
    assert delivery.due_at > now() + timedelta(seconds=10)
    assert [request.path for request in receiver.received] == [path]


def test_dripping_answer_does_not_hold_the_worker(
    application: Application, merchant: Merchant, receiver: Receiver, impatient: None
) -> None:
    delivery = attempt(lined_up(application, merchant, receiver.url("/drip-open")))
    assert delivery.tries.get().milliseconds < 2_000


def test_nobody_listening_is_a_failure(application: Application, merchant: Merchant) -> None:
    delivery = attempt(lined_up(application, merchant, "http://127.0.0.1:9/notify"))
    assert (delivery.state, delivery.last_error) == ("pending", "NewConnectionError")


def test_refused_address_is_a_failure_and_nothing_is_sent(
    application: Application, merchant: Merchant, receiver: Receiver, settings: Settings
) -> None:
    settings.ALLOW_PRIVATE_URLS = False
    delivery = attempt(lined_up(application, merchant, receiver.url("/taken")))
    assert (delivery.state, delivery.last_error) == ("pending", "AddressRefused")
    assert receiver.received == []


@pytest.mark.parametrize("sealed", ["", "not sealed"])
def test_without_a_usable_secret_nothing_is_sent(
    application: Application, merchant: Merchant, receiver: Receiver, sealed: str
) -> None:
    Application.objects.update(sealed_webhook_secret=sealed)
    delivery = attempt(lined_up(application, merchant, receiver.url("/taken")))
    assert delivery.state == "pending"
    assert "secret" in delivery.last_error or "open" in delivery.last_error
    assert receiver.received == []


def test_every_attempt_is_recorded_with_its_answer(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    delivery = lined_up(application, merchant, receiver.url("/error"))
    for _ in range(3):
        attempt(delivery)
    tries = list(delivery.tries.all())
    assert [one.number for one in tries] == [1, 2, 3]
    assert {(one.status, one.answer, one.error) for one in tries} == {
        (500, "out of order", "HTTP 500")
    }
    assert {one.merchant_id for one in tries} == {merchant.pk}


def test_only_the_beginning_of_an_answer_is_kept(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    attempt(lined_up(application, merchant, receiver.url("/huge")))
    assert DeliveryAttempt.objects.get().answer == "x" * 2048


def test_retries_carry_the_same_id_and_the_same_bytes(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    delivery = lined_up(application, merchant, receiver.url("/error"))
    for _ in range(2):
        attempt(delivery)
    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert json.loads(first.body)["position"] == 1


def test_same_attempt_asked_for_twice_is_made_once(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    delivery = lined_up(application, merchant, receiver.url("/error"))
    assert make_attempt(delivery.pk, 1) is not None
    assert make_attempt(delivery.pk, 1) is None
    assert len(receiver.received) == 1


def test_delivered_one_is_not_sent_again(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    delivery = attempt(lined_up(application, merchant, receiver.url("/taken")))
    assert make_attempt(delivery.pk, 2) is None
    assert len(receiver.received) == 1


def test_retry_after_is_honoured(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    delivery = attempt(lined_up(application, merchant, receiver.url("/busy")))
    assert delivery.due_at is not None
    assert timedelta(seconds=7190) < delivery.due_at - now() <= timedelta(seconds=7200)


def test_all_delays_are_gone_through_then_it_is_dead_and_reported(
    application: Application,
    merchant: Merchant,
    receiver: Receiver,
) -> None:
    delivery = lined_up(application, merchant, receiver.url("/error"))
    for delay in DELAYS:
        attempt(delivery)
        assert delivery.state == "pending"
        assert delivery.due_at is not None
        assert delay * 0.89 < delivery.due_at - now() <= delay * 1.1
    assert not Alert.objects.exists()
    attempt(delivery)
    assert (delivery.state, delivery.due_at, delivery.attempts) == ("dead", None, 18)
    alert = Alert.objects.get()
    assert (alert.rule, alert.merchant) == ("notification_dead", merchant)
    assert delivery.event.event_id in alert.told
    assert attempt(delivery).attempts == 18
    assert len(receiver.received) == 18


def test_410_switches_the_address_off(
    application: Application,
    merchant: Merchant,
    receiver: Receiver,
) -> None:
    gone = attempt(lined_up(application, merchant, receiver.url("/gone")))
    assert (gone.state, gone.last_status) == ("dead", 410)
    assert gone.event.event_id in Alert.objects.get().told
    endpoint = Endpoint.objects.get()
    assert (endpoint.application, endpoint.url) == (application, gone.url)
    assert endpoint.disabled_at is not None

    waiting = attempt(lined_up(application, merchant, receiver.url("/gone")))
    assert (waiting.state, waiting.due_at, waiting.attempts) == ("cancelled", None, 0)
    assert len(receiver.received) == 1
    other = attempt(lined_up(application, merchant, receiver.url("/taken")))
    assert other.state == "delivered"


def test_attempt_whose_lease_ran_out_does_not_decide(
    application: Application,
    merchant: Merchant,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second worker took over meanwhile: the first one's failure must not reschedule."""
    delivery = lined_up(application, merchant, receiver.url("/error"))
    taken_over_until = datetime(2030, 1, 1, tzinfo=UTC)

    def overtaken(claimed: Delivery) -> sending.Outcome:
        outcome = sending.send(claimed)
        Delivery.objects.filter(pk=claimed.pk).update(attempts=2, due_at=taken_over_until)
        return outcome

    monkeypatch.setattr(attempting, "send", overtaken)
    make_attempt(delivery.pk, 1)
    delivery.refresh_from_db()
    assert delivery.due_at == taken_over_until
    assert delivery.tries.get().number == 1


def test_delivery_costs_three_statements(
    application: Application,
    merchant: Merchant,
    receiver: Receiver,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Two to claim it, in a transaction that shows here as a savepoint, and one to record it."""
    delivery = lined_up(application, merchant, receiver.url("/taken"))
    number_events()
    with django_assert_num_queries(3 + 2):
        make_attempt(delivery.pk, 1)
