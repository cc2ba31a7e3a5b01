"""Reserving money of a payment for a refund: both are written together, under the payment's lock.

Reserved and returned money together never exceed what the payment paid; the database holds this
too (``payment_refunds_and_shares_within_amount``).
"""

from typing import Any

from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.kernel.numbers import mint
from transactions.lifecycle import RefundState
from transactions.models import Payment, Refund
from transactions.schedule import FIRST_LOOK
from transactions.splits.setting_aside import plan_returns, set_aside


def reserve_refund(
    payment: Payment, *, amount: int, reason: str, waits: bool = False, **facts: Any
) -> Refund:
    """Write a refund of ``amount`` fen and reserve its money. The payment's row is locked.

    What receivers got of the payment is taken back from them where the rest does not suffice: the
    refund waits for that. One that ``waits`` for a second person has its money reserved, and
    nothing is done for it yet. ``facts`` are other fields of the refund. Raises ``Problem``:
    ``refund_exceeds_payment``, ``request_in_progress``.
    """
    if amount > payment.left:
        raise Problem("refund_exceeds_payment", f"{payment.left} of {payment.amount} fen are left.")
    parts = [] if facts.get("is_offline") else set_aside(payment, amount, waits=waits)
    if not parts and amount > payment.unshared:
        left = f"{payment.unshared} of {payment.amount} fen are left: the rest was shared."
        raise Problem("refund_exceeds_payment", left)
    payment.refund_reserved += amount
    payment.save(update_fields=["refund_reserved", "shared"])
    moment = now()
    own = {
        "merchant_id": payment.merchant_id,
        "payment": payment,
        "refund_serial_no": mint("R", moment),
        "amount": amount,
        "currency": payment.currency,
        "reason": reason,
        "state": RefundState.WAITING if waits else RefundState.APPROVED,
        "due_at": None if waits else moment + FIRST_LOOK,
        "created_at": moment,
    }
    refund = Refund.objects.create(**(own | facts))
    if parts:
        plan_returns(refund, parts, due_at=None if waits else moment)
    return refund


def usual_url(payment: Payment, url: str) -> str:
    """Return where a refund is told: nowhere when its payment's own dialect has no word for it."""
    return "" if payment.notify_dialect else url
