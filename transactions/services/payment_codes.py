"""Offering an unpaid order at a front desk, whoever made it: its page as a code to scan."""

from django.db import transaction

from paycenter.kernel.errors import Problem
from transactions.lifecycle import OrderState
from transactions.models import Checkout, Order
from transactions.selectors import is_paid
from transactions.services.checkouts import reopen_checkout

OFFERED_SECONDS = 1800
"""How long an order can be paid at least once its code is shown."""


def may_be_offered(order: Order) -> bool:
    """Whether an order can still be paid on a page.

    Not one of which another order of its group was paid, nor one that came through a door: its
    application understands only what is paid there.
    """
    if order.state == OrderState.CLOSED or hasattr(order, "door_order"):
        return False
    return not is_paid(order)


@transaction.atomic
def offer_order(order: Order) -> Checkout:
    """Return the page of an order for somebody at a desk to pay it on.

    Raises ``Problem``: ``order_paid``, ``order_closed``.
    """
    locked = Order.objects.select_for_update(of=("self",), no_key=True)
    order = locked.select_related("merchant", "application", "door_order").get(pk=order.pk)
    if not may_be_offered(order):
        raise Problem("order_closed", "It cannot be paid on a page any more.")
    return reopen_checkout(order, seconds=OFFERED_SECONDS)
