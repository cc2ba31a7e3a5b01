"""Sending a payment to its channel: load, call with no transaction open, apply in one commit.

A worker may run this twice or late: it looks at the state first, and the number sent stays the
same, so the channel sees one payment however often this runs. Where the launch data are computed
without a request there is nothing to wait for: they go into the commit that opens the payment.
"""

import logging

from django.db import transaction

from gateway.accounts import channel_account
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
)
from gateway.registry import channel_of
from notifications.services.record_event import record_event
from paycenter.kernel.clock import now
from paycenter.kernel.http import WireRequest, WireResponse
from paycenter.kernel.inserts import insert
from transactions.lifecycle import PaymentState
from transactions.models import Move, Payment, SplitMode
from transactions.moves import move
from transactions.representations import payment_resource
from transactions.schedule import PENDING_PAYMENT, UNKNOWN_PAYMENT, next_look, next_payment_look
from transactions.selectors import is_over, load_payment
from transactions.services.checkouts import checkout_url
from transactions.services.effects import words_of

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
        return _apply(payment, _misconfigured(payment, error), None)
    return _apply(payment, called.answer, called)


class _NothingIsSent:
    """The transport of a launch that a channel promised to compute without a request."""

    def send(self, request: WireRequest) -> WireResponse:
        """Refuse. Raises ``RuntimeError``."""
        raise RuntimeError(f"a local launch wants to send {request!r}")


def launch_locally(payment: Payment) -> None:
    """Give a new payment its launch data at once, if its channel needs no request for them.

    Belongs in the transaction that opens the payment.
    """
    channel = channel_of(payment.channel_merchant.channel)
    try:
        account = channel_account(payment.payment_account)
        if not channel.launches_locally(account, InvokeMethod(payment.invoke_method)):
            return
        result = channel.pay(account, _pay_request(payment), _NothingIsSent())
    except ConfigurationError as error:
        result = _misconfigured(payment, error)
    _conclude(payment, result, Move.Cause.REQUEST)


def _misconfigured(payment: Payment, error: ConfigurationError) -> PayResult:
    logger.error("payment %s not sent: %s", payment.serial_no, error)
    return PayResult(Outcome.FAILED, failure=Failure("account_misconfigured", str(error)))


def _apply(payment: Payment, result: PayResult, called: Called[PayResult] | None) -> Payment:
    with transaction.atomic():
        moved = _conclude(payment, result, Move.Cause.ANSWER)
        if called is not None:
            insert(called.record)
    # Somebody else moved it meanwhile (a callback before this answer): theirs is the truth.
    return payment if moved else load_payment(payment.pk)


def _conclude(payment: Payment, result: PayResult, cause: Move.Cause) -> bool:
    """Move a payment by what its channel answered; returns whether this call moved it."""
    moved = _move_by(payment, result, cause)
    if moved and payment.state == PaymentState.FAILED:
        _tell_failed(payment)
    return moved


def _move_by(payment: Payment, result: PayResult, cause: Move.Cause) -> bool:
    moment = now()
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
        return_url=_return_url(payment),
        freeze_for_split=payment.order.split_mode != SplitMode.NONE,
    )


def _return_url(payment: Payment) -> str:
    if payment.launch.get("returns_to_page"):
        return checkout_url(payment.order.checkout)
    return str(payment.launch["return_url"])


def _tell_failed(payment: Payment) -> None:
    record_event(
        application_id=payment.order.application_id,
        merchant_id=payment.merchant_id,
        type="payment.failed",
        data=payment_resource(payment),
        occurred_at=now(),
        url=payment.notify_url,
        dialect=payment.notify_dialect,
    )


def payment_ref(payment: Payment) -> PaymentRef:
    """Return how the channel knows a payment."""
    return PaymentRef(payment.serial_no, payment.channel_serial_no or "")
