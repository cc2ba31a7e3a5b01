"""Splits that a person asks for in the admin: sent only when a second person agrees.

The money is set aside when it is asked for, so that what the second person sees is still there. A
refund that needs it takes it back meanwhile, and the request is over.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.approvals import Decision, Verdict
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from transactions.locking import lock_shared_payment
from transactions.models import Move, Payment, Split
from transactions.moves import Because, move
from transactions.services.commands import ShareCommand
from transactions.split_lifecycle import BindingState, SplitState
from transactions.splits.judging import (
    check_amounts,
    check_not_freed,
    check_splittable,
    planned_shares,
)
from transactions.splits.split_truth import give_all_back, lock_shares
from transactions.splits.terms import earliest, most_shared, required_terms
from transactions.splits.writing import write_split

REFUSED = {"code": "not_approved", "message": ""}


@dataclass(frozen=True, slots=True)
class SplitWish:
    """What a person asks for, and why. ``release_rest`` frees what the shares leave."""

    shares: tuple[ShareCommand, ...]
    release_rest: bool
    asked_by: str
    reason: str


@transaction.atomic
def ask_for_split(payment_id: int, wish: SplitWish) -> Split:
    """Write a split that waits for a second person, and set its money aside.

    Raises ``Problem``: ``split_not_allowed``, ``request_in_progress``, ``invalid_request``,
    ``split_exceeds_payment``.
    """
    payment = lock_shared_payment(payment_id)
    shares = planned_shares(payment, check_splittable(payment), wish.shares)
    check_amounts(payment, shares)
    return write_split(
        payment,
        shares,
        due_at=None,
        state=SplitState.WAITING,
        release_rest=wish.release_rest,
        asked_by=wish.asked_by,
        reason=wish.reason,
    )


@transaction.atomic
def decide_split(split_id: int, decision: Decision) -> bool:
    """Approve or refuse a split that waits; returns False when it does not wait any more.

    Raises ``ValidationError`` when the person who asked for it decides, or when a split that is to
    be approved cannot be sent any more: it then waits on, and can still be refused.
    """
    split = _locked(split_id)
    if split.version != decision.version or split.state != SplitState.WAITING:
        return False
    decision.check_second_person(split.asked_by)
    because = Because(Move.Cause.PERSON, actor=decision.actor, note=decision.note)
    if decision.verdict == Verdict.APPROVE:
        due_at = max(now(), _sendable_from(split))
        return move(split, "approve", cause=because, decided_by=decision.actor, due_at=due_at)
    moved = move(split, "refuse", cause=because, decided_by=decision.actor)
    if moved:
        give_all_back(split, REFUSED)
    return moved


def _sendable_from(split: Split) -> datetime:
    """Return from when on the channel takes the split, or say why it never will."""
    payment = split.payment
    try:
        terms = required_terms(payment)
        check_not_freed(payment, terms)
    except Problem as problem:
        raise ValidationError(str(problem.detail)) from None
    _check_shares(split, payment)
    return earliest(payment, terms)


def _check_shares(split: Split, payment: Payment) -> None:
    lost = [one.receiver for one in lock_shares(split) if one.receiver.state != BindingState.BOUND]
    if lost:
        text = _("%(receiver)s is not bound at the channel.")
        raise ValidationError([ValidationError(text, params={"receiver": str(r)}) for r in lost])
    if payment.shared > most_shared(payment):
        raise ValidationError(_("The channel lets less of the payment be split by now."))


def _locked(split_id: int) -> Split:
    """Lock and return a split with its payment, which is locked first."""
    payment_id = Split.objects.values_list("payment_id", flat=True).get(pk=split_id)
    payment = lock_shared_payment(payment_id)
    split = Split.objects.select_for_update(of=("self",), no_key=True).get(pk=split_id)
    split.payment = payment
    return split
