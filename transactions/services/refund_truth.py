"""The one door for truth about refunds: booked, released, or looked at again later.

The same rules as for payments: the report must match our record, and effects belong to the call
that moved the row. What a person decides about a refund (``services.refund_proposals``) is booked
and released by the same two functions.
"""

import logging
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from gateway.messages import Outcome, RefundReport
from merchants.models import ChannelMerchant
from notifications.alerts import raise_alert
from notifications.models import Alert
from notifications.services.record_event import record_event
from paycenter.kernel.clock import now
from paycenter.kernel.money import format_yuan
from paycenter.kernel.rows import find
from transactions.ledger.events import post_refund
from transactions.lifecycle import RefundState
from transactions.models import Move, Order, Payment, Refund
from transactions.moves import Because, move
from transactions.representations import refund_resource
from transactions.schedule import REFUND, STUCK_REFUND, next_look
from transactions.selectors import note_refund, was_sent
from transactions.services.duplicates import follow_refunds
from transactions.services.effects import (
    CHANNEL_NUMBER,
    MOVED,
    NOTHING,
    Applied,
    Effect,
    words_of,
)
from transactions.splits.taking_back import set_aside_again, settle_returns, undo_returns

FAILED = "refund_failed"
_FAILED = gettext_noop(
    "Refund %(refund_serial_no)s of payment %(serial_no)s, %(amount)s yuan, failed: %(code)s."
)

logger = logging.getLogger(__name__)


@transaction.atomic
def apply_refund_report(
    channel_merchant: ChannelMerchant,
    report: RefundReport,
    *,
    cause: Move.Cause,
    sent_version: int | None = None,
) -> Applied:
    """Apply what a channel said of one refund: book it, release it, or look again later.

    ``sent_version`` is that of the row as it was sent, where this is the answer to that: a refusal
    speaks for one sending only, so it ends the refund only if nothing else was heard of it since.
    """
    refund = lock_refund(report.refund_serial_no, channel_merchant=channel_merchant)
    if refund is None:
        return _not_its_refund(report)
    reason = _refund_mismatch(refund, report)
    if reason:
        logger.error("report of refund %s not believed: %s", refund.refund_serial_no, reason)
        return Applied(Effect.MISMATCH, reason)
    if report.outcome == Outcome.SUCCEEDED:
        return _succeed(refund, report, cause)
    if report.outcome == Outcome.FAILED:
        if sent_version not in (None, refund.version):
            return _refund_goes_on(refund, replace(report, outcome=Outcome.UNKNOWN), cause)
        words = words_of(report.failure, otherwise="failed")
        return MOVED if release_refund(refund, words, cause=cause) else NOTHING
    return _refund_goes_on(refund, report, cause)


def _not_its_refund(report: RefundReport) -> Applied:
    if not Refund.objects.filter(refund_serial_no=report.refund_serial_no).exists():
        return Applied(Effect.UNKNOWN_NUMBER, "there is no refund with this number")
    logger.error("a channel speaks of %s to another channel merchant", report.refund_serial_no)
    return Applied(Effect.UNKNOWN_NUMBER, "the refund is another channel merchant's")


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
    refund = find(found)
    if refund is not None:
        note_refund(refund)
    return refund


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


def _succeed(refund: Refund, report: RefundReport, cause: Move.Cause) -> Applied:
    if refund.state == RefundState.FAILED and not _reserve_again(refund):
        logger.error("refund %s succeeded after its money was given back", refund.refund_serial_no)
        return Applied(Effect.MISMATCH, "it succeeded after it had failed; the rest is spent")
    booked = book_refund(
        refund,
        succeeded_at=report.succeeded_at or now(),
        channel_refund_no=report.channel_refund_no,
        cause=cause,
    )
    return MOVED if booked else NOTHING


def _reserve_again(refund: Refund) -> bool:
    """Take back what a failure released; False when something else has used it meanwhile."""
    if not set_aside_again(refund):
        return False
    refund.payment.refund_reserved += refund.amount
    return True


