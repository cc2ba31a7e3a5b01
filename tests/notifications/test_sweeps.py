"""The sweep finds whatever is due, a bounded piece at a time, and never one row twice at once."""

import time
from datetime import timedelta

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from merchants.models import Application, Merchant
from notifications import tasks
from notifications.models import Delivery
from notifications.services.claim import SLOTS_PER_APPLICATION, claim
from notifications.sweeps import HINT_LEASE, take_due
from paycenter.kernel.clock import now
from tests.notifications.receiver import Receiver
from tests.notifications.stories import lined_up
from tests.support.parties import make_application
from tests.support.together import together
from tests.support.workers import Workers

URL = "https://app.example.com/notify"


def due(
    application: Application, merchant: Merchant, url: str = URL, *, seconds_ago: int = 1
) -> Delivery:
    """Return a delivery that is due."""
    delivery = lined_up(application, merchant, url)
    delivery.due_at = now() - timedelta(seconds=seconds_ago)
    delivery.save(update_fields=["due_at"])
    return delivery


def test_fresh_one_is_left_to_the_message_on_its_way(
    application: Application, merchant: Merchant
) -> None:
    lined_up(application, merchant, URL)
    assert take_due() == []


def test_due_one_is_taken_once_and_comes_back_when_nobody_claims_it(
    application: Application, merchant: Merchant
) -> None:
    delivery = due(application, merchant)
    assert take_due() == [(delivery.pk, 1)]
    assert take_due() == []
    delivery.refresh_from_db()
    assert delivery.due_at is not None
    assert delivery.due_at <= now() + HINT_LEASE
    Delivery.objects.update(due_at=now())
    assert take_due() == [(delivery.pk, 1)]


def test_attempt_of_a_dead_worker_is_made_anew_under_the_next_number(
    application: Application, merchant: Merchant
) -> None:
    delivery = lined_up(application, merchant, URL)
    claim(delivery.pk, 1)
    assert take_due() == []
    past = now() - timedelta(seconds=1)
    Delivery.objects.update(due_at=past, leased_until=past)
    assert take_due() == [(delivery.pk, 2)]
    assert claim(delivery.pk, 2) is not None


def test_oldest_come_first_and_the_batch_is_bounded(
    application: Application, merchant: Merchant
) -> None:
    later, sooner = (
        due(application, merchant, seconds_ago=5),
        due(application, merchant, seconds_ago=9),
    )
    assert take_due(batch=1) == [(sooner.pk, 1)]
    assert take_due(batch=1) == [(later.pk, 1)]


def test_one_application_takes_no_more_than_its_free_slots(
    application: Application, merchant: Merchant
) -> None:
    other = make_application()
    for _ in range(2):
        claim(lined_up(application, merchant, URL).pk, 1)
    for _ in range(SLOTS_PER_APPLICATION + 3):
        due(application, merchant, seconds_ago=60)
    others = due(other, merchant)
    taken = take_due()
    assert len(taken) == SLOTS_PER_APPLICATION - 2 + 1
    assert (others.pk, 1) in taken


def test_slot_is_handed_on_within_the_application(
    application: Application, merchant: Merchant
) -> None:
    other = make_application()
    due(other, merchant, seconds_ago=99)
    own = due(application, merchant)
    assert take_due(batch=1, application_id=application.pk) == [(own.pk, 1)]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_take_different_rows(
    application: Application, merchant: Merchant
) -> None:
    expected = {(due(application, merchant).pk, 1) for _ in range(SLOTS_PER_APPLICATION)}

    @transaction.atomic
    def sweep(index: int) -> list[tuple[int, int]]:
        taken = take_due()
        time.sleep(0.05)
        return taken

    taken = [hint for hints in together(6, sweep) for hint in hints]
    assert sorted(taken) == sorted(expected)


def test_sweep_costs_one_statement(
    application: Application, merchant: Merchant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        due(application, merchant)
    with django_assert_num_queries(1):
        take_due()


class TestTasks:
    """The Celery shims pass the work on."""

    def test_sweep_calls_workers(
        self, application: Application, merchant: Merchant, workers: Workers
    ) -> None:
        delivery = due(application, merchant)
        tasks.sweep_deliveries()
        (message,) = workers.kept("deliver")
        assert (message.args, message.queue) == ((delivery.pk, 1), "notify")

    def test_whoever_ends_an_attempt_goes_on_with_what_waits(
        self, application: Application, merchant: Merchant, receiver: Receiver, workers: Workers
    ) -> None:
        first = lined_up(application, merchant, receiver.url("/taken"))
        for _ in range(2):
            due(application, merchant, receiver.url("/taken"))
        tasks.deliver(first.pk, 1)
        assert len(receiver.received) == 3
        assert workers.kept("deliver") == []

    def test_whoever_had_its_turn_hands_its_slot_on(
        self,
        application: Application,
        merchant: Merchant,
        receiver: Receiver,
        workers: Workers,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(tasks, "TURN_SECONDS", 0)
        sent = lined_up(application, merchant, receiver.url("/taken"))
        waiting = due(application, merchant)
        tasks.deliver(sent.pk, 1)
        assert len(receiver.received) == 1
        assert [message.args for message in workers.kept("deliver")] == [(waiting.pk, 1)]

    def test_whoever_had_nothing_to_do_hands_nothing_on(
        self, application: Application, merchant: Merchant, workers: Workers
    ) -> None:
        delivery = lined_up(application, merchant, URL)
        due(application, merchant)
        tasks.deliver(delivery.pk, 7)
        assert workers.messages == []

    def test_numbering_is_done_even_if_nobody_reads(
        self, application: Application, merchant: Merchant
    ) -> None:
        delivery = lined_up(application, merchant, URL)
        tasks.number_events()
        delivery.event.refresh_from_db()
        assert delivery.event.position == 1
