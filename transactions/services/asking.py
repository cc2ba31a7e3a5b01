"""Asking a channel what became of something, and closing what must not be paid any more.

This is where everything that is due ends up. A payment the channel does not know is sent again with
the same number; one that is over (out of time, replaced by a newer attempt, or needless because
another one was paid) is closed at the channel and believed to be closed only when a query says so.

Some channels know a payment only once its payer has come (Alipay: trade query answers
``ACQ.TRADE_NOT_EXIST`` until then). Such a link cannot be closed, and whoever holds it can pay
until it expires: a pending payment the channel does not know ends only after that.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from gateway.calls import call_channel
from gateway.messages import Operation, Outcome, PaymentReport, RefundRef
from gateway.registry import channel_of
from paycenter.kernel.clock import now
from paycenter.kernel.inserts import insert
from transactions.lifecycle import OPEN_PAYMENT, OPEN_REFUND, PaymentState
from transactions.models import Move, Payment, Refund
from transactions.schedule import EXPIRY_GRACE, IN_FLIGHT, end_of_grace
from transactions.selectors import is_needless, is_over, load_payment, load_refund, was_sent
from transactions.services.payment_truth import apply_payment_report
from transactions.services.refund_sending import (
    apply_refund_answer,
    may_send_again,
    needs_a_person,
    send_refund,
    send_refund_again,
)
from transactions.services.sending import TO_SEND, payment_ref, send_payment


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


@dataclass(frozen=True, slots=True)
class Closing:
    """A payment as it is after an attempt to close it.

    ``missing``: the channel does not know it, so there was nothing to close.
    """

    payment: Payment
    missing: bool = False


def close_payment(payment_id: int) -> Closing:
    """Close a payment at its channel, then ask; returns it as the channel says it is."""
    payment = load_payment(payment_id)
    if payment.state not in OPEN_PAYMENT:
        return Closing(payment)
    reference = payment_ref(payment)
    called = call_channel(
        payment.payment_account,
        Operation.CLOSE,
        payment.serial_no,
        lambda channel, account, transport: channel.close(account, reference, transport),
    )
    insert(called.record)
    report = _query(payment)
    payment = load_payment(payment_id)
    if report.missing and is_over(payment):
        payment = _end_missing(payment, report)
    return Closing(payment, missing=report.missing)


def look_at_refund(refund_id: int) -> Refund:
    """Learn what became of a refund; one the channel does not know is sent with its number."""
    refund = load_refund(refund_id)
    if refund.state not in OPEN_REFUND:
        return refund
    if not was_sent(refund):
        return send_refund(refund_id)
    asked_at = now()
    reference = RefundRef(refund.refund_serial_no, payment_ref(refund.payment))
    called = call_channel(
        refund.payment.payment_account,
        Operation.REFUND_QUERY,
        refund.refund_serial_no,
        lambda channel, account, transport: channel.refund_query(account, reference, transport),
    )
    if called.answer.missing and may_send_again(refund, asked_at=asked_at):
        insert(called.record)
        return send_refund_again(refund)
    if called.answer.missing and needs_a_person(refund):
        called = replace(called, answer=replace(called.answer, needs_person=True))
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
        insert(called.record)
        apply_payment_report(payment.channel_merchant, called.answer, cause=Move.Cause.QUERY)
    return called.answer


def _end(payment: Payment, report: PaymentReport) -> Payment:
    """Close a payment that is over; the channel has the last word."""
    if report.missing:
        return _end_missing(payment, report)
    return close_payment(payment.pk).payment if _grace_is_over(payment) else payment


def _end_missing(payment: Payment, report: PaymentReport) -> Payment:
    """End a payment its channel does not know, once nobody can make it known any more."""
    if payment.state not in OPEN_PAYMENT or now() <= payable_until(payment):
        return payment
    never_paid = replace(report, outcome=Outcome.FAILED, closed=True)
    apply_payment_report(payment.channel_merchant, never_paid, cause=Move.Cause.QUERY)
    return load_payment(payment.pk)


def payable_until(payment: Payment) -> datetime:
    """Return until when a payment its channel does not know may still be paid.

    One that nobody got launch data for can be paid by nobody: only a request of ours on its way
    can still make it known.
    """
    if payment.state != PaymentState.PENDING:
        return payment.created_at + IN_FLIGHT
    channel = channel_of(payment.channel_merchant.channel)
    return end_of_grace(payment.expires_at, binding_expiry=channel.binding_expiry)


def _grace_is_over(payment: Payment) -> bool:
    """A payer who began just before the expiry may finish; a needless attempt has no grace."""
    return is_needless(payment) or now() > payment.expires_at + EXPIRY_GRACE
