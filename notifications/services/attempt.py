"""One attempt to deliver: claim, send with nothing locked, record, reschedule."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from notifications.alerts import report_dead
from notifications.models import Delivery, Endpoint
from notifications.retry_times import next_attempt_at
from notifications.sending import Outcome, send
from notifications.services.claim import claim
from notifications.services.number_events import position_of
from paycenter.kernel.clock import now
from paycenter.kernel.statements import prepared_cursor

GONE = 410

_STORE = """
    WITH attempt AS (
        INSERT INTO notifications_deliveryattempt
            (merchant_id, delivery_id, number, at, status, milliseconds, answer, error)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    )
    UPDATE notifications_delivery
    SET state = %s, due_at = %s, delivered_at = coalesce(%s, delivered_at), leased_until = NULL,
        last_status = %s, last_error = %s
    WHERE id = %s AND attempts = %s AND state = 'pending'
"""


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
    """Write the attempt and what follows from it: one statement, more when nothing follows."""
    after = _after(delivery, outcome, now())
    if after.state == Delivery.State.PENDING or outcome.delivered:
        _store(delivery, outcome, after)
        return
    with transaction.atomic():
        still_ours = _store(delivery, outcome, after)
        if outcome.status == GONE:
            _switch_off(delivery)
        if still_ours:
            report_dead(delivery, outcome.error)


def _store(delivery: Delivery, outcome: Outcome, after: "_After") -> bool:
    """Store an attempt and what becomes of its delivery; False when that is not ours to say.

    Whose lease ran out records its attempt, but the next one decides what follows.
    """
    made = [outcome.at, outcome.status, outcome.milliseconds, outcome.answer, outcome.error]
    follows = [after.state, after.due_at, after.delivered_at, outcome.status, outcome.error]
    which = [delivery.pk, delivery.attempts]
    with prepared_cursor() as cursor:
        cursor.execute(_STORE, [delivery.merchant_id, *which, *made, *follows, *which])
        return bool(cursor.rowcount == 1)


@dataclass(frozen=True, slots=True)
class _After:
    """What becomes of a delivery by its attempt."""

    state: Delivery.State
    due_at: datetime | None = None
    delivered_at: datetime | None = None


def _after(delivery: Delivery, outcome: Outcome, moment: datetime) -> _After:
    if outcome.delivered:
        return _After(Delivery.State.DELIVERED, delivered_at=moment)
    again_at = None
    if outcome.status != GONE:
        again_at = next_attempt_at(
            step=delivery.ladder_step, moment=moment, retry_after=outcome.retry_after
        )
    return _After(Delivery.State.DEAD if again_at is None else Delivery.State.PENDING, again_at)


def _switch_off(delivery: Delivery) -> None:
    """Send nothing more to this address until a person switches it on again."""
    Endpoint.objects.update_or_create(
        application_id=delivery.application_id,
        url=delivery.url,
        defaults={"disabled_at": now(), "reason": "answered 410 Gone"},
    )
