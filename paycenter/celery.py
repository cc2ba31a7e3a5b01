"""The Celery application, and every periodic job on one screen.

Each job is bounded and safe to run twice at once, so neither a second beat nor a late one harms.
"""

import os
from datetime import timedelta
from typing import Any

from celery import Celery, signals
from django.db import close_old_connections

from paycenter.kernel.tracing import REQUEST_ID, TRACEPARENT, begin_work, end_work, read_trace

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paycenter.settings")

app = Celery("paycenter")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


PERIODIC_JOBS: dict[str, timedelta] = {
    # Whatever is due at a channel: unknown, waiting or expired payments, and refunds.
    "transactions.tasks.sweep_payments": timedelta(seconds=2),
    "transactions.tasks.sweep_refunds": timedelta(seconds=5),
    # Splits, returns of shares and releases that are due at a channel.
    "transactions.tasks.sweep_splits": timedelta(seconds=5),
    # Receivers that are to be bound or unbound at a channel.
    "transactions.tasks.sweep_receivers": timedelta(seconds=10),
    # Orders nobody paid in time.
    "transactions.tasks.sweep_orders": timedelta(seconds=60),
    # Channel bills: the rows of the day before, those due to be asked for or read, those missed.
    "transactions.bills.tasks.want_bills": timedelta(minutes=30),
    "transactions.bills.tasks.sweep_bills": timedelta(seconds=30),
    "transactions.bills.tasks.tell_missing_bills": timedelta(minutes=10),
    # Bills that were read and are to be compared; what waits, and what is open from 11:00 on.
    "transactions.reconciliation.tasks.sweep_reconciliations": timedelta(seconds=30),
    "transactions.reconciliation.tasks.tell_of_differences": timedelta(minutes=10),
    # Business days that are two days old at noon: closed, their statements frozen.
    "transactions.tasks.close_days": timedelta(minutes=10),
    # Hours that are over or changed: what they brought to each account, for the dashboard.
    "transactions.tasks.count_hours": timedelta(seconds=30),
    # What must hold of money, books and states, for all that moved within three days.
    "transactions.tasks.verify_invariants": timedelta(minutes=10),
    # Notifications that are due, whatever became of their hint.
    "notifications.tasks.sweep_deliveries": timedelta(seconds=3),
    # Events that committed and have no position yet.
    "notifications.tasks.number_events": timedelta(seconds=5),
    # Alerts that were raised, and the robots that have something to say or a report to make.
    "notifications.alerting.tasks.sweep_alerts": timedelta(seconds=5),
    # What lasts and should not; and a message through every queue, to see that each has a worker.
    "paycenter.tasks.run_monitors": timedelta(seconds=60),
    "paycenter.tasks.probe_queues": timedelta(seconds=60),
    # Rows of actions on many rows that are due; such actions that nobody confirmed.
    "paycenter.operators.bulk.tasks.sweep_bulk_items": timedelta(seconds=3),
    "paycenter.operators.bulk.tasks.forget_bulk_drafts": timedelta(hours=1),
    # Channel certificates: those of new accounts, and those older than 12 h (WeChat Pay's rule).
    "gateway.tasks.refresh_certificates": timedelta(minutes=10),
    # Channel switches that came to their end: they are over by themselves, here people are told.
    "gateway.tasks.end_switches": timedelta(seconds=30),
    # Keys and certificates that expire: each warning is given once, however often this runs; a day
    # as period would never pass where beat is restarted daily.
    "merchants.tasks.warn_of_expiry": timedelta(hours=1),
    # Audit events that committed and have no place in their chain yet; the chain, once a night.
    "merchants.tasks.chain_audit": timedelta(seconds=5),
    "notifications.tasks.verify_audit": timedelta(minutes=20),
    # Nonces that can no longer be in time.
    "merchants.tasks.forget_nonces": timedelta(minutes=10),
}

app.conf.beat_schedule = {
    # A job that waited longer than its period is overtaken by the next one.
    name: {"task": name, "schedule": period, "options": {"expires": period.total_seconds()}}
    for name, period in PERIODIC_JOBS.items()
}


@signals.task_prerun.connect
def renew_connections(task: Any, **_: Any) -> None:
    """Before a task let go of connections that are too old or broken, as before a request."""
    if not task.request.is_eager:
        close_old_connections()


@signals.task_prerun.connect
def work_for_sender(task: Any, **_: Any) -> None:
    """Let a task's log lines say for which request it works, and hand that on."""
    asked = task.request
    if not asked.is_eager:
        trace = read_trace(asked.get(TRACEPARENT) or "", asked.get(REQUEST_ID) or "")
        begin_work(trace, task=task.name)


@signals.task_postrun.connect
def work_for_nobody(task: Any, **_: Any) -> None:
    """Forget it before the thread is given another task."""
    if not task.request.is_eager:
        end_work()


@signals.setup_logging.connect
def leave_logging_alone(**_: Any) -> None:
    """Keep Celery from setting up logs: Django has done so, and says where and how."""
