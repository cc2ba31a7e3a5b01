"""Celery shims of payment messaging: ids in, nothing out; lost or doubled ones do no harm."""

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


@shared_task
def deliver(delivery_id: int, number: int) -> None:
    """Make attempt ``number`` of a delivery, then hand its slot to the next one waiting."""
    delivery = make_attempt(delivery_id, number)
    if delivery is not None:
        _publish(sweeps.take_due(batch=1, application_id=delivery.application_id))


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
