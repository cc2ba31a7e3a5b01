"""What a person decides about a refund that waits for one.

Some refunds end nowhere by themselves: money the channel could not return to its source, or a
channel that cannot say whether a refund happened. Somebody looks there and says what is true. The
decision is judged again under the row's lock, so that of two people, or of a person and a late
answer of the channel, one books; who decided, and why, stays in the history.
"""

from dataclasses import dataclass

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.clock import now
from transactions.lifecycle import OPEN_REFUND
from transactions.models import Move, Refund
from transactions.moves import Because, move
from transactions.services.refund_truth import book_refund, lock_refund, release_refund

GIVEN_UP = {"code": "given_up", "message": ""}


class Verdict(models.TextChoices):
    """What a person may decide."""

    RETURNED = "returned", _("The money went back")
    SEND_AGAIN = "send_again", _("It was not returned: send it again")
    GIVE_UP = "give_up", _("It was not returned: give it up")


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, who reached it and why. ``version`` is that of the row the person saw."""

    verdict: Verdict
    actor: str
    note: str
    version: int


def may_be_decided(refund: Refund) -> bool:
    """Whether a refund waits for a person."""
    return refund.needs_person and refund.state in OPEN_REFUND


@transaction.atomic
def decide_refund(refund_serial_no: str, decision: Decision) -> bool:
    """Do what a person decided; returns False when there was nothing to decide any more."""
    refund = lock_refund(refund_serial_no)
    if refund is None or not may_be_decided(refund) or refund.version != decision.version:
        return False
    because = Because(Move.Cause.PERSON, actor=decision.actor, note=decision.note)
    if decision.verdict == Verdict.RETURNED:
        return book_refund(refund, succeeded_at=now(), channel_refund_no="", cause=because)
    if decision.verdict == Verdict.GIVE_UP:
        return release_refund(refund, GIVEN_UP, cause=because)
    return move(refund, "allow_again", cause=because, due_at=now())
