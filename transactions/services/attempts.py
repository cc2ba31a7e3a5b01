"""The repeat rule: one order, several attempts, never two that may both be paid.

Inside the guard window (``ATTEMPT_GUARD_SECONDS``, settable per application) the same request gets
the same payment, and another one starts only when the earlier attempt is certainly dead. After the
window the earlier attempt is asked and closed as well as its channel allows, and the new one
starts. The center never holds an order longer than the window.
"""

from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from merchants.models import Application
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from transactions.lifecycle import OPEN_PAYMENT, SETTLED_ORDER, OrderState
from transactions.models import Order, Payment
from transactions.selectors import orders_of_group


class EarlierAttempt(Exception):
    """A payment that must be asked and closed at its channel before a new one may start.

    ``must_be_dead``: inside the window a new attempt needs certainty; after it, the try is enough.
    """

    def __init__(self, payment: Payment, *, must_be_dead: bool) -> None:
        super().__init__(payment.serial_no)
        self.payment = payment
        self.must_be_dead = must_be_dead


class TooSoon(Problem):
    """The refusal that says how long an earlier attempt, which may be paid, holds the order."""

    def __init__(self, application: Application, earlier: Payment) -> None:
        left = (window_end(application, earlier) - now()).total_seconds()
        super().__init__(
            "attempt_too_soon",
            f"Payment {earlier.serial_no} may still be paid. Wait, then send again.",
            retry_after=max(1, ceil(left)),
        )


def lock_group(order: Order) -> None:
    """Let requests for one order group pass one after the other until the transaction ends."""
    name = f"{order.application_id}:{order.merchant_id}:{order.order_group_no}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def latest_attempt(order: Order) -> Payment | None:
    """Return the newest payment of the order, or of all orders of its group.

    One that settled its order comes before any newer one: what is paid stays paid.
    """
    return _attempts_for(order).order_by("-settles_order", "-id").first()


def standing_attempt(order: Order, latest: Payment) -> Payment:
    """Return the attempt a new one has to reckon with: the newest that may still be paid.

    A newer one that has ended does not hide it; it may have been begun because this one could not
    be closed.
    """
    if latest.settles_order or latest.state in OPEN_PAYMENT:
        return latest
    return _attempts_for(order).filter(state__in=OPEN_PAYMENT).order_by("-id").first() or latest


def _attempts_for(order: Order) -> QuerySet[Payment]:
    """Return the payments of the order, or of all orders of its group."""
    grouped = bool(order.order_group_no)
    scope = Q(order__in=orders_of_group(order)) if grouped else Q(order=order)
    return Payment.objects.filter(scope).select_related(
        "order", "merchant", "payment_account", "channel_merchant", "repeat_of"
    )


def check_order_open(order: Order) -> None:
    """Raise ``Problem`` when nothing may be paid for this order any more."""
    if order.state in SETTLED_ORDER:
        raise Problem("order_paid", "Read the order to see the payment that settled it.")
    if order.state == OrderState.CLOSED:
        raise Problem("order_closed", "The order was closed. Use a new order number.")


def judge_repeat(
    order: Order,
    earlier: Payment,
    *,
    request_hash: str,
    moment: datetime,
    cleared_id: int | None = None,
) -> Payment | None:
    """Decide about a request for an order that has an earlier attempt.

    Returns the earlier payment when this is the same request inside the window, or None when a
    new attempt may start. ``cleared_id`` names the attempt that was just asked and closed at its
    channel. Raises ``Problem`` ``order_paid`` or ``EarlierAttempt``.
    """
    if earlier.order.state in SETTLED_ORDER:
        raise Problem("order_paid", f"Paid as order {earlier.order.order_no}.")
    if earlier.state not in OPEN_PAYMENT or earlier.pk == cleared_id:
        return None
    within = moment < window_end(order.application, earlier)
    # Another number of the group is another request: its amount may differ.
    if within and earlier.order_id == order.pk and earlier.request_hash == request_hash:
        return earlier
    raise EarlierAttempt(earlier, must_be_dead=within)


def window_end(application: Application, earlier: Payment) -> datetime:
    """Return when the guard window of an attempt is over."""
    own = application.attempt_guard_seconds
    seconds = settings.ATTEMPT_GUARD_SECONDS if own is None else own
    return earlier.created_at + timedelta(seconds=seconds)
