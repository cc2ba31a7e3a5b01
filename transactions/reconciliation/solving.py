"""What people do about a difference: somebody proposes a solution, somebody else agrees.

Everything is judged again under the row's lock, against the version the person saw. Who did what,
and why, stays in the history.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from paycenter.kernel.clock import now
from transactions.difference_lifecycle import DifferenceState, Solution
from transactions.ledger.difference_events import post_solution
from transactions.models import Difference, Move
from transactions.moves import Because, move


class Done(StrEnum):
    """What became of one person's wish about one difference."""

    DONE = "done"
    CHANGED = "changed"
    """Somebody else changed it meanwhile, or it is no longer in a state for this."""
    OWN_PROPOSAL = "own_proposal"
    """Whoever proposed a solution does not resolve it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A difference as a person saw it."""

    pk: int
    version: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a difference is to be resolved, and why."""

    solution: Solution
    explanation: str


def assign(seen: Seen, *, assignee: str, actor: str) -> Done:
    """Have somebody look after a difference."""
    return _change(seen, lambda row: _moved(row, "assign", actor, assignee, assignee=assignee))


def propose(seen: Seen, proposal: Proposal, *, actor: str) -> Done:
    """Propose how a difference is resolved; somebody else decides."""
    return _change(
        seen,
        lambda row: _moved(
            row,
            "propose",
            actor,
            proposal.explanation,
            solution=proposal.solution,
            explanation=proposal.explanation,
            proposed_by=actor,
        ),
    )


def reject(seen: Seen, *, actor: str, note: str) -> Done:
    """Want another solution; who proposed it may take it back as well."""
    return _change(seen, lambda row: _moved(row, "reject", actor, note))


def resolve(seen: Seen, *, actor: str) -> Done:
    """Agree with somebody else's proposal, and book what it says."""
    return _change(seen, lambda row: _resolve(row, actor))


def _resolve(row: Difference, actor: str) -> Done:
    if row.state == DifferenceState.PROPOSED and row.proposed_by == actor:
        return Done.OWN_PROPOSAL
    done = _moved(row, "resolve", actor, "", resolved_by=actor, resolved_at=now())
    if done is Done.DONE:
        Difference.objects.filter(pk=row.pk).update(journal_entry=post_solution(row))
    return done


def _moved(row: Difference, transition: str, actor: str, note: str, **facts: object) -> Done:
    because = Because(Move.Cause.PERSON, actor=actor, note=note[:200])
    return Done.DONE if move(row, transition, cause=because, **facts) else Done.CHANGED


@transaction.atomic
def _change(seen: Seen, change: Callable[[Difference], Done]) -> Done:
    rows = Difference.objects.select_for_update(of=("self",)).select_related(
        "channel_merchant", "payment", "refund", "bill_line"
    )
    row = rows.filter(pk=seen.pk, version=seen.version).first()
    return Done.CHANGED if row is None else change(row)
