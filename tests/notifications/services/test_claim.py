"""Claims: one worker per attempt, a bounded number per application, and no one lost for ever."""

from datetime import timedelta

import pytest

from merchants.models import Application, Merchant
from notifications.models import Alert, Delivery, Endpoint
from notifications.retry_times import DELAYS
from notifications.services.claim import LEASE, SLOTS_PER_APPLICATION, claim
from paycenter.kernel.clock import now
from tests.notifications.stories import lined_up, record
from tests.support.parties import make_application
from tests.support.together import together

URL = "https://app.example.com/notify"


def claimed_at_once(pairs: list[tuple[int, int]]) -> list[Delivery]:
    """Let one thread per pair claim at the same moment; return what was claimed."""
    claimed = together(len(pairs), lambda index: claim(*pairs[index]))
    return [delivery for delivery in claimed if delivery is not None]


@pytest.mark.django_db(transaction=True)
def test_twelve_workers_asked_for_one_attempt_make_it_once(
    application: Application, merchant: Merchant
) -> None:
    delivery = lined_up(application, merchant, URL)
    assert len(claimed_at_once([(delivery.pk, 1)] * 12)) == 1
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.ladder_step) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_an_application_never_gets_more_than_its_slots(
    application: Application, merchant: Merchant
) -> None:
    pairs = [(lined_up(application, merchant, URL).pk, 1) for _ in range(SLOTS_PER_APPLICATION + 6)]
    assert len(claimed_at_once(pairs)) == SLOTS_PER_APPLICATION


def fill_slots(application: Application, merchant: Merchant) -> list[Delivery]:
    """Begin as many attempts as an application may have."""
    claimed = [
        claim(lined_up(application, merchant, URL).pk, 1) for _ in range(SLOTS_PER_APPLICATION)
    ]
    return [delivery for delivery in claimed if delivery is not None]


def test_slow_application_does_not_hold_up_another(
    application: Application, merchant: Merchant
) -> None:
    fill_slots(application, merchant)
    other = make_application()
    assert claim(lined_up(application, merchant, URL).pk, 1) is None
    assert claim(lined_up(other, merchant, URL).pk, 1) is not None


def test_delivery_without_a_slot_stays_due(application: Application, merchant: Merchant) -> None:
    fill_slots(application, merchant)
    waiting = lined_up(application, merchant, URL)
    assert claim(waiting.pk, 1) is None
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == ("pending", 0)
    assert waiting.due_at is not None
    assert waiting.due_at <= now()


def test_lease_of_a_dead_worker_frees_its_slot(
    application: Application, merchant: Merchant
) -> None:
    fill_slots(application, merchant)
    Delivery.objects.update(leased_until=now() - timedelta(seconds=1))
    assert claim(lined_up(application, merchant, URL).pk, 1) is not None


def test_claim_is_a_lease(application: Application, merchant: Merchant) -> None:
    delivery = claim(lined_up(application, merchant, URL).pk, 1)
    assert delivery is not None
    assert delivery.leased_until is not None
    assert delivery.due_at == delivery.leased_until
    assert now() < delivery.leased_until <= now() + LEASE


@pytest.mark.parametrize("number", [0, 2, 3])
def test_any_other_attempt_than_the_next_is_not_made(
    application: Application, merchant: Merchant, number: int
) -> None:
    assert claim(lined_up(application, merchant, URL).pk, number) is None


def test_poisonous_one_that_kills_every_worker_ends_dead(
    application: Application, merchant: Merchant
) -> None:
    delivery = lined_up(application, merchant, URL)
    for number in range(1, len(DELAYS) + 2):
        assert claim(delivery.pk, number) is not None
        Delivery.objects.update(leased_until=now() - timedelta(seconds=1))
    assert claim(delivery.pk, len(DELAYS) + 2) is None
    delivery.refresh_from_db()
    assert (delivery.state, delivery.due_at) == ("dead", None)
    assert delivery.event.event_id in Alert.objects.get().told


def test_switched_off_address_of_another_application_does_not_matter(
    application: Application, merchant: Merchant
) -> None:
    other = make_application()
    Endpoint.objects.create(application=other, url=URL, disabled_at=now())
    assert claim(lined_up(application, merchant, URL).pk, 1) is not None


def test_event_for_no_url_has_nothing_to_claim(
    application: Application, merchant: Merchant
) -> None:
    record(application, merchant)
    assert not Delivery.objects.exists()
