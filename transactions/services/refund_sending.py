"""Sending a refund to its channel: once, or again where its number makes sure that it stays one.

At most channels the number of a refund makes it one refund however often it is sent. Where it does
not (``Channel.refund_is_idempotent``), a refund is *claimed* before anything is sent: it is
``unknown`` from then on, committed, and only whoever made that move sends. Either way it is sent
again only after the channel said that it does not know it, asked when no request of ours could
still be on its way: the refusal of a second sending must not speak for a first one under way.
"""

import logging
from datetime import datetime
from functools import partial

from django.db import transaction

from gateway.accounts import channel_account
from gateway.calls import Called, call_channel
from gateway.contract import Channel, ConfigurationError, Transport
from gateway.messages import ChannelAccount, Operation, RefundReport, RefundRequest
from gateway.registry import channel_of
from gateway.split_messages import Share, SplitRefundRequest
from paycenter.kernel.clock import now
from paycenter.kernel.inserts import insert
from transactions.lifecycle import OPEN_REFUND, RefundState
from transactions.models import Move, Refund
from transactions.moves import move
from transactions.schedule import IN_FLIGHT, LEASE
from transactions.selectors import load_refund, was_sent
from transactions.services.refund_truth import apply_refund_report
from transactions.services.sending import payment_ref
from transactions.splits.return_sending import bring_back, returned_with

logger = logging.getLogger(__name__)


def send_refund(refund_id: int) -> Refund:
    """Ask the channel for a refund that was never sent; returns it as it is now.

    One that was sent before is asked about instead (``services.asking``). What it waits for, shares
    that must come back first, is worked on before.
    """
    refund = load_refund(refund_id)
    if was_sent(refund) or refund.state != RefundState.APPROVED:
        return refund
    return _send(refund) if bring_back(refund) else load_refund(refund_id)


def may_send_again(refund: Refund, *, asked_at: datetime) -> bool:
    """Whether a refund may be sent that its channel, asked at ``asked_at``, does not know."""
    last_sent = refund.sent_at or refund.created_at
    arrived = asked_at >= last_sent + IN_FLIGHT
    return arrived and refund.state in OPEN_REFUND and not needs_a_person(refund)


def needs_a_person(refund: Refund) -> bool:
    """Whether "not known" leaves it open if this refund, which was sent, returned money.

    It does where a refund without a number was taken once, and where the account speaks to its
    channel in another way now than when the refund was sent.
    """
    changed = refund.sent_unnumbered == _is_repeatable(refund)
    taken = refund.sent_unnumbered and refund.state == RefundState.PROCESSING
    return refund.needs_person or changed or taken


def send_refund_again(refund: Refund) -> Refund:
    """Send a refund its channel does not know; returns it as it is now.

    ``refund`` must be the row as it was read *before* the channel was asked: if anybody sent it
    meanwhile, the answer says nothing about that, and the claim on the older row fails.
    """
    return _send(refund)


def _is_repeatable(refund: Refund) -> bool:
    """Whether this refund sent again stays one. Raises ``ConfigurationError``."""
    account = refund.payment.payment_account
    channel = channel_of(account.channel_merchant.channel)
    return channel.refund_is_idempotent(channel_account(account))


def _send(refund: Refund) -> Refund:
    payment = refund.payment
    request = RefundRequest(
        refund_serial_no=refund.refund_serial_no,
        payment=payment_ref(payment),
        amount=refund.amount,
        payment_amount=payment.amount,
        currency=refund.currency,
        reason=refund.reason,
    )
    returned = returned_with(refund)
    ask = partial(_ask_with_shares, returned) if returned else _ask
    try:
        if not _claim(refund):
            return load_refund(refund.pk)
        called = call_channel(
            payment.payment_account,
            Operation.REFUND,
            refund.refund_serial_no,
            partial(ask, request),
        )
    except ConfigurationError as error:
        # Money that must go back stays due: whoever mends the account lets it go on.
        logger.error("refund %s not sent: %s", refund.refund_serial_no, error)
        return load_refund(refund.pk)
    return apply_refund_answer(refund, called, Move.Cause.ANSWER, sent_version=refund.version)


def _ask(
    request: RefundRequest, channel: Channel, account: ChannelAccount, transport: Transport
) -> RefundReport:
    return channel.refund(account, request, transport)


def _ask_with_shares(
    returned: tuple[Share, ...],
    request: RefundRequest,
    channel: Channel,
    account: ChannelAccount,
    transport: Transport,
) -> RefundReport:
    """Have the channel take shares back with the refund."""
    with_shares = SplitRefundRequest(request, returned)
    return channel.splitting().refund(account, with_shares, transport)


def _claim(refund: Refund) -> bool:
    """Commit that the refund is about to be sent; returns whether this caller may send it."""
    moment = now()
    if _is_repeatable(refund):
        Refund.objects.filter(pk=refund.pk).update(sent_at=moment)
        return True
    account = refund.payment.payment_account
    channel_of(account.channel_merchant.channel).check_account(channel_account(account))
    with transaction.atomic():
        return move(refund, "claim", cause=Move.Cause.SEND, sent_at=moment, due_at=moment + LEASE)


def apply_refund_answer(
    refund: Refund,
    called: Called[RefundReport],
    cause: Move.Cause,
    *,
    sent_version: int | None = None,
) -> Refund:
    """Apply an answer about a refund together with the record of the call."""
    owner = refund.payment.channel_merchant
    with transaction.atomic():
        insert(called.record)
        apply_refund_report(owner, called.answer, cause=cause, sent_version=sent_version)
    return load_refund(refund.pk)
