"""Agreeing with several proposals at once, each as if it were alone."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from paycenter.operators.bulk.deed import Deed, Skipped, Wish
from paycenter.operators.columns import Text
from paycenter.operators.confirm import CHANGED_MEANWHILE
from transactions.difference_lifecycle import DifferenceState, Solution
from transactions.ledger.difference_events import amount_in_question
from transactions.models import Difference
from transactions.reconciliation import solving
from transactions.reconciliation.solving import Done, Seen

CHANGE = "transactions.change_difference"
RESOLVED = _("Resolved.")
PROBLEMS = {
    Done.CHANGED: CHANGED_MEANWHILE,
    Done.OWN_PROPOSAL: _("You proposed this yourself: somebody else has to agree."),
}


class AgreeWithProposals(Deed):
    """Resolve several differences as somebody else proposed."""

    code = "agree"
    title = _("Agree with the selected proposals")
    explanation = _(
        "Each difference is resolved as somebody else proposed. What goes to suspense is booked."
    )
    permission = CHANGE
    told = RESOLVED
    proved = True

    def rows(self) -> QuerySet[Difference]:
        """Return differences with what they are about."""
        return Difference.objects.select_related("merchant", "payment", "refund", "bill_line")

    def why_not(self, row: Difference, by: str) -> Text:
        """Leave out what has no proposal, and what the person proposed."""
        if row.state != DifferenceState.PROPOSED:
            return _("No solution is proposed.")
        return PROBLEMS[Done.OWN_PROPOSAL] if row.proposed_by == by else ""

    def about(self, row: Difference) -> Text:
        """Say what is proposed, by whom and why."""
        if row.state != DifferenceState.PROPOSED:
            return ""
        return f"{row.get_solution_display()}: {row.explanation} · {row.proposed_by}"

    def amount(self, row: Difference) -> int | None:
        """Return what is booked to suspense."""
        return amount_in_question(row) if row.solution == Solution.SUSPENSE else None

    def seen(self, row: Difference) -> int:
        """Return the version of what was proposed."""
        return row.version

    def do(self, row: Difference, wish: Wish) -> Text:
        """Resolve it."""
        became = solving.resolve(Seen(row.pk, wish.seen), actor=wish.by)
        if became is not Done.DONE:
            raise Skipped(PROBLEMS[became])
        return ""
