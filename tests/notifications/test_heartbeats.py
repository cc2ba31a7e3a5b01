"""Heartbeats: noted cheaply, and missed only after they were expected."""

from datetime import timedelta

import pytest

from notifications import heartbeats
from notifications.models import Heartbeat
from tests.support.clock import Clock

EXPECTED = [("job", timedelta(minutes=5))]


@pytest.fixture(autouse=True)
def _fresh(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "_noted", {})


def test_what_was_never_seen_is_missed_only_later(clock: Clock) -> None:
    assert heartbeats.silent(EXPECTED) == []
    clock.shift(299)
    assert heartbeats.silent(EXPECTED) == []
    clock.shift(2)
    assert [name for name, _ in heartbeats.silent(EXPECTED)] == ["job"]
    heartbeats.note("job")
    assert heartbeats.silent(EXPECTED) == []


def test_a_sweep_every_two_seconds_does_not_write_every_two_seconds(
    clock: Clock, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        for _ in range(10):
            heartbeats.note_sometimes("job")
    assert Heartbeat.objects.count() == 1
