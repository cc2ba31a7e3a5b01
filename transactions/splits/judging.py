"""Whether a payment may be divided now, and so: every rule of a split by hand, in one place.

The payment's row is locked wherever these are asked, so that what they say stays true.
"""

from collections.abc import Sequence

from gateway.split_contract import SplitTerms
from paycenter.kernel.clock import now
from paycenter.kernel.errors import FieldError, Problem
from transactions.lifecycle import PaymentState
from transactions.models import Payment, Receiver, SplitMode, SplitRelease, SplitShare
from transactions.services.commands import ShareCommand
from transactions.split_lifecycle import (
    UNDECIDED_SPLIT,
    BindingState,
    ReleaseState,
    SplitState,
)
from transactions.splits.shares import PlannedShare
from transactions.splits.terms import latest, most_shared, required_terms

MADE = (SplitShare.Result.PENDING, SplitShare.Result.SUCCEEDED)
"""A share in one of these counts against the most that may be shared, even if it came back."""


def check_splittable(payment: Payment) -> SplitTerms:
    """Return the terms on which a payment may be divided by its application, now.

    Raises ``Problem``: ``split_not_allowed``, ``request_in_progress``.
    """
    if payment.state != PaymentState.SUCCEEDED or not payment.settles_order:
        raise Problem("split_not_allowed", "The payment did not succeed, or settles no order.")
    terms = required_terms(payment)
    if payment.order.split_mode != SplitMode.MANUAL:
        raise Problem("split_not_allowed", "The company's rule divides this payment.")
    check_frozen(payment, terms)
    made = payment.splits.exclude(state__in=[SplitState.FAILED, SplitState.CANCELLED])
    if made.count() >= terms.most_splits:
        raise Problem("split_not_allowed", f"A payment is split {terms.most_splits} times at most.")
    return terms


def may_be_split_by_hand(payment: Payment) -> bool:
    """Whether a payment succeeded and was made to be divided by hand, at whatever time."""
    return (
        payment.state == PaymentState.SUCCEEDED
        and payment.settles_order
        and payment.order.split_mode == SplitMode.MANUAL
    )


def check_frozen(payment: Payment, terms: SplitTerms) -> None:
    """Check that what is left of a payment is still frozen, and no split is being worked on.

    Raises ``Problem``: ``split_not_allowed``, ``request_in_progress``.
    """
    check_not_freed(payment, terms)
    under_way = payment.splits.filter(state__in=UNDECIDED_SPLIT).first()
    if under_way is not None:
        raise Problem(
            "request_in_progress",
            f"Split {under_way.split_serial_no} of this payment is {under_way.state}. Wait for "
            "its end.",
        )


def check_not_freed(payment: Payment, terms: SplitTerms) -> None:
    """Check that nothing freed the rest of a payment. Raises ``Problem`` ``split_not_allowed``."""
    if now() > latest(payment, terms):
        raise Problem("split_not_allowed", "The time in which the payment could be split is over.")
    if was_freed(payment):
        raise Problem("split_not_allowed", "The rest of the payment was freed.")


def was_freed(payment: Payment) -> bool:
    """Whether the rest of a payment was freed, or is about to be, by a split or by itself."""
    if payment.splits.filter(state=SplitState.FINISHED, release_rest=True).exists():
        return True
    released = SplitRelease.objects.filter(payment=payment)
    return released.exclude(state=ReleaseState.FAILED).exists()


def check_amounts(payment: Payment, shares: Sequence[PlannedShare]) -> None:
    """Check that the shares are there to be given. Raises ``Problem`` ``split_exceeds_payment``."""
    wanted = sum(share.amount for share in shares)
    if wanted > payment.unshared:
        raise Problem(
            "split_exceeds_payment",
            f"{payment.unshared} of {payment.amount} fen can still be shared.",
        )
    most, given = most_shared(payment), shared_so_far(payment)
    if given + wanted > most:
        raise Problem(
            "split_exceeds_payment",
            f"{most} of {payment.amount} fen may be shared in all, {given} were: "
            f"{max(most - given, 0)} fen are allowed.",
        )


def frozen_part(payment: Payment) -> int:
    """Return what no refund and no share took of a payment: frozen as long as nothing freed it."""
    return payment.left - shared_so_far(payment)


def is_frozen(payment: Payment, terms: SplitTerms) -> bool:
    """Whether what no share took waits at the channel to be divided or freed."""
    return terms.must_release and now() <= latest(payment, terms) and not was_freed(payment)


def shared_so_far(payment: Payment) -> int:
    """Return how many fen of a payment were given to receivers, or are about to be."""
    shares = SplitShare.objects.filter(split__payment=payment, result__in=MADE)
    return sum(shares.values_list("amount", flat=True))


def planned_shares(
    payment: Payment, terms: SplitTerms, commands: Sequence[ShareCommand]
) -> list[PlannedShare]:
    """Return the shares an application asks for. Raises ``Problem`` ``invalid_request``."""
    if len(commands) > terms.most_shares:
        raise _invalid("shares", "max_length", f"at most {terms.most_shares} shares")
    bound = _bound_receivers(payment, commands)
    errors = []
    seen: set[str] = set()
    for index, command in enumerate(commands):
        field = f"shares[{index}].receiver_id"
        if command.receiver_id not in bound:
            errors.append(
                FieldError(field, "unknown", "not bound at the payment's channel merchant")
            )
        if command.receiver_id in seen:
            errors.append(FieldError(field, "duplicate", "a receiver gets one share of a split"))
        seen.add(command.receiver_id)
    if errors:
        raise Problem("invalid_request", "Correct the fields listed in errors.", errors=errors)
    return [PlannedShare(bound[one.receiver_id], one.amount, one.description) for one in commands]


def _bound_receivers(payment: Payment, commands: Sequence[ShareCommand]) -> dict[str, Receiver]:
    found = Receiver.objects.filter(
        channel_merchant=payment.channel_merchant_id,
        receiver_no__in=[command.receiver_id for command in commands],
        state=BindingState.BOUND,
    )
    return {receiver.receiver_no: receiver for receiver in found}


def _invalid(field: str, code: str, detail: str) -> Problem:
    return Problem(
        "invalid_request",
        "Correct the fields listed in errors.",
        errors=[FieldError(field, code, detail)],
    )
