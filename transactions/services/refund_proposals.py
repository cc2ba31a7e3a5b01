"""What two people decide about a refund that waits for one.

Some refunds end nowhere by themselves: money the channel could not return to its source, or a
channel that cannot say whether a refund happened. Somebody looks there and says what is true;
somebody else agrees, for it books money or sends it once more. Both are judged under the refund's
lock and against the version that was looked at, so that of two people, or of a person and a late
answer of the channel, one books; who decided, and why, stays in the history.
"""

from dataclasses import dataclass

from django.db import transaction

from paycenter.kernel.approvals import Decision, Verdict
from paycenter.kernel.clock import now
from transactions.lifecycle import OPEN_REFUND
from transactions.models import Move, Refund, RefundProposal
from transactions.moves import Because, move
from transactions.services.refund_truth import book_refund, lock_refund, release_refund

GIVEN_UP = {"code": "given_up", "message": ""}
Solution, State = RefundProposal.Solution, RefundProposal.State


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody found out, and how. ``version`` is that of the refund the person saw."""

    solution: RefundProposal.Solution
    by: str
    explanation: str
    version: int


def needs_decision(refund: Refund) -> bool:
    """Whether a refund waits for a person."""
    return refund.needs_person and refund.state in OPEN_REFUND


def is_current(proposal: RefundProposal) -> bool:
    """Whether a proposal waits, and its refund is still as it was looked at."""
    refund = proposal.refund
    unmoved = refund.version == proposal.refund_version
    return proposal.state == State.WAITING and unmoved and needs_decision(refund)


@transaction.atomic
def propose(refund_serial_no: str, found: Found) -> RefundProposal | None:
    """Keep what somebody found out; None when the refund changed, or when a proposal waits."""
    refund = lock_refund(refund_serial_no)
    if refund is None or not needs_decision(refund) or refund.version != found.version:
        return None
    waiting = RefundProposal.objects.filter(refund=refund, state=State.WAITING)
    if waiting.filter(refund_version=refund.version).exists():
        return None
    waiting.update(state=State.OUTDATED)
    return RefundProposal.objects.create(
        merchant_id=refund.merchant_id,
        refund=refund,
        refund_version=refund.version,
        solution=found.solution,
        explanation=found.explanation,
        proposed_by=found.by,
        created_at=now(),
    )


@transaction.atomic
def decide_proposal(proposal_id: int, decision: Decision) -> bool:
    """Do what was proposed, or refuse it; returns False when that is outdated, or was decided.

    ``decision.version`` is the proposal's id: what it says never changes. Raises
    ``ValidationError`` when the person who proposed it decides.
    """
    serial_no = RefundProposal.objects.values_list("refund__refund_serial_no", flat=True)
    refund = lock_refund(serial_no.get(pk=proposal_id))
    proposal = RefundProposal.objects.get(pk=proposal_id)
    if refund is None or decision.version != proposal.pk or proposal.state != State.WAITING:
        return False
    proposal.refund = refund
    if not is_current(proposal):
        _become(proposal, State.OUTDATED, "")
        return False
    decision.check_second_person(proposal.proposed_by)
    if decision.verdict == Verdict.REFUSE:
        return _become(proposal, State.REFUSED, decision.actor)
    because = Because(Move.Cause.PERSON, actor=decision.actor, note=decision.note)
    return _do(proposal, because) and _become(proposal, State.APPROVED, decision.actor)


def _become(proposal: RefundProposal, state: RefundProposal.State, by: str) -> bool:
    waiting = RefundProposal.objects.filter(pk=proposal.pk, state=State.WAITING)
    return bool(waiting.update(state=state, decided_by=by))


def _do(proposal: RefundProposal, because: Because) -> bool:
    refund = proposal.refund
    if proposal.solution == Solution.RETURNED:
        return book_refund(refund, succeeded_at=now(), channel_refund_no="", cause=because)
    if proposal.solution == Solution.GIVE_UP:
        return release_refund(refund, GIVEN_UP, cause=because)
    return move(refund, "allow_again", cause=because, due_at=now())
