"""What the solution of a difference books: the money in question goes to suspense.

Afterwards the channel's account says what the channel says. The channel's fees are booked with its
bill already, so a difference of fees has nothing to book.
"""

from transactions.difference_lifecycle import Solution
from transactions.ledger.posting import Posting, Side, post
from transactions.lifecycle import PaymentState
from transactions.models import Account, Difference, JournalEntry

_SIGNS = {"payment": 1, "refund": -1, "split": -1}
"""Whether a movement brings money to the channel or takes it away."""


def post_solution(difference: Difference) -> int | None:
    """Book a resolved difference; returns the entry's row id, None where nothing is booked."""
    amount = amount_in_question(difference)
    if difference.solution != Solution.SUSPENSE or not amount:
        return None
    return post(
        Posting(
            kind=JournalEntry.Kind.SUSPENSE,
            reference=f"difference:{difference.pk}",
            channel_merchant=difference.channel_merchant,
            occurred_at=difference.resolved_at or difference.created_at,
            debits=[Side(Account.CHANNEL, amount)],
            credits=[Side(Account.SUSPENSE, amount)],
            payment=difference.payment,
            refund=difference.refund,
            posted_by=difference.resolved_by,
            note=difference.explanation,
        )
    )


def amount_in_question(difference: Difference) -> int:
    """Return by how many fen the channel has more than we booked, negative for less."""
    if difference.type == Difference.Type.FEE:
        return 0
    return _SIGNS.get(difference.movement, 1) * (_theirs(difference) - _ours(difference))


def _theirs(difference: Difference) -> int:
    line = difference.bill_line
    moved = line is not None and line.outcome == PaymentState.SUCCEEDED
    return (difference.theirs or 0) if moved else 0


def _ours(difference: Difference) -> int:
    row = difference.refund or difference.payment
    moved = row is None or row.state == PaymentState.SUCCEEDED
    return (difference.ours or 0) if moved else 0
