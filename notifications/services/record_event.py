"""The outbox: an event and its delivery are written in the transaction of what they tell of."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from notifications.dialects import dialect_named
from notifications.models import Delivery, Event
from notifications.sweeps import HINT_LEASE
from notifications.tasks import QUEUE, deliver
from paycenter.kernel.clock import now
from paycenter.kernel.hints import publish_hint
from paycenter.kernel.inserts import insert


def record_event(
    *,
    application_id: int,
    merchant_id: int,
    type: str,  # noqa: A002 (the word of the public contract)
    data: dict[str, Any],
    occurred_at: datetime,
    url: str,
    dialect: str = "",
) -> Event:
    """Record an event and line it up for ``url``; two statements, one when nobody is to be told.

    ``data`` is the resource as a GET returns it now. ``dialect`` is how it is told, blank for the
    standard; a dialect without words for this type leaves it to the feed. Runs inside the caller's
    transaction, raises ``TransactionManagementError`` outside of one. A worker is called once that
    has committed.
    """
    _require_transaction()
    event = insert(
        Event(
            application_id=application_id,
            merchant_id=merchant_id,
            type=type,
            data=data,
            occurred_at=occurred_at,
        )
    )
    if url and dialect_named(dialect).tells(type):
        delivery = insert(
            Delivery(
                event=event,
                application_id=application_id,
                merchant_id=merchant_id,
                url=url,
                dialect=dialect,
                due_at=now() + HINT_LEASE,
            )
        )
        hint = partial(publish_hint, deliver, delivery.pk, 1, queue=QUEUE)
        transaction.on_commit(hint, robust=True)
    return event


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "record_event() belongs into the transaction of the change it tells of"
        )
