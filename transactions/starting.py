"""Starting a payment from any door (API, checkout page, EasyPay door): open, clear the way, send.

Opening is one commit and belongs to the door, which may have to commit something of its own with
it. Where an earlier attempt stands in the way, it is asked and closed at its channel first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from merchants.models import Application
from transactions import tasks
from transactions.lifecycle import OPEN_PAYMENT, PaymentState
from transactions.models import Payment
from transactions.representations import payment_resource
from transactions.services.attempts import EarlierAttempt, TooSoon
from transactions.services.initiation import Opened
from transactions.waiting import ask_worker

OpenOnce = Callable[[int | None], Opened]
"""Opens and commits a payment; given the id of the earlier attempt that was cleared, if any."""


@dataclass(frozen=True, slots=True)
class Started:
    """The payment that answers a request, as a resource, and whether it was made for it."""

    resource: dict[str, Any]
    is_new: bool


def start_payment(application: Application, open_once: OpenOnce) -> Started:
    """Open a payment and have it sent; waits for the channel a few seconds at most.

    Raises ``TooSoon``, and whatever ``open_once`` raises.
    """
    try:
        opened = open_once(None)
    except EarlierAttempt as attempt:
        opened = _open_after(application, attempt, open_once)
    resource = payment_resource(opened.payment)
    if opened.is_new and opened.payment.state == PaymentState.INITIATING:
        resource = _ask(tasks.send_payment, opened.payment) or resource
    return Started(resource, opened.is_new)


def _open_after(application: Application, attempt: EarlierAttempt, open_once: OpenOnce) -> Opened:
    """Ask and close the earlier attempt at its channel, then open a new one if that is safe."""
    earlier = attempt.payment
    answer = _ask(tasks.close_payment, earlier)
    dead = answer is not None and answer["payment"]["state"] not in OPEN_PAYMENT
    if attempt.must_be_dead and not dead:
        raise TooSoon(application, earlier)
    try:
        return open_once(earlier.pk)
    except EarlierAttempt as overtaking:
        # Another request started an attempt meanwhile, a moment ago.
        raise TooSoon(application, overtaking.payment) from None


def _ask(task: Any, payment: Payment) -> dict[str, Any] | None:
    return ask_worker(task, payment.pk, payment.channel_merchant.channel)
