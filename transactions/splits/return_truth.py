"""The one door for truth about returns of shares, and for the refund that waits for one."""

import logging

from django.db import transaction

from gateway.messages import Outcome
from gateway.split_messages import ReturnReport
from merchants.models import ChannelMerchant
from paycenter.kernel.clock import now
from transactions.ledger.split_events import post_return
from transactions.lifecycle import OPEN_REFUND
from transactions.locking import lock_shared_payment
from transactions.models import Move, Payment, Refund, SplitReturn
from transactions.moves import move
from transactions.schedule import SPLIT, next_look
from transactions.services.effects import (
    CHANNEL_NUMBER,
    MOVED,
    NOTHING,
    Applied,
    Effect,
    words_of,
)
from transactions.services.refund_truth import lock_refund, release_refund
from transactions.split_lifecycle import OPEN_RETURN, ReturnState
from transactions.splits.taking_back import book_in_share, free_in_share, waiting_returns
from transactions.splits.telling import alert_of_odd_return, alert_of_return, tell_return

logger = logging.getLogger(__name__)


@transaction.atomic
def apply_return_report(
    channel_merchant: ChannelMerchant,
    report: ReturnReport,
    *,
    cause: Move.Cause,
    sent_version: int | None = None,
) -> Applied:
    """Apply what a channel said of one return: book it, give it up, or look again later.

    ``sent_version`` as in ``apply_split_report``.
    """
    returned = _lock_return(report.return_serial_no, channel_merchant)
    if returned is None:
        return Applied(Effect.UNKNOWN_NUMBER, "there is no return with this number")
    number = report.channel_return_no
    if number and not CHANNEL_NUMBER.fullmatch(number):
        logger.error("report of return %s not believed: %r", returned.return_serial_no, number)
        return Applied(Effect.MISMATCH, f"channel return number {number[:70]!r}")
    if report.outcome == Outcome.SUCCEEDED:
        return _succeed(returned, report, cause)
    if report.outcome == Outcome.FAILED and sent_version in (None, returned.version):
        return _fail(returned, words_of(report.failure, otherwise="failed"), cause)
    return _go_on(returned, report, cause)


def _lock_return(return_serial_no: str, owner: ChannelMerchant) -> SplitReturn | None:
    """Lock and return a return with its share, after the refund that waits and the payment."""
    own = SplitReturn.objects.filter(
        return_serial_no=return_serial_no, share__split__payment__channel_merchant=owner
    )
    found = own.values_list("share__split__payment_id", "refund__refund_serial_no").first()
    if found is None:
        return None
    payment_id, refund_serial_no = found
    refund = lock_refund(refund_serial_no) if refund_serial_no else None
    payment = refund.payment if refund else lock_shared_payment(payment_id)
    rows = own.select_for_update(of=("self", "share"), no_key=True)
    returned = rows.select_related("share__split", "share__receiver").get()
    returned.share.split.payment, returned.refund = payment, refund
    return returned


def _awaited_by(returned: SplitReturn) -> Refund | None:
    """Return the refund whose reservation holds the money of a return, if one does."""
    refund = returned.refund
    waits = refund is not None and refund.state in OPEN_REFUND
    return refund if waits and returned.state in OPEN_RETURN else None


def _succeed(returned: SplitReturn, report: ReturnReport, cause: Move.Cause) -> Applied:
    share, awaited_by = returned.share, _awaited_by(returned)
    if returned.state == ReturnState.FAILED:
        if returned.amount > share.kept:
            alert_of_odd_return(returned)
            return Applied(Effect.MISMATCH, "it succeeded after it had failed; the share is gone")
        share.return_reserved += returned.amount
    facts = {
        "finished_at": report.finished_at or now(),
        "channel_return_no": report.channel_return_no,
    }
    if not move(returned, "succeed", cause=cause, **facts):
        return NOTHING
    book_in_share(share, returned.amount)
    post_return(returned)
    if awaited_by is None:
        _give_to_payment(share.split.payment, returned.amount)
    elif not waiting_returns(awaited_by):
        Refund.objects.filter(pk=awaited_by.pk).update(due_at=now())
    tell_return(returned)
    return MOVED


def _give_to_payment(payment: Payment, amount: int) -> None:
    payment.shared -= amount
    payment.save(update_fields=["shared"])


def _fail(returned: SplitReturn, words: dict[str, str], cause: Move.Cause) -> Applied:
    awaited_by = _awaited_by(returned)
    if not move(returned, "fail", cause=cause, **words):
        return NOTHING
    free_in_share(returned.share, returned.amount)
    alert_of_return(returned)
    if awaited_by is not None:
        release_refund(awaited_by, words, cause=cause)
    return MOVED


def _go_on(returned: SplitReturn, report: ReturnReport, cause: Move.Cause) -> Applied:
    """It is not decided yet: look again later."""
    if returned.state not in OPEN_RETURN:
        return NOTHING
    due_at = next_look(SPLIT, returned.asked, now())
    pending = report.outcome == Outcome.PENDING
    facts = {"channel_return_no": report.channel_return_no} if pending else {}
    if move(returned, "accept" if pending else "lose_track", cause=cause, due_at=due_at, **facts):
        return MOVED
    SplitReturn.objects.filter(pk=returned.pk).update(due_at=due_at, asked=returned.asked + 1)
    return NOTHING
