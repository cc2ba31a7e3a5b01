"""Asking for a refund: reserve first, under the payment's row lock, then send."""

from dataclasses import asdict

from merchants.models import Application
from paycenter.kernel.errors import Problem
from transactions.lifecycle import PaymentState
from transactions.locking import lock_own_payment
from transactions.models import Move, Refund
from transactions.services.commands import RefundCommand
from transactions.services.duplicates import follow_refunds
from transactions.services.refund_approvals import needs_second_person
from transactions.services.reserving import reserve_refund, usual_url


def request_refund(application: Application, command: RefundCommand) -> tuple[Refund, bool]:
    """Reserve the money of a refund and return it with whether it is new.

    One beyond the company's limit waits for a second person (``services.refund_approvals``).

    Must run in a transaction. Raises ``Problem``: ``not_found``, ``refund_mismatch``,
    ``payment_not_refundable``, ``refund_exceeds_payment``.
    """
    payment = lock_own_payment(application, command.serial_no)
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
    refund = reserve_refund(
        payment,
        amount=command.amount,
        reason=command.reason,
        waits=needs_second_person(payment, command.amount, by_person=False),
        application=application,
        refund_no=command.refund_no,
        content_hash=command.content_hash,
        lines=[asdict(line) for line in command.lines],
        metadata=command.metadata,
        notify_url=command.notify_url or usual_url(payment, application.notify_url),
    )
    follow_refunds(payment, cause=Move.Cause.REQUEST)
    return refund, True
