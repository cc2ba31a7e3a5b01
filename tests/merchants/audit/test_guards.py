"""What PostgreSQL itself holds about the audit log, whatever is wrong with our code."""

import pytest
from django.db import IntegrityError, connection

from merchants.audit.chaining import chain_events
from merchants.audit.verifying import verify_and_note
from merchants.models import AuditEvent
from tests.support.audit import do

pytestmark = pytest.mark.django_db


def _refused(sql: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("chained", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE merchants_auditevent SET reason = 'x'",
        "UPDATE merchants_auditevent SET at = now()",
        """UPDATE merchants_auditevent SET after = '{"amount": 1}'""",
        "DELETE FROM merchants_auditevent",
    ],
)
def test_an_event_is_neither_altered_nor_deleted(change: str, *, chained: bool) -> None:
    do()
    if chained:
        chain_events()
    _refused(change)


def test_a_place_in_the_chain_is_given_once() -> None:
    do()
    chain_events()
    _refused("UPDATE merchants_auditevent SET number = 2, previous_hash = 'x', hash = 'x'")


def test_an_event_may_not_be_altered_while_it_gets_its_place() -> None:
    do()
    _refused(
        "UPDATE merchants_auditevent SET number = 1, previous_hash = 'x', hash = 'x', name = 'x'"
    )


def test_an_event_does_not_come_with_a_place() -> None:
    event = do()
    event.pk, event.number, event.previous_hash, event.hash = None, 7, "x", "x"
    with pytest.raises(IntegrityError, match="append-only"):
        AuditEvent.objects.bulk_create([event])


@pytest.mark.parametrize(
    "change",
    ["UPDATE merchants_auditcheckpoint SET number = 9", "DELETE FROM merchants_auditcheckpoint"],
)
def test_what_was_verified_stays(change: str) -> None:
    do()
    chain_events()
    verify_and_note()
    _refused(change)
