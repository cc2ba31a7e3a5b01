"""Whatever somebody does to the audit log behind the guards' back is found."""

import tracemalloc

import pytest

from merchants.audit import verifying
from merchants.audit.chaining import CHAINED, START, Link, chain_events, digest
from merchants.audit.verifying import Break, verify_and_note, verify_chain
from merchants.models import AuditCheckpoint, AuditEvent, AuditHead
from tests.support.audit import do, tamper, unguarded
from tests.support.statements import counting

pytestmark = pytest.mark.django_db
EVENTS = 6


@pytest.fixture(autouse=True)
def _chain() -> None:
    for number in range(EVENTS):
        do(f"clerk-{number}", after={"amount": number})
    chain_events()


def found() -> list[Break]:
    """Return where the whole chain does not hold."""
    return verify_chain().breaks


def make_anew(first: int) -> None:
    """Compute the hashes of all events from ``first`` on anew, and the end: a perfect forgery."""
    with unguarded() as cursor:
        before = AuditEvent.objects.get(number=first - 1)
        for event in AuditEvent.objects.filter(number__gte=first).order_by("number"):
            event.previous_hash = before.hash
            event.hash = digest(event)
            cursor.execute(
                "UPDATE merchants_auditevent SET previous_hash = %s, hash = %s WHERE id = %s",
                [event.previous_hash, event.hash, event.pk],
            )
            before = event
    AuditHead.objects.update(number=before.number, hash=before.hash)


def test_a_chain_as_it_was_written_holds() -> None:
    verdict = verify_chain()
    assert verdict.holds
    assert (verdict.events, verdict.end.number) == (EVENTS, EVENTS)


def test_an_empty_log_holds(db: None) -> None:
    tamper("DELETE FROM merchants_auditevent")
    AuditHead.objects.all().delete()
    assert verify_chain().holds


@pytest.mark.parametrize(
    "change",
    [
        "name = 'somebody'",
        "at = at + interval '1 second'",
        "user_id = NULL, address = '203.0.113.9'",
        "action = 'add'",
        "object_id = '2'",
        "object_text = 'x'",
        """before = '{"amount": 1}'""",
        """after = '{"amount": 999}'""",
        "detail = ''",
        "reason = 'x'",
        "request_id = 'x'",
        "object_type = 'x'",
        "id = id + 1000",
    ],
)
def test_a_changed_event_is_found(change: str) -> None:
    tamper(f"UPDATE merchants_auditevent SET {change} WHERE number = 3")
    assert found() == [Break(3, verifying.CHANGED)]


def test_every_column_is_chained() -> None:
    """A column that is added later must be hashed too."""
    columns = {field.attname for field in AuditEvent._meta.concrete_fields}
    assert columns - {"hash", "id", "at"} == set(CHAINED)


def test_a_deleted_event_is_found() -> None:
    tamper("DELETE FROM merchants_auditevent WHERE number = 3")
    assert found() == [Break(4, verifying.MISSING)]


def test_the_first_event_deleted_is_found() -> None:
    tamper("DELETE FROM merchants_auditevent WHERE number = 1")
    assert found() == [Break(2, verifying.MISSING)]


def test_a_deleted_event_whose_gap_was_closed_is_found() -> None:
    tamper("DELETE FROM merchants_auditevent WHERE number = 3")
    for number in range(4, EVENTS + 1):
        tamper(f"UPDATE merchants_auditevent SET number = {number - 1} WHERE number = {number}")
    assert Break(3, verifying.UNFOLLOWING) in found()
    assert Break(3, verifying.CHANGED) in found()


def test_an_inserted_event_is_found() -> None:
    for number in range(EVENTS, 3, -1):
        tamper(f"UPDATE merchants_auditevent SET number = {number + 1} WHERE number = {number}")
    event = AuditEvent.objects.get(number=3)
    event.pk, event.number, event.previous_hash = None, 4, event.hash
    event.hash = digest(event)
    with unguarded():
        AuditEvent.objects.bulk_create([event])
    numbers = {place.number for place in found()}
    assert {4, 5} <= numbers


def test_an_event_put_behind_the_end_is_found() -> None:
    event = AuditEvent.objects.get(number=EVENTS)
    event.pk, event.number, event.previous_hash = None, EVENTS + 1, event.hash
    event.hash = digest(event)
    with unguarded():
        AuditEvent.objects.bulk_create([event])
    assert found() == [Break(EVENTS + 1, verifying.BEYOND)]


