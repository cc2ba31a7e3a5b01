"""Beginning an attempt from the page: the same service and the same repeat rule as the API."""

from math import floor

from django.db import transaction

from gateway.parser import route_payment
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from transactions.checkout.offers import Offer
from transactions.checkout.pages import is_over
from transactions.models import Checkout, Order
from transactions.services.commands import AttemptCommand
from transactions.services.initiation import Opened, check_limits, open_attempt
from transactions.starting import Started, start_payment

SHORTEST_SECONDS = 60
"""Channels take no shorter expiry; whoever begins in the last minute has as long. The order's own
time stays what the application gave it, however often its payer begins anew."""


def begin_attempt(checkout: Checkout, offer: Offer, payer: dict[str, str]) -> Started:
    """Start paying the order of ``checkout`` through the offered account.

    Raises ``Problem``: what ``open_attempt`` raises, or ``order_closed`` when its time is over.
    """
    order = checkout.order
    how = AttemptCommand(
        payment_id=offer.account.payment_no,
        invoke_method=offer.way.method,
        payer=payer,
        expires_in=max(SHORTEST_SECONDS, floor((order.expires_at - now()).total_seconds())),
        returns_to_page=True,
        notify_url=checkout.notify_url,
        metadata=checkout.metadata,
    )
    route_payment(offer.account, how.invoke_method, payer=payer)
    check_limits(offer.account, order.amount)

    @transaction.atomic
    def open_once(cleared_id: int | None) -> Opened:
        locked = Order.objects.select_for_update(of=("self",), no_key=True)
        checkout.order = locked.select_related("merchant", "application").get(pk=order.pk)
        if is_over(checkout):
            raise Problem("order_closed", "Its time is over.")
        until = checkout.order.expires_at
        return open_attempt(checkout.order, offer.account, how, until=until, cleared_id=cleared_id)

    return start_payment(order.application, open_once)
