"""Refunds that wait for a second person: what people ask for, and what goes beyond a limit.

A company says up to which amount refunds of one payment go at once (``Merchant.refund_limit``); all
its refunds count, so that a large one cannot be asked for in parts. The money is reserved while a
refund waits, and nothing is sent for it. An offline refund, which the company paid out by itself,
always waits: its proof is what the second person looks at.
"""

from dataclasses import dataclass
from typing import BinaryIO

from django.core.files import File
from django.db import transaction

from paycenter.kernel.approvals import Decision, Verdict
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.kernel.stored_files import Keep, kept_if_written
from transactions.lifecycle import PaymentState, RefundState
from transactions.locking import lock_shared_payment
from transactions.models import Move, Payment, Refund
from transactions.moves import Because, move
from transactions.services.duplicates import follow_refunds
from transactions.services.refund_truth import book_returned, give_back, lock_refund
from transactions.services.reserving import reserve_refund, usual_url
from transactions.splits.setting_aside import release_for, start_returns

_PROOFS = Refund.proof.field


@dataclass(frozen=True, slots=True)
class RefundWish:
    """``amount`` fen that a person asks to be returned, and why.

    ``proof`` is a document of what the company paid out by itself; blank: the channel returns it.
    """

    amount: int
    reason: str
    asked_by: str
    proof: BinaryIO | None = None
    proof_name: str = ""


def needs_second_person(payment: Payment, amount: int, *, by_person: bool) -> bool:
    """Whether ``amount`` fen more of a payment are returned only when a second person agrees."""
    limit = payment.merchant.refund_limit
    if limit is None:
        return by_person
    return payment.refunded + payment.refund_reserved + amount > limit


def ask_for_refund(payment_id: int, wish: RefundWish) -> Refund:
    """Write what a person asks for; it waits, or is to be sent at once: its state says which.

    Raises ``Problem``: ``payment_not_refundable``, ``refund_exceeds_payment``,
    ``request_in_progress``. The proof of what is not written is not kept either.
    """
    with transaction.atomic(), kept_if_written(_PROOFS.storage) as keep:
        return _write_wish(payment_id, wish, keep)


def _write_wish(payment_id: int, wish: RefundWish, keep: Keep) -> Refund:
    payment = lock_shared_payment(payment_id)
    if payment.state != PaymentState.SUCCEEDED:
        raise Problem("payment_not_refundable", f"The payment is {payment.state}, not succeeded.")
    offline = wish.proof is not None
    refund = reserve_refund(
        payment,
        amount=wish.amount,
        reason=wish.reason,
        waits=offline or needs_second_person(payment, wish.amount, by_person=True),
        application_id=payment.order.application_id,
        notify_url=usual_url(payment, payment.notify_url),
        asked_by=wish.asked_by,
        is_offline=offline,
        proof=_keep_proof(wish.proof, wish.proof_name, keep) if wish.proof else "",
    )
    follow_refunds(payment, cause=Move.Cause.PERSON)
    return refund


def _keep_proof(proof: BinaryIO, name: str, keep: Keep) -> str:
    """Store it and return the name that its refund knows it by."""
    return keep(_PROOFS.generate_filename(Refund(), name), File(proof, name))


@transaction.atomic
def decide_waiting_refund(refund_id: int, decision: Decision) -> bool:
    """Approve or refuse a refund that waits; returns False when it does not wait any more.

    Raises ``ValidationError`` when the person who asked for it decides.
    """
    refund_serial_no = Refund.objects.values_list("refund_serial_no", flat=True).get(pk=refund_id)
    refund = lock_refund(refund_serial_no)
    if refund is None or refund.version != decision.version or refund.state != RefundState.WAITING:
        return False
    decision.check_second_person(refund.asked_by)
    because = Because(Move.Cause.PERSON, actor=decision.actor, note=decision.note)
    if decision.verdict == Verdict.REFUSE:
        return _reject(refund, because)
    return _approve_offline(refund, because) if refund.is_offline else _approve(refund, because)


def _approve(refund: Refund, because: Because) -> bool:
    if not move(refund, "approve", cause=because, decided_by=because.actor, due_at=now()):
        return False
    start_returns(refund)
    release_for(refund)
    return True


def _approve_offline(refund: Refund, because: Because) -> bool:
    facts = {"decided_by": because.actor, "succeeded_at": now()}
    if not move(refund, "approve_offline", cause=because, **facts):
        return False
    book_returned(refund, cause=because)
    return True


def _reject(refund: Refund, because: Because) -> bool:
    if not move(refund, "reject", cause=because, decided_by=because.actor):
        return False
    give_back(refund, "refund.rejected", cause=because)
    return True
