"""What a refund waits for, and what becomes of the shares set aside for it when it ends.

``splits.setting_aside`` has the rules. Everything here happens under the payment's lock.
"""

from transactions.ledger.split_events import post_return
from transactions.models import Move, Refund, SplitMode, SplitRelease, SplitReturn, SplitShare
from transactions.moves import Because, move
from transactions.split_lifecycle import OPEN_RELEASE, OPEN_RETURN, ReturnState
from transactions.splits.telling import tell_return

GIVEN_UP = {"code": "refund_failed", "message": ""}


def may_need_shares(refund: Refund) -> bool:
    """Whether a refund can have returns at all; ``payment.order`` must be loaded with it."""
    return refund.payment.order.split_mode != SplitMode.NONE


def open_release(refund: Refund) -> SplitRelease | None:
    """Return the release of the rest that a refund waits for."""
    if not may_need_shares(refund):
        return None
    rows = SplitRelease.objects.filter(payment=refund.payment_id, state__in=OPEN_RELEASE)
    return rows.first()


def waiting_returns(refund: Refund) -> list[SplitReturn]:
    """Return what a refund waits for, oldest first."""
    if not may_need_shares(refund):
        return []
    rows = refund.split_returns.filter(with_refund=False, state__in=OPEN_RETURN)
    return list(rows.order_by("pk"))


def settle_returns(refund: Refund, *, cause: Move.Cause | Because) -> None:
    """Book the shares that came back with a refund that succeeded."""
    if not may_need_shares(refund):
        return
    for returned in _lock_returns(refund):
        facts = {"finished_at": refund.succeeded_at, "channel_return_no": ""}
        if returned.with_refund and move(returned, "succeed", cause=cause, **facts):
            book_in_share(returned.share, returned.amount)
            post_return(returned)
            tell_return(returned)


def book_in_share(share: SplitShare, amount: int) -> None:
    """Turn what was reserved in a share into what came back. The row is locked."""
    share.return_reserved -= amount
    share.returned += amount
    share.save(update_fields=["return_reserved", "returned"])


def free_in_share(share: SplitShare, amount: int) -> None:
    """Let a receiver keep what was reserved in its share. The row is locked."""
    share.return_reserved -= amount
    share.save(update_fields=["return_reserved"])


def undo_returns(refund: Refund, *, cause: Move.Cause | Because) -> None:
    """Give to the receivers again what did not come back for a refund that failed.

    Its reservation was given back before. Returns that were sent are still under way: they go on
    as if asked for by themselves.
    """
    if not may_need_shares(refund):
        return
    not_back = [one for one in _lock_returns(refund) if one.state != ReturnState.SUCCEEDED]
    if not not_back:
        return
    payment = refund.payment
    payment.shared += sum(returned.amount for returned in not_back)
    payment.save(update_fields=["shared"])
    for returned in not_back:
        never_sent = returned.sent_at is None and returned.state in OPEN_RETURN
        if never_sent and move(returned, "fail", cause=cause, **GIVEN_UP):
            free_in_share(returned.share, returned.amount)


def set_aside_again(refund: Refund) -> bool:
    """Take the shares once more that came back after all with a refund that had let them go.

    Changes the payment without saving it. False, and nothing is changed, where the money of the
    refund is not there any more.
    """
    payment = refund.payment
    carried = [
        returned
        for returned in (_lock_returns(refund) if may_need_shares(refund) else [])
        if returned.with_refund and returned.state == ReturnState.FAILED
    ]
    taken = sum(returned.amount for returned in carried)
    if any(returned.amount > returned.share.kept for returned in carried):
        return False
    if refund.amount > payment.unshared + taken:
        return False
    for returned in carried:
        returned.share.return_reserved += returned.amount
        returned.share.save(update_fields=["return_reserved"])
    payment.shared -= taken
    return True


def carried_shares(refund: Refund) -> list[SplitReturn]:
    """Return what a refund takes back from receivers itself, oldest first."""
    if not may_need_shares(refund):
        return []
    rows = refund.split_returns.filter(with_refund=True).select_related("share")
    return list(rows.order_by("pk"))


def _lock_returns(refund: Refund) -> list[SplitReturn]:
    """Lock and return a refund's returns with their shares, oldest first."""
    rows = refund.split_returns.select_for_update(of=("self", "share"), no_key=True)
    returns = list(rows.select_related("share__split", "share__receiver").order_by("pk"))
    for returned in returns:
        returned.share.split.payment = refund.payment
        returned.refund = refund
    return returns
