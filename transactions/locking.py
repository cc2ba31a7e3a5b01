"""Locking a payment's row: money that is returned or shared is counted under this lock.

Whoever needs more rows locks them in this order: refund, payment, order, split, release, return,
share. ``no_key``: a new attempt may meanwhile refer to the payment.
"""

from merchants.models import Application
from paycenter.kernel.errors import Problem
from paycenter.kernel.rows import find
from transactions.models import Payment


def lock_own_payment(application: Application, serial_no: str) -> Payment:
    """Lock and return an application's payment with its order. Raises ``Problem`` ``not_found``."""
    payment = find(
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("order", "merchant", "channel_merchant")
        .filter(serial_no=serial_no, order__application=application)
    )
    if payment is None:
        raise Problem("not_found", f"No payment {serial_no!r} of this application.")
    return payment


def lock_shared_payment(payment_id: int) -> Payment:
    """Lock and return a payment by its row id, with its order and its channel merchant."""
    return (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("order", "merchant", "channel_merchant")
        .get(pk=payment_id)
    )
