"""One attempt to deliver: claim, send with nothing locked, record, reschedule."""

from datetime import datetime
from typing import Any

from django.db import transaction

from notifications.alerts import report_dead
from notifications.models import Delivery, DeliveryAttempt, Endpoint
from notifications.retry_times import next_attempt_at
from notifications.sending import Outcome, send
from notifications.services.claim import claim
from notifications.services.number_events import position_of
from paycenter.kernel.clock import now
from paycenter.kernel.inserts import insert

GONE = 410


def make_attempt(delivery_id: int, number: int) -> Delivery | None:
    """Make attempt ``number`` of a delivery; None when it was not to be made.

    Safe to call twice or late: the second call finds the attempt begun.
    """
    delivery = claim(delivery_id, number)
    if delivery is None:
        return None
    position_of(delivery.event)
    _record(delivery, send(delivery))
    return delivery


def _record(delivery: Delivery, outcome: Outcome) -> None:
    """Write the attempt and what follows from it: two statements, more after 410 Gone."""
    changes = _changes(delivery, outcome, now())
    with transaction.atomic():
        insert(
            DeliveryAttempt(
                delivery=delivery,
                merchant_id=delivery.merchant_id,
                number=delivery.attempts,
                at=outcome.at,
                status=outcome.status,
                milliseconds=outcome.milliseconds,
                answer=outcome.answer,
                error=outcome.error,
            )
        )
        # Whose lease ran out records its attempt, but the next one decides what follows.
        still_ours = Delivery.objects.filter(
            pk=delivery.pk, state=Delivery.State.PENDING, attempts=delivery.attempts
        ).update(**changes)
        if outcome.status == GONE:
            _switch_off(delivery)
        if still_ours and changes["state"] == Delivery.State.DEAD:
            report_dead(delivery, outcome.error)


def _changes(delivery: Delivery, outcome: Outcome, moment: datetime) -> dict[str, Any]:
    """Return the delivery's new columns."""
    always = {
        "leased_until": None,
        "last_status": outcome.status,
        "last_error": outcome.error,
    }
    if outcome.delivered:
        return always | {
            "state": Delivery.State.DELIVERED,
            "due_at": None,
            "delivered_at": moment,
        }
    again_at = None
    if outcome.status != GONE:
        again_at = next_attempt_at(
            step=delivery.ladder_step, moment=moment, retry_after=outcome.retry_after
        )
    state = Delivery.State.DEAD if again_at is None else Delivery.State.PENDING
    return always | {"state": state, "due_at": again_at}


def _switch_off(delivery: Delivery) -> None:
    """Send nothing more to this address until a person switches it on again."""
    Endpoint.objects.update_or_create(
        application_id=delivery.application_id,
        url=delivery.url,
        defaults={"disabled_at": now(), "reason": "answered 410 Gone"},
    )
