"""Sending to a channel, in a worker: load, call with no transaction open, apply in one commit.

Every function may run twice or late: it looks at the state first, and the number sent stays the
same, so the channel sees one payment or one refund however often this runs.
"""

import logging

from django.db import transaction

from gateway.calls import Called, call_channel
from gateway.contract import ConfigurationError
from gateway.messages import (
    Failure,
    InvokeMethod,
    Operation,
    Outcome,
    Payer,
    PaymentRef,
    PayRequest,
    PayResult,
    RefundReport,
    RefundRequest,
)
from notifications.services.record_event import record_event
from paycenter.kernel.clock import now
from transactions.lifecycle import PaymentState, RefundState
from transactions.models import Move, Payment, Refund
from transactions.moves import move
from transactions.representations import payment_resource
from transactions.schedule import PENDING_PAYMENT, UNKNOWN_PAYMENT, next_look, next_payment_look
from transactions.selectors import is_over, load_payment, load_refund
from transactions.services.effects import words_of
from transactions.services.refund_truth import apply_refund_report

logger = logging.getLogger(__name__)

TO_SEND = frozenset({PaymentState.INITIATING, PaymentState.UNKNOWN})


def send_payment(payment_id: int) -> Payment:
    """Ask the channel for a payment and store what it said; returns the payment as it is now.

    One that is over is never sent, however late this runs: a second attempt may be open already.
    """
    payment = load_payment(payment_id)
    if payment.state not in TO_SEND or is_over(payment):
        return payment
    request = _pay_request(payment)
    try:
        called = call_channel(
            payment.payment_account,
            Operation.PAY,
            payment.serial_no,
            lambda channel, account, transport: channel.pay(account, request, transport),
        )
    except ConfigurationError as error:
        logger.error("payment %s not sent: %s", payment.serial_no, error)
        failure = Failure("account_misconfigured", str(error))
        return _apply(payment, PayResult(Outcome.FAILED, failure=failure), None)
    return _apply(payment, called.answer, called)


def _apply(payment: Payment, result: PayResult, called: Called[PayResult] | None) -> Payment:
    with transaction.atomic():
        moved = _move_by(payment, result)
        if called is not None:
            called.record.save(force_insert=True)
        if moved and payment.state == PaymentState.FAILED:
            _tell_failed(payment)
    # Somebody else moved it meanwhile (a callback before this answer): theirs is the truth.
    return payment if moved else load_payment(payment.pk)


def _move_by(payment: Payment, result: PayResult) -> bool:
    moment, cause = now(), Move.Cause.ANSWER
    if result.outcome == Outcome.PENDING and result.action is not None:
        action = {"type": result.action.type.value, "params": dict(result.action.params)}
        due_at = next_payment_look(PENDING_PAYMENT, 0, moment, expires_at=payment.expires_at)
        return move(payment, "accept", cause=cause, action=action, due_at=due_at)
    if result.outcome == Outcome.FAILED:
        return move(payment, "fail", cause=cause, **words_of(result.failure, otherwise="rejected"))
    due_at = next_look(UNKNOWN_PAYMENT, payment.asked, moment)
    return move(payment, "lose_track", cause=cause, due_at=due_at)


def _pay_request(payment: Payment) -> PayRequest:
    return PayRequest(
        serial_no=payment.serial_no,
        amount=payment.amount,
        currency=payment.currency,
        subject=payment.order.subject,
        invoke_method=InvokeMethod(payment.invoke_method),
        expires_at=payment.expires_at,
        payer=Payer(**payment.launch["payer"]),
        return_url=payment.launch["return_url"],
    )


def _tell_failed(payment: Payment) -> None:
    record_event(
        application_id=payment.order.application_id,
        merchant_id=payment.merchant_id,
        type="payment.failed",
        data=payment_resource(payment),
        occurred_at=now(),
        url=payment.notify_url,
    )


def send_refund(refund_id: int) -> Refund:
    """Ask the channel for a refund, with the same number however often; returns it as it is now."""
    refund = load_refund(refund_id)
    if refund.state not in {RefundState.APPROVED, RefundState.UNKNOWN}:
        return refund
    payment = refund.payment
    request = RefundRequest(
        refund_serial_no=refund.refund_serial_no,
        payment=payment_ref(payment),
        amount=refund.amount,
        payment_amount=payment.amount,
        currency=refund.currency,
        reason=refund.reason,
    )
    try:
        called = call_channel(
            payment.payment_account,
            Operation.REFUND,
            refund.refund_serial_no,
            lambda channel, account, transport: channel.refund(account, request, transport),
        )
    except ConfigurationError as error:
        # Money that must go back stays due: whoever mends the account lets it go on.
        logger.error("refund %s not sent: %s", refund.refund_serial_no, error)
        return refund
    return apply_refund_answer(refund, called, Move.Cause.ANSWER)


def apply_refund_answer(refund: Refund, called: Called[RefundReport], cause: Move.Cause) -> Refund:
    """Apply an answer about a refund together with the record of the call."""
    with transaction.atomic():
        called.record.save(force_insert=True)
        apply_refund_report(refund.payment.channel_merchant, called.answer, cause=cause)
    return load_refund(refund.pk)


def payment_ref(payment: Payment) -> PaymentRef:
    """Return how the channel knows a payment."""
    return PaymentRef(payment.serial_no, payment.channel_serial_no or "")