def test_two_events_in_each_others_place_are_found() -> None:
    tamper("UPDATE merchants_auditevent SET number = 99 WHERE number = 3")
    tamper("UPDATE merchants_auditevent SET number = 3 WHERE number = 4")
    tamper("UPDATE merchants_auditevent SET number = 4 WHERE number = 99")
    assert {(place.number, place.what) for place in found()} >= {
        (3, verifying.UNFOLLOWING),
        (3, verifying.CHANGED),
        (4, verifying.UNFOLLOWING),
        (4, verifying.CHANGED),
    }


def test_an_end_that_was_cut_off_is_found() -> None:
    tamper("DELETE FROM merchants_auditevent WHERE number > 4")
    assert found() == [Break(4, verifying.CUT)]


def test_all_events_deleted_is_found() -> None:
    tamper("DELETE FROM merchants_auditevent")
    assert found() == [Break(0, verifying.CUT)]


def test_a_lost_end_is_found() -> None:
    AuditHead.objects.all().delete()
    assert [place.what for place in found()] == [verifying.BEYOND] * EVENTS


def test_an_end_cut_off_and_made_to_fit_is_found_by_the_last_verification() -> None:
    verify_and_note()
    tamper("DELETE FROM merchants_auditevent WHERE number > 4")
    last = AuditEvent.objects.get(number=4)
    AuditHead.objects.update(number=4, hash=last.hash)
    assert found() == [Break(EVENTS, verifying.GONE)]


def test_a_chain_made_anew_is_found_by_the_last_verification() -> None:
    verify_and_note()
    tamper("UPDATE merchants_auditevent SET name = 'somebody' WHERE number = 3")
    make_anew(3)
    assert found() == [Break(EVENTS, verifying.REMADE)]


def test_a_forger_of_every_table_is_found_by_what_was_noted_elsewhere() -> None:
    noted = verify_and_note().end
    tamper("UPDATE merchants_auditevent SET name = 'somebody' WHERE number = 3")
    make_anew(3)
    tamper("DELETE FROM merchants_auditcheckpoint")
    assert verify_chain().holds
    assert verify_chain(expected=[noted]).breaks == [Break(EVENTS, verifying.REMADE)]


def test_a_verification_goes_on_where_the_last_one_ended() -> None:
    verdict = verify_and_note()
    do()
    chain_events()
    again = verify_and_note(verdict.end)
    assert again.holds
    assert (again.events, again.end.number) == (2, EVENTS + 1)
    assert list(AuditCheckpoint.objects.values_list("number", "is_whole")) == [
        (EVENTS + 1, False),
        (EVENTS, True),
    ]


def test_where_the_last_one_ended_must_still_be_there() -> None:
    end = verify_and_note().end
    do()
    chain_events()
    tamper(f"DELETE FROM merchants_auditevent WHERE number = {EVENTS}")
    assert verify_chain(end).breaks == [Break(EVENTS, verifying.GONE)]


def test_a_chain_that_does_not_hold_is_no_checkpoint() -> None:
    tamper("UPDATE merchants_auditevent SET name = 'x' WHERE number = 3")
    verify_and_note()
    assert not AuditCheckpoint.objects.exists()


def test_events_that_are_never_chained_are_found() -> None:
    do()
    tamper("UPDATE merchants_auditevent SET at = at - interval '2 hours' WHERE number IS NULL")
    assert found() == [Break(EVENTS, verifying.UNCHAINED)]


def test_all_places_are_counted_and_the_first_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "TOLD", 2)
    tamper("UPDATE merchants_auditevent SET name = 'x'")
    verdict = verify_chain()
    assert (verdict.count, len(verdict.breaks)) == (EVENTS, 2)


def test_events_are_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "PAGE", 2)
    with counting() as cost:
        assert verify_chain().events == EVENTS
    pages = [text for text in cost.statements if text.endswith("LIMIT 2")]
    assert len(pages) == EVENTS // 2 + 1


def test_memory_stays_the_same_however_long_the_chain_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "PAGE", 50)

    def peak() -> int:
        tracemalloc.start()
        verify_chain()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    for _ in range(200):
        do()
    chain_events()
    few = peak()
    for _ in range(900):
        do()
    while chain_events():
        pass
    assert peak() < few * 1.5


def test_a_link_reads_as_it_is_written() -> None:
    assert str(START) == f"0:{'0' * 64}"
    assert str(Link(7, "ab")) == "7:ab"
