"""The audit log is verified once a night, whole once a week, and people hear when it is broken."""

from datetime import datetime, timedelta

import pytest

from merchants.audit.chaining import chain_events
from merchants.models import AuditCheckpoint
from notifications.audit_alarm import RULE, verify_at_night
from notifications.models import Alert
from paycenter.kernel.clock import BUSINESS_ZONE
from tests.support.audit import do, tamper
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 24, 3, 5, tzinfo=BUSINESS_ZONE)


@pytest.fixture(autouse=True)
def _first_night(clock: Clock) -> None:
    clock.move_to(NIGHT)
    for _ in range(3):
        do()
    chain_events()
    verify_at_night()


def wholes() -> list[bool]:
    """Return of each verification whether it was whole, the oldest first."""
    return list(AuditCheckpoint.objects.order_by("id").values_list("is_whole", flat=True))


def test_it_is_verified_once_a_night(clock: Clock) -> None:
    for after in (timedelta(minutes=20), timedelta(hours=12), timedelta(hours=23, minutes=50)):
        clock.move_to(NIGHT + after)
        verify_at_night()
    assert wholes() == [True]
    clock.move_to(NIGHT + timedelta(days=1))
    verify_at_night()
    assert wholes() == [True, False]


def test_it_is_verified_as_a_whole_once_a_week(clock: Clock) -> None:
    for day in range(1, 9):
        clock.move_to(NIGHT + timedelta(days=day, seconds=day))
        verify_at_night()
    assert wholes() == [True, *[False] * 6, True, False]


def test_people_hear_of_a_broken_chain_once_a_night(clock: Clock) -> None:
    tamper("UPDATE merchants_auditevent SET name = 'somebody' WHERE number = 3")
    for after in (timedelta(days=1), timedelta(days=1, hours=2)):
        clock.move_to(NIGHT + after)
        verify_at_night()
    alert = Alert.objects.get()
    assert (alert.rule, alert.severity) == (RULE, "critical")
    assert alert.params["number"] == 3
    assert wholes() == [True]
    clock.move_to(NIGHT + timedelta(days=2))
    verify_at_night()
    assert Alert.objects.count() == 2


def test_an_old_event_that_was_altered_is_found_within_the_week(clock: Clock) -> None:
    tamper("UPDATE merchants_auditevent SET name = 'somebody' WHERE number = 1")
    for day in range(1, 7):
        clock.move_to(NIGHT + timedelta(days=day))
        verify_at_night()
    assert not Alert.objects.exists()
    clock.move_to(NIGHT + timedelta(days=7, minutes=20))
    verify_at_night()
    assert Alert.objects.get().params["number"] == 1
