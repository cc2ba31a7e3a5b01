"""Celery shims of the whole project: watching, and being seen at work."""

from typing import Any

from celery import shared_task
from celery.signals import task_success

from notifications.heartbeats import note, note_sometimes
from notifications.monitoring import run
from paycenter.celery import PERIODIC_JOBS
from paycenter.kernel.hints import publish_hint
from paycenter.metrics import workers
from paycenter.monitors.machinery import QUEUE_PREFIX, queues
from paycenter.monitors.table import BY_RULE

__all__ = ["workers"]
"""What measures tasks: it is loaded in every worker because it is imported here."""


@shared_task
def run_monitors() -> None:
    """Have workers look for what lasts and should not; one that fails keeps no other from it."""
    for rule in BY_RULE:
        publish_hint(run_monitor, rule)


@shared_task
def run_monitor(rule: str) -> None:
    """Run one monitor."""
    run(BY_RULE[rule])


@shared_task
def probe_queues() -> None:
    """Send a message through every queue: whoever takes it shows that a worker is there."""
    for queue in queues():
        publish_hint(answer_probe, queue, queue=queue)


@shared_task
def answer_probe(queue: str) -> None:
    """Note that a worker of this queue took a message."""
    note(f"{QUEUE_PREFIX}{queue}")


@task_success.connect
def note_job(sender: Any, **kwargs: Any) -> None:
    """Note that a periodic job succeeded."""
    del kwargs
    if sender.name in PERIODIC_JOBS:
        note_sometimes(sender.name)
