"""What a scrape reads from the database: few statements, bounded, and right."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from gateway.health import breaker
from merchants.models import PaymentAccount
from notifications.heartbeats import note
from notifications.models import Alert, Delivery, Incident
from paycenter.kernel.clock import now
from paycenter.metrics import state
from paycenter.metrics.state import StateCollector
from tests.support.clock import Clock
from tests.support.desk import Desk
from transactions.models import Payment

MOST_STATEMENTS = 5


def read(name: str) -> dict[tuple[str, ...], float]:
    """Return the values of a gauge by its labels."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in StateCollector().collect()
        for sample in family.samples
        if sample.name == f"paycenter_{name}"
    }


def test_what_is_due_is_counted_with_the_oldest_age(clock: Clock, desk: Desk) -> None:
    for order_no in ("A1", "A2", "A3"):
        desk.pending_payment(order_no)
    for seconds, payment in enumerate(Payment.objects.order_by("pk"), start=-1):
        Payment.objects.filter(pk=payment.pk).update(due_at=now() + timedelta(seconds=60 * seconds))
    clock.shift(30)
    assert read("due_rows")["payment",] == 2
    assert read("due_oldest_age_seconds")["payment",] == 90
    assert (read("due_rows")["refund",], read("due_oldest_age_seconds")["refund",]) == (0, 0)


def test_notifications_that_wait_are_counted(clock: Clock, desk: Desk) -> None:
    desk.paid_payment()
    Delivery.objects.update(due_at=now() - timedelta(seconds=40))
    assert Delivery.objects.count() == 1
    assert read("due_rows")["notification",] == 1
    assert read("due_oldest_age_seconds")["notification",] == 40
    assert read("rows")["notification", "pending"] == 1
    Delivery.objects.update(state=Delivery.State.DEAD, due_at=None, leased_until=None)
    assert read("rows")["notification", "pending"] == 0
    assert read("rows")["notification", "dead"] == 1


def test_a_pile_is_counted_up_to_a_bound(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "AT_MOST", 2)
    for order_no in ("A1", "A2", "A3"):
        desk.pending_payment(order_no)
    Payment.objects.update(state="unknown", due_at=now() - timedelta(seconds=1))
    assert read("due_rows")["payment",] == 2
    assert read("rows")["payment", "unknown"] == 2


def test_incidents_breakers_and_heartbeats_are_told(
    clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = Alert.objects.create(rule="queue_stuck", severity="critical", raised_at=now())
    for subject, over in (("a", None), ("b", now())):
        Incident.objects.create(
            rule="queue_stuck",
            subject=subject,
            severity="critical",
            state="over" if over else "open",
            over_at=over,
            first_at=now(),
            newest_at=now(),
            newest=alert,
        )
    account = PaymentAccount.objects.order_by("pk")[0]
    scopes = ["channel:wechat", "channel:easypay:12", f"account:{account.pk}"]
    monkeypatch.setattr(state, "open_scopes", lambda: scopes)
    note("queue:notify")
    note("transactions.tasks.sweep_payments")
    clock.shift(75)
    assert read("open_incidents") == {("critical",): 1, ("warning",): 0, ("info",): 0}
    code = account.channel_merchant.channel
    assert read("breakers_not_closed") == {
        ("wechat", "endpoint"): 1,
        ("easypay", "endpoint"): 1,
        (code, "account"): 1,
    }
    assert read("heartbeat_age_seconds") == {
        ("queue", "notify"): 75,
        ("job", "transactions.tasks.sweep_payments"): 75,
    }


def test_a_scrape_asks_few_questions(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "open_scopes", lambda: [f"account:{desk.account.pk}"])
    with CaptureQueriesContext(
        connection,
    ) as asked:
        list(StateCollector().collect())
    assert len(asked) == MOST_STATEMENTS


def test_no_open_breaker_asks_nothing(db: None) -> None:
    assert breaker.open_scopes() == []
    with CaptureQueriesContext(connection) as asked:
        list(StateCollector().collect())
    assert len(asked) == MOST_STATEMENTS - 1


def test_a_lost_database_is_told_instead_of_an_error(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read("database_up") == {(): 1}

    def lost() -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(state, "_incidents", lost)
    assert [family.name for family in StateCollector().collect()] == ["paycenter_database_up"]
    assert read("database_up") == {(): 0}
