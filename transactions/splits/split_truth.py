"""The one door for truth about splits: each share is booked, or given back, once.

A split is done when each of its shares is decided, and shares end for themselves: that some
succeed while others fail is normal. What a share did not take is the payment's again.
"""

import logging
from collections.abc import Sequence

from django.db import transaction

from gateway.messages import Outcome
from gateway.split_messages import ShareReport, SplitReport
from merchants.models import ChannelMerchant
from paycenter.kernel.clock import now
from paycenter.kernel.rows import find
from transactions.ledger.split_events import post_share
from transactions.locking import lock_shared_payment
from transactions.models import Move, Payment, Split, SplitShare
from transactions.moves import Because, move
from transactions.schedule import SPLIT, next_look
from transactions.services.effects import (
    CHANNEL_NUMBER,
    MOVED,
    NOTHING,
    Applied,
    Effect,
    words_of,
)
from transactions.split_lifecycle import OPEN_SPLIT
from transactions.splits.telling import alert_of_share, alert_of_split, tell_split

logger = logging.getLogger(__name__)

Result = SplitShare.Result
_RESULTS = {Outcome.SUCCEEDED: Result.SUCCEEDED, Outcome.FAILED: Result.FAILED}
_TAKEN = (Outcome.PENDING, Outcome.SUCCEEDED)
CANCELLED = {"code": "cancelled_by_refund", "message": ""}


@transaction.atomic
def apply_split_report(
    channel_merchant: ChannelMerchant,
    report: SplitReport,
    *,
    cause: Move.Cause,
    sent_version: int | None = None,
) -> Applied:
    """Apply what a channel said of one split: book shares, end it, or look again later.

    ``sent_version`` is that of the row as it was sent, where this is the answer to that: a refusal
    speaks for one sending only, so it ends the split only if nothing was sent or heard since.
    """
    split = lock_split(report.split_serial_no, channel_merchant=channel_merchant)
    if split is None:
        return Applied(Effect.UNKNOWN_NUMBER, "there is no split with this number")
    if split.state not in OPEN_SPLIT:
        return NOTHING
    shares = lock_shares(split)
    reason = _mismatch(shares, report)
    if reason:
        logger.error("report of split %s not believed: %s", split.split_serial_no, reason)
        _look_later(split)
        return Applied(Effect.MISMATCH, reason)
    if report.outcome == Outcome.FAILED and sent_version in (None, split.version):
        words = words_of(report.failure, otherwise="failed")
        return MOVED if _fail(split, shares, words, cause=cause) else NOTHING
    if report.outcome in _TAKEN:
        _decide(split.payment, shares, report.shares)
    return _finish(split, shares, report, cause) or _go_on(split, report, cause)


def lock_split(split_serial_no: str, *, channel_merchant: ChannelMerchant) -> Split | None:
    """Lock and return a split with its payment, which is locked first."""
    own = Split.objects.filter(
        split_serial_no=split_serial_no, payment__channel_merchant=channel_merchant
    )
    payment_id = own.values_list("payment_id", flat=True).first()
    if payment_id is None:
        return None
    payment = lock_shared_payment(payment_id)
    split = find(own.select_for_update(of=("self",), no_key=True))
    if split is not None:
        split.payment = payment
    return split


def lock_shares(split: Split) -> list[SplitShare]:
    """Lock and return the shares of a split, in the order in which they are sent."""
    rows = split.shares.select_for_update(of=("self",), no_key=True).select_related("receiver")
    shares = list(rows)
    for share in shares:
        share.split = split
    return shares


def _mismatch(shares: Sequence[SplitShare], report: SplitReport) -> str:
    if report.channel_split_no and not CHANNEL_NUMBER.fullmatch(report.channel_split_no):
        return f"channel split number {report.channel_split_no[:70]!r}"
    amounts = [share.amount for share in shares]
    told = [share.amount for share in report.shares]
    if told and told != amounts:
        return f"shares of {told} instead of {amounts} fen"
    if report.outcome == Outcome.FAILED and any(one.result == Result.SUCCEEDED for one in shares):
        return "refused as a whole, though a share of it succeeded"
    return ""


def _decide(payment: Payment, shares: Sequence[SplitShare], reports: Sequence[ShareReport]) -> None:
    """Book or give back each share that is decided now and was not before."""
    for share, report in zip(shares, reports, strict=False):
        if share.result == Result.PENDING and report.outcome in _RESULTS:
            share.result = _RESULTS[report.outcome]
            share.channel_share_no = _number(report.channel_share_no)
            share.finished_at = report.finished_at or now()
            if share.result == Result.SUCCEEDED:
                share.save()
                post_share(share)
            else:
                _give_back(payment, share, words_of(report.failure, otherwise="failed"))
                alert_of_share(share)


def _number(text: str) -> str:
    return text if CHANNEL_NUMBER.fullmatch(text) else ""


def _give_back(payment: Payment, share: SplitShare, words: dict[str, str]) -> None:
    """Make the money of a share that was not made the payment's again."""
    share.result = Result.FAILED
    share.failure_code, share.failure_message = words["code"], words["message"]
    share.finished_at = share.finished_at or now()
    share.save()
    payment.shared -= share.amount
    payment.save(update_fields=["shared"])


def _finish(
    split: Split, shares: Sequence[SplitShare], report: SplitReport, cause: Move.Cause
) -> Applied | None:
    """End a split whose shares are all decided; None while one is not."""
    undecided = any(share.result == Result.PENDING for share in shares)
    if report.outcome != Outcome.SUCCEEDED or undecided:
        return None
    facts = {"finished_at": now(), "channel_split_no": report.channel_split_no}
    if not move(split, "finish", cause=cause, **facts):
        return NOTHING
    tell_split(split, "split.finished")
    return MOVED


def _fail(
    split: Split, shares: Sequence[SplitShare], words: dict[str, str], *, cause: Move.Cause
) -> bool:
    """End a split that was refused as a whole: no share was made."""
    if not move(split, "fail", cause=cause, **words):
        return False
    for share in shares:
        if share.result == Result.PENDING:
            _give_back(split.payment, share, words)
    alert_of_split(split)
    tell_split(split, "split.failed")
    return True


def cancel_split(split: Split, *, cause: Move.Cause | Because) -> bool:
    """Give up a split that was never sent; returns whether it could be. Its rows are locked."""
    if split.sent_at is not None or not move(split, "cancel", cause=cause):
        return False
    give_all_back(split, CANCELLED)
    tell_split(split, "split.failed")
    return True


def give_all_back(split: Split, words: dict[str, str]) -> None:
    """Make the money of a split that nobody sent the payment's again. Its rows are locked."""
    for share in lock_shares(split):
        _give_back(split.payment, share, words)


def _go_on(split: Split, report: SplitReport, cause: Move.Cause) -> Applied:
    """It is not decided yet: look again later."""
    due_at = next_look(SPLIT, split.asked, now())
    accepted = report.outcome in _TAKEN
    facts = {"channel_split_no": report.channel_split_no} if accepted else {}
    transition = "accept" if accepted else "lose_track"
    if move(split, transition, cause=cause, due_at=due_at, **facts):
        return MOVED
    _look_later(split)
    return NOTHING


def _look_later(split: Split) -> None:
    Split.objects.filter(pk=split.pk).update(
        due_at=next_look(SPLIT, split.asked, now()), asked=split.asked + 1
    )
