"""Asking for a refund: reserve first, under the payment's row lock, then send.

Reserved and returned money together never exceed what the payment paid; the database holds this
too (``payment_refunds_within_amount``).
"""

from dataclasses import asdict
from datetime import datetime

from merchants.models import Application
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.kernel.numbers import mint
from transactions.lifecycle import PaymentState
from transactions.models import Payment, Refund
from transactions.schedule import FIRST_LOOK
from transactions.services.commands import RefundCommand

DUPLICATE_REASON = "重复支付退款"


def request_refund(application: Application, command: RefundCommand) -> tuple[Refund, bool]:
    """Reserve the money of a refund and return it with whether it is new.

    Must run in a transaction. Raises ``Problem``: ``not_found``, ``refund_mismatch``,
    ``payment_not_refundable``, ``refund_exceeds_payment``.
    """
    payment = _lock_own_payment(application, command.serial_no)
    earlier = (
        Refund.objects.select_related("payment__order", "payment__channel_merchant")
        .filter(application=application, refund_no=command.refund_no)
        .first()
    )
    if earlier is not None:
        if earlier.content_hash != command.content_hash:
            raise Problem(
                "refund_mismatch", "The refund number stands for another refund. Use a new one."
            )
        return earlier, False
    if payment.state != PaymentState.SUCCEEDED:
        raise Problem("payment_not_refundable", f"The payment is {payment.state}, not succeeded.")
    _reserve(payment, command.amount)
    moment = now()
    refund = Refund(
        merchant_id=payment.merchant_id,
        application=application,
        payment=payment,
        refund_serial_no=mint("R", moment),
        refund_no=command.refund_no,
        amount=command.amount,
        currency=payment.currency,
        reason=command.reason,
        content_hash=command.content_hash,
        lines=[asdict(line) for line in command.lines],
        metadata=command.metadata,
        notify_url=command.notify_url or _usual_url(payment, application.notify_url),
        due_at=moment + FIRST_LOOK,
        created_at=moment,
    )
    refund.save(force_insert=True)
    return refund, True


def refund_surplus(payment: Payment) -> Refund:
    """Return a duplicate payment whole to its source. The payment's row is locked."""
    _reserve(payment, payment.amount)
    moment: datetime = now()
    return Refund.objects.create(
        merchant_id=payment.merchant_id,
        application=payment.order.application,
        payment=payment,
        refund_serial_no=mint("R", moment),
        amount=payment.amount,
        currency=payment.currency,
        reason=DUPLICATE_REASON,
        notify_url=_usual_url(payment, payment.notify_url),
        due_at=moment,
        created_at=moment,
    )


def _usual_url(payment: Payment, url: str) -> str:
    """Return where a refund is told: nowhere when its payment's own dialect has no word for it."""
    return "" if payment.notify_dialect else url


def _lock_own_payment(application: Application, serial_no: str) -> Payment:
    payment = (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("order", "channel_merchant")
        .filter(serial_no=serial_no, order__application=application)
        .first()
    )
    if payment is None:
        raise Problem("not_found", f"No payment {serial_no!r} of this application.")
    return payment


def _reserve(payment: Payment, amount: int) -> None:
    left = payment.amount - payment.refunded - payment.refund_reserved
    if amount > left:
        raise Problem("refund_exceeds_payment", f"{left} of {payment.amount} fen are left.")
    payment.refund_reserved += amount
    payment.save(update_fields=["refund_reserved"])
