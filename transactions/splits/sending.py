"""Sending a split and asking about it, until each of its shares is decided.

Nothing is sent before the channel divides the payment, and nothing under a lock. A timeout is
unknown: the split is asked about with its number, and sent again with it only after the channel
said that it does not know it, asked when no request of ours could still be on its way.
"""

import logging

from django.db import transaction

from gateway.calls import Called, call_channel
from gateway.contract import ConfigurationError
from gateway.messages import Operation
from gateway.split_messages import Receiver, ReceiverKind, Share, SplitReport, SplitRequest
from paycenter.kernel.clock import now
from paycenter.kernel.inserts import insert
from transactions.models import Move, Split, SplitShare
from transactions.services.sending import payment_ref
from transactions.split_lifecycle import OPEN_SPLIT
from transactions.splits.claiming import claim, may_send_again
from transactions.splits.selectors import splits
from transactions.splits.split_truth import apply_split_report
from transactions.splits.terms import earliest, required_terms

logger = logging.getLogger(__name__)


def load_split(split_id: int) -> Split:
    """Return one split by its row id."""
    return splits().get(pk=split_id)


def send_split(split_id: int) -> Split:
    """Ask the channel for a split that was never sent; returns it as it is now."""
    split = load_split(split_id)
    ready = now() >= earliest(split.payment, required_terms(split.payment))
    if split.sent_at is not None or split.state not in OPEN_SPLIT or not ready:
        return split
    return _send(split)


def look_at_split(split_id: int) -> Split:
    """Learn what became of a split; one the channel does not know is sent with its number."""
    split = load_split(split_id)
    if split.sent_at is None:
        return send_split(split_id)
    if split.state not in OPEN_SPLIT:
        return split
    asked_at = now()
    request = split_request(split)
    called = call_channel(
        split.payment.payment_account,
        Operation.SPLIT_QUERY,
        split.split_serial_no,
        lambda channel, account, transport: channel.splitting().split_query(
            account, request, transport
        ),
    )
    if called.answer.missing and may_send_again(split, asked_at=asked_at):
        insert(called.record)
        return _send(split)
    return _apply(split, called, Move.Cause.QUERY)


def _send(split: Split) -> Split:
    request = split_request(split)
    try:
        if not claim(split, split.payment):
            return load_split(split.pk)
        called = call_channel(
            split.payment.payment_account,
            Operation.SPLIT,
            split.split_serial_no,
            lambda channel, account, transport: channel.splitting().split(
                account, request, transport
            ),
        )
    except ConfigurationError as error:
        # Whoever mends the account lets it go on: it stays due.
        logger.error("split %s not sent: %s", split.split_serial_no, error)
        return load_split(split.pk)
    return _apply(split, called, Move.Cause.ANSWER, sent_version=split.version)


def _apply(
    split: Split,
    called: Called[SplitReport],
    cause: Move.Cause,
    *,
    sent_version: int | None = None,
) -> Split:
    """Apply an answer about a split together with the record of the call."""
    owner = split.payment.channel_merchant
    with transaction.atomic():
        insert(called.record)
        apply_split_report(owner, called.answer, cause=cause, sent_version=sent_version)
    return load_split(split.pk)


def split_request(split: Split) -> SplitRequest:
    """Return what is sent for a split, the same every time."""
    return SplitRequest(
        split_serial_no=split.split_serial_no,
        payment=payment_ref(split.payment),
        shares=tuple(
            Share(receiver_of(share), share.amount, share.description)
            for share in split.shares.all()
        ),
        release_rest=split.release_rest,
    )


def receiver_of(share: SplitShare) -> Receiver:
    """Return who gets a share, as the channel knows the account."""
    return Receiver(ReceiverKind(share.kind), share.unseal("sealed_account"))
