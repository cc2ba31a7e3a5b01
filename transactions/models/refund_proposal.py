"""What somebody found out about a refund that waits for a person, and proposes to do about it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant
from transactions.models.refund import Refund


class RefundProposal(models.Model):
    """``refund_version`` is that of the refund as it was looked at.

    A refund that moved since makes it outdated: somebody looks again. What it says never changes.
    """

    class Solution(models.TextChoices):
        """What is true of the refund, and what follows."""

        RETURNED = "returned", _("The money went back")
        SEND_AGAIN = "send_again", _("It was not returned: send it again")
        GIVE_UP = "give_up", _("It was not returned: give it up")

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", _("waits for approval")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        OUTDATED = "outdated", _("outdated")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, related_name="+", verbose_name=_("refund")
    )
    refund_version = models.PositiveIntegerField()
    solution = models.CharField(_("solution"), max_length=10, choices=Solution.choices)
    explanation = models.CharField(_("how that is known"), max_length=200)
    proposed_by = models.CharField(_("proposed by"), max_length=150)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("proposed at"))

    class Meta:
        verbose_name = _("decision about a refund")
        verbose_name_plural = _("decisions about refunds")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(proposed_by="") & ~Q(proposed_by=F("decided_by")),
                name="refund_proposal_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | ~Q(decided_by=""),
                name="refund_proposal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "approved", "refused", "outdated"]),
                name="refund_proposal_state_known",
            ),
            models.UniqueConstraint(
                fields=["refund"],
                condition=Q(state="waiting"),
                name="refund_proposal_one_waits",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="refund_proposal_by_merchant"),
            models.Index(
                fields=["id"], condition=Q(state="waiting"), name="refund_proposal_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.refund}: {self.get_solution_display()}"

    @property
    def amount(self) -> int:
        """What the refund is about, in fen."""
        return self.refund.amount
