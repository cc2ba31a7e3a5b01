"""Sending a return of a share and asking about it; a refund that waits works on its own first.

The same rules as for splits (``splits.sending``). Nothing is sent for a return that its refund
carries.
"""

import logging

from django.db import transaction

from gateway.calls import Called, call_channel
from gateway.contract import ConfigurationError
from gateway.messages import Operation
from gateway.split_messages import Receiver, ReturnReport, ReturnRequest, Share
from paycenter.kernel.clock import now
from paycenter.kernel.inserts import insert
from transactions.models import Move, Refund, SplitReturn
from transactions.schedule import REFUND, next_look
from transactions.split_lifecycle import OPEN_RETURN
from transactions.splits.claiming import claim, may_send_again
from transactions.splits.releases import send_release
from transactions.splits.return_truth import apply_return_report
from transactions.splits.selectors import returns
from transactions.splits.sending import receiver_of
from transactions.splits.taking_back import carried_shares, open_release, waiting_returns

logger = logging.getLogger(__name__)

DESCRIPTION = "退回分账"


def load_return(return_id: int) -> SplitReturn:
    """Return one return of a share by its row id."""
    return returns().get(pk=return_id)


def look_at_return(return_id: int) -> SplitReturn:
    """Send a return that never was, or learn what became of it; returns it as it is now."""
    returned = load_return(return_id)
    if returned.state not in OPEN_RETURN or returned.with_refund:
        return returned
    if returned.sent_at is None:
        return _send(returned)
    asked_at = now()
    request = _request(returned)
    called = call_channel(
        returned.share.split.payment.payment_account,
        Operation.RETURN_QUERY,
        returned.return_serial_no,
        lambda channel, account, transport: channel.splitting().return_query(
            account, request, transport
        ),
    )
    if called.answer.missing and may_send_again(returned, asked_at=asked_at):
        insert(called.record)
        return _send(returned)
    return _apply(returned, called, Move.Cause.QUERY)


def bring_back(refund: Refund) -> bool:
    """Work on what a refund waits for; returns whether it may be sent now, as far as that goes."""
    waiting, release = waiting_returns(refund), open_release(refund)
    for returned in waiting:
        look_at_return(returned.pk)
    if release is not None:
        send_release(release.pk)
    if not waiting and release is None:
        return True
    still_open = Refund.objects.filter(pk=refund.pk, due_at__isnull=False)
    if waiting_returns(refund) or open_release(refund):
        later = next_look(REFUND, refund.asked, now())
        still_open.update(due_at=later, asked=refund.asked + 1)
        return False
    return still_open.exists()


def returned_with(refund: Refund) -> tuple[Share, ...]:
    """Return what a refund takes back from receivers itself, the same on every resend.

    A receiver is named once, however many shares it got.
    """
    amounts: dict[Receiver, int] = {}
    for returned in carried_shares(refund):
        receiver = receiver_of(returned.share)
        amounts[receiver] = amounts.get(receiver, 0) + returned.amount
    return tuple(Share(receiver, amount, DESCRIPTION) for receiver, amount in amounts.items())


def _send(returned: SplitReturn) -> SplitReturn:
    payment = returned.share.split.payment
    request = _request(returned)
    try:
        if not claim(returned, payment):
            return load_return(returned.pk)
        called = call_channel(
            payment.payment_account,
            Operation.SPLIT_RETURN,
            returned.return_serial_no,
            lambda channel, account, transport: channel.splitting().return_share(
                account, request, transport
            ),
        )
    except ConfigurationError as error:
        logger.error("return %s not sent: %s", returned.return_serial_no, error)
        return load_return(returned.pk)
    return _apply(returned, called, Move.Cause.ANSWER, sent_version=returned.version)


def _apply(
    returned: SplitReturn,
    called: Called[ReturnReport],
    cause: Move.Cause,
    *,
    sent_version: int | None = None,
) -> SplitReturn:
    """Apply an answer about a return together with the record of the call."""
    owner = returned.share.split.payment.channel_merchant
    with transaction.atomic():
        insert(called.record)
        apply_return_report(owner, called.answer, cause=cause, sent_version=sent_version)
    return load_return(returned.pk)


def _request(returned: SplitReturn) -> ReturnRequest:
    share = returned.share
    return ReturnRequest(
        return_serial_no=returned.return_serial_no,
        split_serial_no=share.split.split_serial_no,
        receiver=receiver_of(share),
        amount=returned.amount,
        description=DESCRIPTION,
    )
