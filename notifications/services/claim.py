"""Who may send a delivery now: a claim is a lease, taken under lock and bounded per application.

Every attempt has a number, and a worker is asked for one number: the message that comes first
begins that attempt, every other one finds it begun. A worker that dies leaves a lease that runs
out; the sweep then asks for the next number. No lock is held while anything is sent.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from notifications.alerts import report_dead
from notifications.models import Delivery, Endpoint
from notifications.retry_times import DELAYS
from paycenter.kernel.clock import now

LEASE = timedelta(seconds=60)
"""Longer than any attempt takes: 15 s of exchange, a slow resolver, two short transactions."""
SLOTS_PER_APPLICATION = 4
"""So many notifications of one application are being sent at a time: a slow one delays only itself.

The ``notify`` workers need several times as many threads.
"""


def claim(delivery_id: int, number: int) -> Delivery | None:
    """Begin attempt ``number`` of a delivery, or return None when it is not to be made now.

    The delivery comes with its event and application. Three statements in one transaction.
    """
    with transaction.atomic():
        delivery, switched_off = _lock(delivery_id, number)
        if delivery is None:
            return None
        if switched_off:
            _put_aside(delivery, Delivery.State.CANCELLED, "the address is switched off")
        elif delivery.ladder_step > len(DELAYS):
            _put_aside(delivery, Delivery.State.DEAD, "its last attempt never came back")
        elif _slots_used(delivery.application_id) >= SLOTS_PER_APPLICATION:
            _wait_for_slot(delivery)
        else:
            return _begin(delivery, number)
    return None


def _lock(delivery_id: int, number: int) -> tuple[Delivery | None, bool]:
    """Lock the delivery, if it waits for this attempt, and its application.

    The application's lock makes counting its slots exact. It is taken without ``KEY``, so writing
    rows that refer to the application goes on meanwhile.
    """
    off = Endpoint.objects.filter(
        application=OuterRef("application"), url=OuterRef("url"), disabled_at__isnull=False
    )
    delivery = (
        Delivery.objects.select_related("event", "application")
        .annotate(switched_off=Exists(off))
        .select_for_update(of=("self", "application"), no_key=True)
        .filter(pk=delivery_id, state=Delivery.State.PENDING, attempts=number - 1)
        .first()
    )
    return delivery, delivery is not None and delivery.switched_off


def _slots_used(application_id: int) -> int:
    """Count what is being sent now; a statement of its own, to see what others just committed."""
    return Delivery.objects.filter(application_id=application_id, leased_until__gt=now()).count()


def _begin(delivery: Delivery, number: int) -> Delivery:
    delivery.attempts = number
    delivery.ladder_step += 1
    delivery.due_at = delivery.leased_until = now() + LEASE
    delivery.save(update_fields=["attempts", "ladder_step", "due_at", "leased_until"])
    return delivery


def _wait_for_slot(delivery: Delivery) -> None:
    """Leave it due, so that whoever frees a slot takes it."""
    delivery.due_at = now()
    delivery.save(update_fields=["due_at"])


def _put_aside(delivery: Delivery, state: Delivery.State, reason: str) -> None:
    delivery.state = state
    delivery.due_at = delivery.leased_until = None
    delivery.last_error = reason
    delivery.save(update_fields=["state", "due_at", "leased_until", "last_error"])
    if state == Delivery.State.DEAD:
        report_dead(delivery, reason)
