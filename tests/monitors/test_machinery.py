"""Monitors of jobs, queues, clocks, certificates and reconciliation."""

from datetime import timedelta

import pytest

from gateway.health.clock_skew import note_skew, read_skews
from gateway.registry import CHANNELS
from merchants.models import PaymentAccount, StoredCredential
from notifications import heartbeats
from notifications.models import Heartbeat
from notifications.monitoring import Finding
from paycenter import tasks
from paycenter.celery import PERIODIC_JOBS
from paycenter.kernel.clock import now
from paycenter.kernel.http import WireResponse
from paycenter.monitors.machinery import MONITORS, queues
from tests.support.clock import Clock
from tests.support.parties import make_account
from tests.support.workers import Workers
from transactions.models import ChannelBill, Reconciliation

RULES = {monitor.rule: monitor for monitor in MONITORS}


@pytest.fixture
def account(db: None) -> PaymentAccount:
    """An account."""
    return make_account()


def found(rule: str) -> list[Finding]:
    """Return what a monitor finds now; its texts can be filled by it."""
    monitor = RULES[rule]
    findings = list(monitor.find(monitor, now()))
    for finding in findings:
        assert monitor.text % finding.params
        assert monitor.over % finding.params
    return findings


@pytest.mark.parametrize(("days", "severity"), [(31, ""), (29, "warning"), (6, "critical")])
def test_what_expires_soon_is_told(account: PaymentAccount, days: int, severity: str) -> None:
    StoredCredential(
        channel_merchant=account.channel_merchant,
        kind="merchant_certificate",
        fingerprint="f",
        not_after=now() + timedelta(days=days, hours=1),
    ).seal("sealed_value", "x").save()
    assert [finding.severity for finding in found("certificate_expires")] == (
        [severity] if severity else []
    )


def answer(seconds: float) -> WireResponse:
    """An answer of a channel whose clock is so many seconds behind ours."""
    date = (now() - timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return WireResponse(200, {"date": date}, b"")


@pytest.mark.parametrize(("seconds", "is_told"), [(0, False), (28, False), (40, True), (-40, True)])
def test_a_clock_that_differs_from_a_channels_is_told(
    db: None, seconds: int, is_told: bool
) -> None:
    note_skew("wechat", answer(seconds))
    told = found("clock_skew")
    assert len(told) == is_told
    for finding in told:
        assert abs(int(finding.params["seconds"]) - seconds) <= 2


def test_a_clock_that_was_set_right_is_forgotten(db: None) -> None:
    note_skew("wechat", answer(600))
    assert read_skews(now() - timedelta(minutes=10)) != {}
    assert read_skews(now() + timedelta(minutes=1)) == {}


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Nov 2026 08:00:00 GMT"])
def test_a_date_that_is_none_is_ignored(db: None, date: str) -> None:
    note_skew("wechat", WireResponse(200, {"date": date}, b""))
    note_skew("wechat", WireResponse(200, {}, b""))
    note_skew("wechat", None)
    assert read_skews(now() - timedelta(minutes=10)) == {}


def test_the_databases_clock_is_compared_too(db: None, clock: Clock) -> None:
    [finding] = found("clock_skew")
    assert finding.subject == "clock:database", "the test's clock stands still in another year"


def test_every_queue_is_probed_and_missed(db: None, clock: Clock, workers: Workers) -> None:
    assert set(queues()) >= {"notify", "alerts", "default", *(f"channel.{c}" for c in CHANNELS)}
    assert found("queue_stuck") == []
    workers.pause()
    clock.shift(290)
    tasks.probe_queues()
    probes = workers.kept("answer_probe")
    assert {message.queue for message in probes} == set(queues())
    for message in probes:
        if message.queue != "notify":
            workers.work_on(message)
    clock.shift(20)
    [finding] = found("queue_stuck")
    assert (finding.subject, finding.severity) == ("queue:notify", "critical")


def test_a_job_that_does_not_succeed_is_told(
    db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "_noted", {})
    assert found("job_silent") == []
    clock.shift(601)
    quick = {name for name, period in PERIODIC_JOBS.items() if 4 * period < timedelta(minutes=10)}
    assert {finding.subject for finding in found("job_silent")} == quick
    for name in quick:
        tasks.note_job(sender=type("Task", (), {"name": name}))
    assert found("job_silent") == []
    tasks.note_job(sender=type("Task", (), {"name": "notifications.tasks.deliver"}))
    assert not Heartbeat.objects.filter(name="notifications.tasks.deliver").exists()


@pytest.mark.parametrize(
    ("minutes", "state", "is_told"),
    [
        (121, "due", True),
        (119, "due", False),
        (600, "done", False),
    ],
)
def test_bills_that_wait_to_be_compared_are_told(
    account: PaymentAccount, minutes: int, state: str, is_told: bool
) -> None:
    owner = account.channel_merchant
    at = now() - timedelta(minutes=minutes)
    bill = ChannelBill.objects.create(
        merchant=owner.merchant,
        channel_merchant=owner,
        bill_date=at.date(),
        kind="trade",
        state="loaded",
        created_at=at,
    )
    Reconciliation.objects.create(
        merchant=owner.merchant,
        channel_bill=bill,
        state=state,
        due_at=None if state == "done" else at,
        created_at=at,
    )
    assert [finding.merchant_id for finding in found("reconciliation_late")] == (
        [owner.merchant_id] if is_told else []
    )
