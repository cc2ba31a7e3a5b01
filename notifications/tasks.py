"""Celery shims of payment messaging: ids in, nothing out; lost or doubled ones do no harm."""

import time

from celery import shared_task

from notifications import audit_alarm, sweeps
from notifications.alerting import tasks as alerting_tasks
from notifications.services import number_events as numbering
from notifications.services.attempt import make_attempt
from paycenter.kernel.hints import publish_hint

__all__ = ["alerting_tasks"]
"""Tasks that live beside what they are about: Celery finds them because they are imported here."""

QUEUE = "notify"
"""The queue of ``deliver``: a slow application keeps nothing else waiting."""


TURN_SECONDS = 1.0
"""How long one message keeps a worker's thread when deliveries wait and are taken quickly."""


@shared_task
def deliver(delivery_id: int, number: int) -> None:
    """Make attempt ``number`` of a delivery, then what waited for its slot, one by one.

    After ``TURN_SECONDS`` the slot is handed on by a message: who waits longer comes first then.
    """
    until = time.monotonic() + TURN_SECONDS
    hint = (delivery_id, number)
    while (delivery := make_attempt(*hint)) is not None:
        waiting = sweeps.take_due(batch=1, application_id=delivery.application_id)
        if not waiting or time.monotonic() > until:
            _publish(waiting)
            return
        hint = waiting[0]


@shared_task
def sweep_deliveries() -> None:
    """Call workers for whatever is due."""
    _publish(sweeps.take_due())


@shared_task
def number_events() -> None:
    """Give positions to events nobody asked for yet."""
    numbering.number_events()


@shared_task
def verify_audit() -> None:
    """Verify the audit log once a night, and tell people where it does not hold."""
    audit_alarm.verify_at_night()


def _publish(hints: list[sweeps.Hint]) -> None:
    for hint in hints:
        publish_hint(deliver, *hint, queue=QUEUE)
