"""What a person decides about money that was paid twice and is held.

The decision is judged again under the payment's lock, so that of two people, or of a person and an
application that returns the money itself, one decides; who did, and why, stays in the history.
"""

from dataclasses import dataclass

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from transactions.ledger.events import book_kept
from transactions.lifecycle import DuplicateState
from transactions.models import DuplicatePayment, Move
from transactions.moves import Because, move
from transactions.services.duplicates import lock_duplicate, return_surplus
from transactions.services.payment_truth import lock_payment


class Verdict(models.TextChoices):
    """What a person may decide."""

    RETURN = "return", _("Return it")
    KEEP = "keep", _("Keep it")


DECIDED_IN = {
    Verdict.RETURN: frozenset({DuplicateState.HELD, DuplicateState.KEEP}),
    Verdict.KEEP: frozenset({DuplicateState.HELD}),
}
"""What may be decided, and about which duplicate payments."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, who reached it and why. ``version`` is that of the row the person saw."""

    verdict: Verdict
    actor: str
    note: str
    version: int


def may_be_decided(duplicate: DuplicatePayment, verdict: Verdict) -> bool:
    """Whether a person may decide this about a duplicate payment."""
    return duplicate.state in DECIDED_IN[verdict]


@transaction.atomic
def decide_duplicate(serial_no: str, decision: Decision) -> bool:
    """Do what a person decided; returns False when there was nothing to decide any more."""
    payment = lock_payment(serial_no)
    if payment is None or not payment.is_duplicate:
        return False
    duplicate = lock_duplicate(payment)
    if duplicate.version != decision.version:
        return False
    because = Because(Move.Cause.PERSON, actor=decision.actor, note=decision.note)
    keeps = decision.verdict == Verdict.KEEP
    if not move(duplicate, "keep" if keeps else "give_back", cause=because):
        return False
    book_kept(payment, payment.left if keeps else 0, by=decision.actor, note=decision.note)
    if not keeps:
        return_surplus(payment)
    return True
