"""Events are chained after their commit, one behind the other, whoever writes at the same time."""

import threading

import pytest
from django.db import connections, transaction

from merchants.audit.chaining import START, chain_events, digest
from merchants.audit.verifying import verify_chain
from merchants.models import AuditEvent, AuditHead
from tests.support.audit import do
from tests.support.together import together

WRITERS = 8
EACH = 20


@pytest.mark.django_db
def test_each_event_holds_the_hash_of_the_one_before() -> None:
    for _ in range(3):
        do()
    assert chain_events() == 3
    events = list(AuditEvent.objects.order_by("id"))
    assert [event.number for event in events] == [1, 2, 3]
    assert [event.previous_hash for event in events] == [
        START.hash,
        events[0].hash,
        events[1].hash,
    ]
    assert all(digest(event) == event.hash for event in events)


@pytest.mark.django_db
def test_chaining_goes_on_where_it_ended() -> None:
    do()
    chain_events()
    do()
    assert chain_events() == 1
    head = AuditHead.objects.get()
    assert (head.number, head.hash) == (2, AuditEvent.objects.get(number=2).hash)
    assert chain_events() == 0


@pytest.mark.django_db
def test_the_end_is_logged_where_no_database_reaches(caplog: pytest.LogCaptureFixture) -> None:
    do()
    with caplog.at_level("INFO", logger="merchants.audit.chaining"):
        chain_events()
    assert AuditEvent.objects.get().hash in caplog.text


def test_writers_and_chainers_at_once_make_one_whole_chain(transactional_db: None) -> None:
    def work(index: int) -> int:
        done = 0
        for number in range(EACH):
            if index < WRITERS:
                with transaction.atomic():
                    do(f"clerk-{index}-{number}")
            else:
                done += chain_events()
        return done

    together(WRITERS + 3, work)
    while chain_events():
        pass
    numbers = AuditEvent.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, WRITERS * EACH + 1))
    assert verify_chain().holds


def test_nobody_who_writes_waits_for_an_open_transaction(transactional_db: None) -> None:
    """A writer that does not commit holds neither other writers nor the chaining."""
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            do("slow")
            written.set()
            go_on.wait(30)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        assert written.wait(30)
        do("quick")
        assert chain_events() == 1
    finally:
        go_on.set()
        thread.join(30)
    assert chain_events() == 1
    names = AuditEvent.objects.order_by("number").values_list("name", flat=True)
    assert list(names) == ["quick", "slow"]
    assert verify_chain().holds


def test_what_was_rolled_back_is_not_in_the_log(transactional_db: None) -> None:
    with transaction.atomic():
        do()
        transaction.set_rollback(True)
    assert chain_events() == 0
