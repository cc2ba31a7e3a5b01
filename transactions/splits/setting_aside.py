"""Setting money of receivers aside for a refund that needs it.

A refund of more than is left unshared takes from the shares. What it takes moves from
``Payment.shared`` to ``Payment.refund_reserved``, and a return is planned for each share. Where the
channel takes shares back before a refund, the refund waits for them and is sent when the last one
came back; where it takes them back with the refund, nothing is sent for them and they end as the
refund does (``splits.taking_back``). All of it happens under the payment's lock.

What came back is not frozen any more, and until the rest is released such a channel refunds from
what is frozen alone. So a refund of more than that has the rest released first, and waits for it.
Nothing could be split of it anyway: the refund takes all that no receiver has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.split_contract import ReturnWay, SplitTerms
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.kernel.numbers import mint
from transactions.models import (
    Move,
    Payment,
    Refund,
    Split,
    SplitMode,
    SplitRelease,
    SplitReturn,
    SplitShare,
)
from transactions.split_lifecycle import UNDECIDED_SPLIT, SplitState
from transactions.splits.judging import frozen_part, is_frozen
from transactions.splits.split_truth import cancel_split
from transactions.splits.terms import earliest, required_terms, split_terms
from transactions.splits.writing import write_release


@dataclass(frozen=True, slots=True)
class Part:
    """``amount`` fen to be taken back of one share."""

    share: SplitShare
    amount: int


def set_aside(payment: Payment, amount: int, *, waits: bool = False) -> list[Part]:
    """Take out of the shares what a refund of ``amount`` fen needs of them; returns the parts.

    Changes ``payment`` without saving it. A split that was not sent yet is given up first, unless
    the refund ``waits`` for a second person, who may not agree. Each receiver gives in proportion
    to what it still has. Raises ``Problem``: ``request_in_progress`` while a split is under way,
    ``refund_exceeds_payment``.
    """
    terms = split_terms(payment.channel_merchant)
    if terms is None or payment.order.split_mode == SplitMode.NONE:
        return []
    if amount > payment.unshared:
        split = _undecided_split(payment)
        if split is not None and waits:
            raise _busy(split)
        if split is not None:
            _give_up(split, amount, terms)
    parts = _take_parts(payment, amount, terms) if amount > payment.unshared else []
    if not waits and _takes_more_than_frozen(payment, amount, terms):
        _release_first(payment, terms)
    return parts


def release_for(refund: Refund) -> None:
    """Have the rest released first for a refund that was approved, where it needs that.

    Its money is reserved already. The payment's row is locked.
    """
    payment = refund.payment
    terms = split_terms(payment.channel_merchant)
    if terms is None or payment.order.split_mode == SplitMode.NONE:
        return
    from_frozen_alone = terms.returns == ReturnWay.BEFORE_REFUND
    if from_frozen_alone and frozen_part(payment) < 0 and is_frozen(payment, terms):
        _release_first(payment, terms)


def _take_parts(payment: Payment, amount: int, terms: SplitTerms) -> list[Part]:
    needed = amount - payment.unshared
    shares = _returnable(payment, terms)
    there = sum(share.kept for share in shares)
    if needed > there:
        raise Problem(
            "refund_exceeds_payment",
            f"{payment.unshared + there} of {payment.amount} fen can be refunded: the rest was "
            "shared, and its receivers cannot give it back.",
        )
    payment.shared -= needed
    return proportional(shares, needed)


def _takes_more_than_frozen(payment: Payment, amount: int, terms: SplitTerms) -> bool:
    """Whether a refund needs money that came back while the rest of its payment is frozen."""
    from_frozen_alone = terms.returns == ReturnWay.BEFORE_REFUND
    return from_frozen_alone and amount > frozen_part(payment) and is_frozen(payment, terms)


def start_returns(refund: Refund) -> None:
    """Have the returns sent that a refund needs, now that it was approved."""
    refund.split_returns.filter(with_refund=False, due_at=None).update(due_at=now())


def _release_first(payment: Payment, terms: SplitTerms) -> None:
    if not SplitRelease.objects.filter(payment=payment).exists():
        write_release(payment, due_at=max(now(), earliest(payment, terms)))


def _undecided_split(payment: Payment) -> Split | None:
    rows = Split.objects.select_for_update(of=("self",), no_key=True)
    split = rows.filter(payment=payment, state__in=UNDECIDED_SPLIT).first()
    if split is not None:
        split.payment = payment
    return split


def _busy(split: Split) -> Problem:
    return Problem(
        "request_in_progress",
        f"Split {split.split_serial_no} is being worked on. Ask again when it is finished.",
        retry_after=60,
    )


def _give_up(split: Split, amount: int, terms: SplitTerms) -> None:
    """Give up a split that was not sent yet, for a refund of ``amount`` fen."""
    payment = split.payment
    if not cancel_split(split, cause=Move.Cause.REFUND):
        raise _busy(split)
    if split.rule_id and terms.must_release and payment.left > amount:
        # Nobody asks for a rule's split again: what the refund leaves is the company's.
        _release_first(payment, terms)


def _returnable(payment: Payment, terms: SplitTerms) -> list[SplitShare]:
    """Lock and return the shares that the channel takes back, oldest first."""
    rows = SplitShare.objects.select_for_update(of=("self",), no_key=True).select_related("split")
    shares = rows.filter(
        split__payment=payment,
        split__state=SplitState.FINISHED,
        result=SplitShare.Result.SUCCEEDED,
        kind__in=terms.returnable_kinds,
        finished_at__gt=now() - timedelta(seconds=terms.return_seconds),
    )
    return [share for share in shares.order_by("pk") if share.kept]


def proportional(shares: Sequence[SplitShare], needed: int) -> list[Part]:
    """Divide ``needed`` fen among shares by what each still has: the largest remainders round up.

    ``needed`` is at most what they have together; the parts add up to it.
    """
    there = sum(share.kept for share in shares)
    whole = [needed * share.kept // there for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda n: -(needed * shares[n].kept % there))
    for index in by_remainder[: needed - sum(whole)]:
        whole[index] += 1
    parts = zip(shares, whole, strict=True)
    return [Part(share, amount) for share, amount in parts if amount]


def plan_returns(refund: Refund, parts: Sequence[Part], *, due_at: datetime | None) -> None:
    """Plan the returns that a refund needs, and reserve them in their shares.

    Sent from ``due_at`` on; None while the refund waits for a second person.
    """
    carried = required_terms(refund.payment).returns == ReturnWay.WITH_REFUND
    moment = now()
    for part in parts:
        part.share.return_reserved += part.amount
        part.share.save(update_fields=["return_reserved"])
    SplitReturn.objects.bulk_create(
        SplitReturn(
            merchant_id=refund.merchant_id,
            application_id=refund.application_id,
            share=part.share,
            refund=refund,
            with_refund=carried,
            return_serial_no=mint("B", moment),
            amount=part.amount,
            due_at=None if carried else due_at,
            created_at=moment,
        )
        for part in parts
    )
