"""Who may send a delivery now: a claim is a lease, taken under lock and bounded per application.

Every attempt has a number, and a worker is asked for one number: the message that comes first
begins that attempt, every other one finds it begun. A worker that dies leaves a lease that runs
out; the sweep then asks for the next number. No lock is held while anything is sent.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from notifications.alerts import report_dead
from notifications.models import Delivery, Endpoint
from notifications.retry_times import DELAYS
from paycenter.kernel.clock import now
from paycenter.kernel.prepared import PreparedRow
from paycenter.kernel.statements import prepared_cursor

LEASE = timedelta(seconds=60)
"""Longer than any attempt takes: 15 s of exchange, a slow resolver, two short transactions."""
SLOTS_PER_APPLICATION = 4
"""So many notifications of one application are being sent at a time: a slow one delays only itself.

The ``notify`` workers need several times as many threads.
"""


_BEGIN = """
    UPDATE notifications_delivery
    SET attempts = %(number)s, ladder_step = %(step)s, due_at = %(until)s, leased_until = %(until)s
    WHERE id = %(id)s AND %(slots)s > (
        SELECT count(*) FROM notifications_delivery
        WHERE application_id = %(application_id)s AND leased_until > %(now)s
    )
"""


def claim(delivery_id: int, number: int) -> Delivery | None:
    """Begin attempt ``number`` of a delivery, or return None when it is not to be made now.

    The delivery comes with its event and application. Two statements in one transaction.
    """
    with transaction.atomic():
        delivery, switched_off = _lock(delivery_id, number)
        if delivery is None:
            return None
        if switched_off:
            _put_aside(delivery, Delivery.State.CANCELLED, "the address is switched off")
        elif delivery.ladder_step > len(DELAYS):
            _put_aside(delivery, Delivery.State.DEAD, "its last attempt never came back")
        elif _begin(delivery, number):
            return delivery
        else:
            _wait_for_slot(delivery)
    return None


def _to_lock(delivery_id: int, attempts: int) -> QuerySet[Delivery]:
    off = Endpoint.objects.filter(
        application=OuterRef("application"), url=OuterRef("url"), disabled_at__isnull=False
    )
    return (
        Delivery.objects.select_related("event", "application")
        .annotate(switched_off=Exists(off))
        .select_for_update(of=("self", "application"), no_key=True)
        .filter(pk=delivery_id, state=Delivery.State.PENDING, attempts=attempts)
    )


_WAITING = PreparedRow(_to_lock, int, int)


def _lock(delivery_id: int, number: int) -> tuple[Delivery | None, bool]:
    """Lock the delivery, if it waits for this attempt, and its application.

    The application's lock makes counting its slots exact. It is taken without ``KEY``, so writing
    rows that refer to the application goes on meanwhile.
    """
    delivery = _WAITING.find(delivery_id, number - 1)
    return delivery, delivery is not None and vars(delivery)["switched_off"]


def _begin(delivery: Delivery, number: int) -> bool:
    """Take a slot for this attempt; False when its application has none left.

    A statement of its own: begun under the application's lock, it sees all slots that are taken.
    """
    moment, step = now(), delivery.ladder_step + 1
    until = moment + LEASE
    values: dict[str, int | datetime] = {
        "id": delivery.pk,
        "application_id": delivery.application_id,
        "slots": SLOTS_PER_APPLICATION,
        "number": number,
        "step": step,
        "now": moment,
        "until": until,
    }
    with prepared_cursor() as cursor:
        cursor.execute(_BEGIN, values)
        begun: bool = cursor.rowcount == 1
    if begun:
        delivery.attempts, delivery.ladder_step = number, step
        delivery.due_at = delivery.leased_until = until
    return begun


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