def book_refund(
    refund: Refund, *, succeeded_at: datetime, channel_refund_no: str, cause: Move.Cause | Because
) -> bool:
    """Book that the money went back; returns whether this call did. All its rows are locked."""
    facts = {"succeeded_at": succeeded_at, "channel_refund_no": channel_refund_no}
    if not move(refund, "succeed", cause=cause, **facts):
        return False
    book_returned(refund, cause=cause)
    return True


def book_returned(refund: Refund, *, cause: Move.Cause | Because) -> None:
    """Book money of a refund that has just become succeeded. All its rows are locked."""
    payment = refund.payment
    _shift_reservation(payment, refund.amount, booked=True)
    settle_returns(refund, cause=cause)
    post_refund(refund)
    if payment.settles_order:
        _refund_order(payment.order, refund.amount, cause)
    follow_refunds(payment, cause=cause)
    _tell_refund(refund, "refund.succeeded")


def release_refund(refund: Refund, words: dict[str, str], *, cause: Move.Cause | Because) -> bool:
    """Give the reservation back because of ``words``; returns whether this call did."""
    if not move(refund, "fail", cause=cause, **words):
        return False
    logger.error("refund %s failed: %s", refund.refund_serial_no, words["code"])
    _alert_failed(refund, words["code"])
    give_back(refund, "refund.failed", cause=cause)
    return True


def give_back(refund: Refund, type_: str, *, cause: Move.Cause | Because) -> None:
    """Undo the reservation of a refund that has just ended without money. Its rows are locked."""
    _shift_reservation(refund.payment, refund.amount, booked=False)
    undo_returns(refund, cause=cause)
    _tell_refund(refund, type_)
    follow_refunds(refund.payment, cause=cause)


def _alert_failed(refund: Refund, code: str) -> None:
    """Tell people that money did not go back; of a duplicate payment they hear otherwise."""
    if refund.payment.is_duplicate:
        return
    raise_alert(
        FAILED,
        _FAILED,
        severity=Alert.Severity.WARNING,
        merchant_id=refund.merchant_id,
        refund_serial_no=refund.refund_serial_no,
        serial_no=refund.payment.serial_no,
        amount=format_yuan(refund.amount),
        code=code,
    )


def _refund_goes_on(refund: Refund, report: RefundReport, cause: Move.Cause) -> Applied:
    """It is not decided yet: look again later, at once when the channel called to say so.

    What was never sent is not what the report is about: it stays to be sent.
    """
    if refund.due_at is None or not was_sent(refund):
        return NOTHING
    pending = report.outcome == Outcome.PENDING
    # A question nobody answered does not take back what the channel said before.
    stuck = report.needs_person or (refund.needs_person and not pending)
    due_at = next_look(STUCK_REFUND if stuck else REFUND, refund.asked, now())
    if pending and cause == Move.Cause.CALLBACK:
        due_at = now()
    facts = {"channel_refund_no": report.channel_refund_no} if pending else {}
    transition = "accept" if pending else "lose_track"
    if move(refund, transition, cause=cause, due_at=due_at, needs_person=stuck, **facts):
        return MOVED
    # Whoever is about to send it because the channel did not know it must hear of a change.
    version = refund.version + int(stuck != refund.needs_person)
    Refund.objects.filter(pk=refund.pk).update(
        due_at=due_at, asked=refund.asked + 1, needs_person=stuck, version=version
    )
    return NOTHING


def _shift_reservation(payment: Payment, amount: int, *, booked: bool) -> None:
    """Turn a reservation into money returned, or give it back. The row is locked."""
    payment.refund_reserved -= amount
    if booked:
        payment.refunded += amount
    payment.save(update_fields=["refund_reserved", "refunded", "shared"])


def _refund_order(order: Order, amount: int, cause: Move.Cause | Because) -> None:
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
