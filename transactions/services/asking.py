"""Asking a channel what became of something, and closing what must not be paid any more.

This is where everything that is due ends up. A payment the channel does not know is sent again with
the same number; one that is over (out of time, or replaced by a newer attempt) is closed at the
channel and believed to be closed only when a query says so.
"""

from dataclasses import replace

from django.db import transaction

from gateway.calls import call_channel
from gateway.messages import Operation, Outcome, PaymentReport, RefundRef
from paycenter.kernel.clock import now
from transactions.lifecycle import OPEN_PAYMENT, OPEN_REFUND, PaymentState
from transactions.models import Move, Payment, Refund
from transactions.schedule import EXPIRY_GRACE, IN_FLIGHT
from transactions.selectors import is_over, load_payment, load_refund
from transactions.services.payment_truth import apply_payment_report
from transactions.services.sending import (
    TO_SEND,
    apply_refund_answer,
    payment_ref,
    send_payment,
    send_refund,
)


def look_at_payment(payment_id: int) -> Payment:
    """Learn from the channel what became of a payment and do what follows; returns it as it is."""
    payment = load_payment(payment_id)
    if payment.state not in OPEN_PAYMENT:
        return payment
    report = _query(payment)
    payment = load_payment(payment_id)
    if payment.state not in OPEN_PAYMENT:
        return payment
    if is_over(payment):
        return _end(payment, report)
    never_arrived = report.missing or report.outcome == Outcome.PENDING
    if never_arrived and payment.state in TO_SEND:
        return send_payment(payment_id)
    return payment


def sync_payment(payment_id: int) -> Payment:
    """Ask the channel whatever state we believe in; returns the payment as the channel says."""
    payment = load_payment(payment_id)
    if payment.state in OPEN_PAYMENT:
        return look_at_payment(payment_id)
    _query(payment)
    return load_payment(payment_id)


def close_payment(payment_id: int) -> Payment:
    """Close a payment at its channel, then ask; returns it as the channel says it is."""
    payment = load_payment(payment_id)
    if payment.state not in OPEN_PAYMENT:
        return payment
    reference = payment_ref(payment)
    called = call_channel(
        payment.payment_account,
        Operation.CLOSE,
        payment.serial_no,
        lambda channel, account, transport: channel.close(account, reference, transport),
    )
    called.record.save(force_insert=True)
    _query(payment)
    return load_payment(payment_id)


def look_at_refund(refund_id: int) -> Refund:
    """Learn what became of a refund; one the channel does not know is sent with its number."""
    refund = load_refund(refund_id)
    if refund.state not in OPEN_REFUND:
        return refund
    reference = RefundRef(refund.refund_serial_no, payment_ref(refund.payment))
    called = call_channel(
        refund.payment.payment_account,
        Operation.REFUND_QUERY,
        refund.refund_serial_no,
        lambda channel, account, transport: channel.refund_query(account, reference, transport),
    )
    if called.answer.missing:
        called.record.save(force_insert=True)
        return send_refund(refund_id)
    return apply_refund_answer(refund, called, Move.Cause.QUERY)


def _query(payment: Payment) -> PaymentReport:
    reference = payment_ref(payment)
    called = call_channel(
        payment.payment_account,
        Operation.QUERY,
        payment.serial_no,
        lambda channel, account, transport: channel.query(account, reference, transport),
    )
    with transaction.atomic():
        called.record.save(force_insert=True)
        apply_payment_report(payment.channel_merchant, called.answer, cause=Move.Cause.QUERY)
    return called.answer


def _end(payment: Payment, report: PaymentReport) -> Payment:
    """Close a payment that is over; the channel has the last word."""
    if not report.missing or payment.state == PaymentState.PENDING:
        return close_payment(payment.pk) if _grace_is_over(payment) else payment
    if now() < payment.created_at + IN_FLIGHT:
        return payment
    # The channel never got it, and it is never sent again: there is nothing to close.
    never_made = replace(report, outcome=Outcome.FAILED, closed=True)
    apply_payment_report(payment.channel_merchant, never_made, cause=Move.Cause.QUERY)
    return load_payment(payment.pk)


def _grace_is_over(payment: Payment) -> bool:
    """A payer who began just before the expiry may finish; a replaced attempt has no grace."""
    return hasattr(payment, "repeated_by") or now() > payment.expires_at + EXPIRY_GRACE
