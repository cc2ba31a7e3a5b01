"""Positions: whatever order transactions commit in, a reader never skips an event."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from merchants.models import Application, Merchant
from notifications.models import Event, FeedCounter
from notifications.selectors import read_feed
from notifications.services import number_events as numbering
from notifications.services.number_events import number_events, position_of
from tests.notifications.stories import record
from tests.support.together import together

WAIT_SECONDS = 20

Threads = Callable[[Callable[[], Any]], Future[Any]]


@pytest.fixture
def threads(transactional_db: None) -> Iterator[Threads]:
    """Run functions in threads of their own, each with its own database connection."""
    with ThreadPoolExecutor(max_workers=16) as pool:

        def closing(function: Callable[[], Any]) -> Any:
            try:
                return function()
            finally:
                connection.close()

        yield lambda function: pool.submit(closing, function)


def test_late_commit_of_an_early_event_is_not_skipped(
    threads: Threads, application: Application, merchant: Merchant
) -> None:
    """The event inserted first commits last: it must come behind what a reader has seen."""
    inserted, may_commit = threading.Event(), threading.Event()

    def slow_writer() -> int:
        with transaction.atomic():
            event = record(application, merchant)
            inserted.set()
            assert may_commit.wait(WAIT_SECONDS)
        return event.pk

    slow = threads(slow_writer)
    assert inserted.wait(WAIT_SECONDS)
    fast = record(application, merchant)
    first = read_feed(application.pk, after=0, limit=10)
    may_commit.set()
    early_pk = slow.result(WAIT_SECONDS)

    assert early_pk < fast.pk
    assert [event.pk for event in first.events] == [fast.pk]
    second = read_feed(application.pk, after=first.next_after, limit=10)
    assert [event.pk for event in second.events] == [early_pk]


def test_reader_among_many_writers_sees_every_event_once_in_order(
    threads: Threads, application: Application, merchant: Merchant
) -> None:
    writers, each = 8, 25
    start = threading.Barrier(writers + 2)
    done = threading.Event()
    seen: list[int] = []

    def write(number: int) -> None:
        start.wait(WAIT_SECONDS)
        for count in range(each):
            with transaction.atomic():
                record(application, merchant)
                # Commits overtake each other: hold some open while others come and go.
                time.sleep(((number * 7 + count * 3) % 5) / 500)

    def number() -> None:
        start.wait(WAIT_SECONDS)
        while not done.wait(0.001):
            number_events()

    def read_on() -> None:
        page = read_feed(application.pk, after=seen[-1] if seen else 0, limit=7)
        seen.extend(position_of(event) for event in page.events)

    writing = [threads(partial(write, number)) for number in range(writers)]
    numbering_too = threads(number)
    start.wait(WAIT_SECONDS)
    try:
        while not all(future.done() for future in writing):
            read_on()
    finally:
        done.set()
    for future in (*writing, numbering_too):
        future.result(WAIT_SECONDS)
    while len(seen) < writers * each:
        before = len(seen)
        read_on()
        assert len(seen) > before, "the reader skipped an event"

    assert seen == sorted(set(seen))
    assert set(seen) == set(Event.objects.values_list("position", flat=True))
    assert FeedCounter.objects.get().last_position == writers * each


def test_numbering_waits_for_whoever_numbers(
    threads: Threads, application: Application, merchant: Merchant
) -> None:
    """A second one must not hand out positions before the first one's have become visible."""
    record(application, merchant)
    number_events()
    holding, may_go = threading.Event(), threading.Event()

    def holder() -> None:
        with transaction.atomic():
            record(application, merchant)
            number_events()
            holding.set()
            assert may_go.wait(WAIT_SECONDS)

    first = threads(holder)
    assert holding.wait(WAIT_SECONDS)
    record(application, merchant)
    second = threads(number_events)
    with pytest.raises(TimeoutError):
        second.result(0.3)
    may_go.set()
    first.result(WAIT_SECONDS)
    assert second.result(WAIT_SECONDS) == 1
    assert set(Event.objects.values_list("position", flat=True)) == {1, 2, 3}


@pytest.mark.django_db(transaction=True)
def test_two_first_readers_at_once_make_one_counter(
    application: Application, merchant: Merchant
) -> None:
    for _ in range(4):
        record(application, merchant)
    assert sum(together(8, lambda _: number_events())) == 4
    assert FeedCounter.objects.get().last_position == 4


def test_nothing_to_number_costs_one_statement(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert number_events() == 0


def test_numbering_is_bounded_and_goes_on(
    application: Application, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbering, "BATCH", 3)
    events = [record(application, merchant) for _ in range(7)]
    assert number_events() == 3
    assert position_of(events[-1]) == 7
    assert [position_of(event) for event in events] == [1, 2, 3, 4, 5, 6, 7]
