"""Giving an order up, and ending orders nobody paid in time.

Only orders without an open payment end here; their payments end by the channel's word alone.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from paycenter.kernel.clock import now
from transactions.lifecycle import OPEN_PAYMENT, OrderState
from transactions.models import Move, Order, Payment
from transactions.moves import move
from transactions.schedule import EXPIRY_GRACE

BATCH = 200

_OPEN_PAYMENTS = Payment.objects.filter(order=OuterRef("pk"), state__in=OPEN_PAYMENT)


@transaction.atomic
def close_order(order_id: int) -> bool:
    """Close an order after its last payment was closed on request; returns whether it moved."""
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.payments.filter(state__in=OPEN_PAYMENT).exists():
        return False
    return move(order, "close", cause=Move.Cause.REQUEST)


@transaction.atomic
def expire_orders(moment: datetime | None = None) -> int:
    """Expire a batch of orders whose time is over; returns how many."""
    deadline = (moment or now()) - EXPIRY_GRACE
    over = (
        Order.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state__in=[OrderState.CREATED, OrderState.PAYING], expires_at__lt=deadline)
        .filter(~Exists(_OPEN_PAYMENTS))
        .order_by("expires_at")[:BATCH]
    )
    return sum(move(order, "expire", cause=Move.Cause.CLOCK) for order in over)
