"""Deciding about several duplicate payments at once, each as if it were alone."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from paycenter.operators.bulk.deed import Deed, Skipped, Wish
from paycenter.operators.columns import Text
from paycenter.operators.confirm import CHANGED_MEANWHILE
from transactions.models import DuplicatePayment
from transactions.services.duplicate_decisions import (
    Decision,
    Verdict,
    decide_duplicate,
    may_be_decided,
)

CHANGE = "transactions.change_duplicatepayment"
WHAT_HAPPENS = {
    Verdict.RETURN: _("What is left is sent back to where it came from, by a refund of its own."),
    Verdict.KEEP: _(
        "The company keeps it, as agreed with the payer, for example as a prepayment. It can still "
        "be returned later."
    ),
}
TITLES = {Verdict.RETURN: _("Return the selected"), Verdict.KEEP: _("Keep the selected")}


class DecideDuplicates(Deed):
    """Return or keep several of them."""

    permission = CHANGE
    proved = True
    asks_why = True

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.code = verdict.value
        self.title = TITLES[verdict]
        self.explanation = WHAT_HAPPENS[verdict]
        self.told = verdict.label

    def rows(self) -> QuerySet[DuplicatePayment]:
        """Return them with their payments."""
        return DuplicatePayment.objects.select_related("merchant", "payment")

    def why_not(self, row: DuplicatePayment, by: str) -> Text:
        """Leave out what was decided."""
        del by
        return "" if may_be_decided(row, self.verdict) else _("There is nothing to decide.")

    def amount(self, row: DuplicatePayment) -> int | None:
        """Return what is left of the payment."""
        return row.payment.left

    def seen(self, row: DuplicatePayment) -> int:
        """Return the version the decision is about."""
        return row.version

    def do(self, row: DuplicatePayment, wish: Wish) -> Text:
        """Decide; what goes back is sent within seconds."""
        decision = Decision(self.verdict, wish.by, wish.why, version=wish.seen)
        if not decide_duplicate(row.payment.serial_no, decision):
            raise Skipped(CHANGED_MEANWHILE)
        return ""
