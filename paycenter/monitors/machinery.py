"""Monitors of what the center runs on: jobs, queues, clocks, certificates, reconciliation."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Min
from django.utils.translation import gettext_noop

from gateway.health.clock_skew import read_skews
from gateway.registry import CHANNELS
from gateway.tasks import channel_queue
from merchants.channels import NAMES
from merchants.expiry import days_left, expiring_credentials
from notifications import heartbeats
from notifications.alerting.tasks import QUEUE as ALERTS
from notifications.models import Alert
from notifications.monitoring import Finding, Monitor
from notifications.tasks import QUEUE as NOTIFY
from paycenter.celery import PERIODIC_JOBS
from transactions.models import Reconciliation

QUEUE_PREFIX = "queue:"
CRITICAL_DAYS = 7
MISSED_RUNS = 4
"""A job may miss so many of its turns before it is silent."""


def queues() -> list[str]:
    """Return every queue that must have a worker."""
    return [*map(channel_queue, CHANNELS), NOTIFY, ALERTS, "default"]


def find_expiring(monitor: Monitor, moment: datetime) -> Iterator[Finding]:
    """Find keys and certificates that expire soon and have no successor."""
    del moment
    for row in expiring_credentials(within_days=monitor.window.days):
        owner = row.channel_merchant
        left = days_left(row.not_after) if row.not_after else 0
        severity = Alert.Severity.CRITICAL if left < CRITICAL_DAYS else Alert.Severity.WARNING
        yield Finding(
            f"credential:{row.pk}",
            {"what": str(row), "whose": str(owner), "days": left},
            owner.merchant_id,
            severity,
        )


def find_skew(monitor: Monitor, moment: datetime) -> Iterator[Finding]:
    """Find channels, and the database, whose clock differs from this server's."""
    skews = {
        str(NAMES.get(code, code)): seconds
        for code, seconds in read_skews(moment - monitor.window).items()
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        skews[gettext_noop("database")] = round((moment - cursor.fetchone()[0]).total_seconds())
    for whose, seconds in skews.items():
        if abs(seconds) >= monitor.threshold:
            yield Finding(f"clock:{whose}", {"whose": whose, "seconds": seconds})


def find_stuck_queues(monitor: Monitor, moment: datetime) -> Iterator[Finding]:
    """Find queues from which no worker took a message for too long."""
    expected = [(f"{QUEUE_PREFIX}{queue}", monitor.window) for queue in queues()]
    for name, at in heartbeats.silent(expected):
        minutes = int((moment - at).total_seconds()) // 60
        queue = name.removeprefix(QUEUE_PREFIX)
        yield Finding(name, {"queue": queue, "minutes": minutes}, severity=Alert.Severity.CRITICAL)


def find_silent_jobs(monitor: Monitor, moment: datetime) -> Iterator[Finding]:
    """Find periodic jobs that did not succeed for several of their turns."""
    expected = [
        (job, max(monitor.window, MISSED_RUNS * period)) for job, period in PERIODIC_JOBS.items()
    ]
    for name, at in heartbeats.silent(expected):
        minutes = int((moment - at).total_seconds()) // 60
        job = name.rpartition(".")[2]
        yield Finding(name, {"job": job, "minutes": minutes}, severity=Alert.Severity.CRITICAL)


def find_late_reconciliations(monitor: Monitor, moment: datetime) -> Iterator[Finding]:
    """Find companies whose channel bills wait to be compared."""
    rows = (
        Reconciliation.objects.filter(due_at__isnull=False, created_at__lt=moment - monitor.window)
        .order_by()
        .values("merchant_id")
        .annotate(count=Count("pk"), oldest=Min("created_at"))
        .filter(count__gte=monitor.threshold)
    )
    for row in rows:
        yield Finding("", {"count": row["count"]}, row["merchant_id"])


MONITORS = (
    Monitor(
        "certificate_expires",
        gettext_noop("%(what)s of %(whose)s expires in %(days)s days."),
        gettext_noop("%(what)s of %(whose)s has a successor, or is not used any more."),
        timedelta(days=30),
        1,
        find_expiring,
    ),
    Monitor(
        "clock_skew",
        gettext_noop("This server's clock is %(seconds)s seconds ahead of %(whose)s."),
        gettext_noop("This server's clock agrees with %(whose)s again."),
        timedelta(minutes=10),
        30,
        find_skew,
    ),
    Monitor(
        "queue_stuck",
        gettext_noop("No worker took a message from the queue %(queue)s for %(minutes)s minutes."),
        gettext_noop("The queue %(queue)s is worked on again."),
        timedelta(minutes=5),
        1,
        find_stuck_queues,
    ),
    Monitor(
        "job_silent",
        gettext_noop("The periodic job %(job)s did not succeed for %(minutes)s minutes."),
        gettext_noop("The periodic job %(job)s runs again."),
        timedelta(minutes=10),
        1,
        find_silent_jobs,
    ),
    Monitor(
        "reconciliation_late",
        gettext_noop("%(count)s channel bills wait to be compared for too long."),
        gettext_noop("All channel bills are compared."),
        timedelta(hours=2),
        1,
        find_late_reconciliations,
    ),
)
