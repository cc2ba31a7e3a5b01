"""The one door for truth about refunds: booked, released, or looked at again later.

The same rules as for payments: the report must match our record, and effects belong to the call
that moved the row.
"""

import logging

from django.db import transaction

from gateway.messages import Outcome, RefundReport
from merchants.models import ChannelMerchant
from notifications.services.record_event import record_event
from paycenter.kernel.clock import now
from transactions.models import Move, Order, Payment, Refund
from transactions.moves import move
from transactions.representations import refund_resource
from transactions.schedule import REFUND, next_look
from transactions.services.effects import (
    CHANNEL_NUMBER,
    MOVED,
    NOTHING,
    Applied,
    Effect,
    words_of,
)

logger = logging.getLogger(__name__)


@transaction.atomic
def apply_refund_report(
    channel_merchant: ChannelMerchant, report: RefundReport, *, cause: Move.Cause
) -> Applied:
    """Apply what a channel said of one refund: book it, release it, or look again later."""
    refund = lock_refund(report.refund_serial_no, channel_merchant=channel_merchant)
    if refund is None:
        return Applied(Effect.UNKNOWN_NUMBER)
    reason = _refund_mismatch(refund, report)
    if reason:
        logger.error("report of refund %s not believed: %s", refund.refund_serial_no, reason)
        return Applied(Effect.MISMATCH, reason)
    if report.outcome == Outcome.SUCCEEDED:
        return _book_refund(refund, report, cause)
    if report.outcome == Outcome.FAILED:
        return _release_refund(refund, report, cause)
    return _refund_goes_on(refund, report, cause)


def lock_refund(
    refund_serial_no: str, *, channel_merchant: ChannelMerchant | None = None
) -> Refund | None:
    """Lock and return a refund with its payment and order, in one statement.

    Locks are taken on the payment and its order too: a refund changes all three.
    """
    found = (
        Refund.objects.select_for_update(of=("self", "payment", "payment__order"), no_key=True)
        .select_related(
            "application",
            "merchant",
            "payment__order",
            "payment__channel_merchant",
            "payment__payment_account__channel_merchant",
        )
        .filter(refund_serial_no=refund_serial_no)
    )
    if channel_merchant is not None:
        found = found.filter(payment__channel_merchant=channel_merchant)
    return found.first()


def _refund_mismatch(refund: Refund, report: RefundReport) -> str:
    if report.channel_refund_no and not CHANNEL_NUMBER.fullmatch(report.channel_refund_no):
        return f"channel refund number {report.channel_refund_no[:70]!r}"
    if report.outcome != Outcome.SUCCEEDED:
        return ""
    if report.serial_no != refund.payment.serial_no:
        return f"payment {report.serial_no!r} instead of {refund.payment.serial_no!r}"
    if report.amount != refund.amount:
        return f"amount {report.amount} instead of {refund.amount} fen"
    if report.currency and report.currency != refund.currency:
        return f"currency {report.currency!r} instead of {refund.currency!r}"
    if report.mchid and report.mchid != refund.payment.channel_merchant.mchid:
        return f"channel merchant {report.mchid!r}"
    return ""


def _book_refund(refund: Refund, report: RefundReport, cause: Move.Cause) -> Applied:
    moved = move(
        refund,
        "succeed",
        cause=cause,
        succeeded_at=report.succeeded_at or now(),
        channel_refund_no=report.channel_refund_no,
    )
    if not moved:
        return NOTHING
    payment = refund.payment
    _shift_reservation(payment, refund.amount, booked=True)
    if payment.settles_order:
        _refund_order(payment.order, refund.amount, cause)
    _tell_refund(refund, "refund.succeeded")
    return MOVED


def _release_refund(refund: Refund, report: RefundReport, cause: Move.Cause) -> Applied:
    words = words_of(report.failure, otherwise="failed")
    if not move(refund, "fail", cause=cause, **words):
        return NOTHING
    _shift_reservation(refund.payment, refund.amount, booked=False)
    logger.error("refund %s failed: %s", refund.refund_serial_no, words["code"])
    _tell_refund(refund, "refund.failed")
    return MOVED


def _refund_goes_on(refund: Refund, report: RefundReport, cause: Move.Cause) -> Applied:
    if refund.due_at is None:
        return NOTHING
    due_at = next_look(REFUND, refund.asked, now())
    transition = "accept" if report.outcome == Outcome.PENDING else "lose_track"
    facts = {"channel_refund_no": report.channel_refund_no} if transition == "accept" else {}
    if move(refund, transition, cause=cause, due_at=due_at, **facts):
        return MOVED
    Refund.objects.filter(pk=refund.pk).update(
        due_at=due_at, asked=refund.asked + 1, needs_person=report.needs_person
    )
    return NOTHING


def _shift_reservation(payment: Payment, amount: int, *, booked: bool) -> None:
    """Turn a reservation into money returned, or give it back. The row is locked."""
    payment.refund_reserved -= amount
    if booked:
        payment.refunded += amount
    payment.save(update_fields=["refund_reserved", "refunded"])


def _refund_order(order: Order, amount: int, cause: Move.Cause) -> None:
    whole = order.refunded_amount + amount == order.paid_amount
    move(order, "refund_rest" if whole else "refund_part", cause=cause, amount=amount)


def _tell_refund(refund: Refund, type_: str) -> None:
    record_event(
        application_id=refund.application_id,
        merchant_id=refund.merchant_id,
        type=type_,
        data=refund_resource(refund),
        occurred_at=now(),
        url=refund.notify_url,
    )
