"""Every state and every allowed move of a difference; as in ``transactions.lifecycle``."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition


class DifferenceState(models.TextChoices):
    """States of a difference."""

    PENDING = "pending", _("waits for the next channel bill")
    OPEN = "open", _("open")
    ASSIGNED = "assigned", _("assigned")
    PROPOSED = "proposed", _("solution proposed")
    RESOLVED = "resolved", _("resolved")
    VANISHED = "vanished", _("gone: the partner was found")


class Solution(models.TextChoices):
    """How a difference is resolved, and what that books."""

    EXPLAINED = "explained", _("explained, nothing to book")
    SUSPENSE = "suspense", _("book what differs to suspense")


UNRESOLVED = frozenset(
    {
        DifferenceState.PENDING,
        DifferenceState.OPEN,
        DifferenceState.ASSIGNED,
        DifferenceState.PROPOSED,
    }
)


class DifferenceLifecycle(FSMModelMixin, models.Model):
    """Moves of a difference: whoever proposes its solution does not resolve it."""

    state = FSMField(
        _("state"),
        default=DifferenceState.OPEN,
        choices=DifferenceState.choices,
        protected=True,
    )
    assignee = models.CharField(_("assigned to"), max_length=150, blank=True)
    solution = models.CharField(_("solution"), max_length=10, choices=Solution.choices, blank=True)
    explanation = models.CharField(_("explanation"), max_length=200, blank=True)
    proposed_by = models.CharField(_("proposed by"), max_length=150, blank=True)
    resolved_by = models.CharField(_("resolved by"), max_length=150, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @transition(state, source=DifferenceState.PENDING, target=DifferenceState.OPEN)
    def mature(self) -> None:
        """No later channel bill had its partner either."""

    @transition(
        state,
        source=[DifferenceState.OPEN, DifferenceState.ASSIGNED],
        target=DifferenceState.ASSIGNED,
    )
    def assign(self, *, assignee: str) -> None:
        """Somebody looks after it."""
        self.assignee = assignee

    @transition(
        state,
        source=[DifferenceState.OPEN, DifferenceState.ASSIGNED],
        target=DifferenceState.PROPOSED,
    )
    def propose(self, *, solution: str, explanation: str, proposed_by: str) -> None:
        """Somebody says how it is to be resolved."""
        self.solution = solution
        self.explanation = explanation
        self.proposed_by = proposed_by

    @transition(state, source=DifferenceState.PROPOSED, target=DifferenceState.ASSIGNED)
    def reject(self) -> None:
        """A second person wants another solution."""
        self.assignee = self.assignee or self.proposed_by
        self.solution = ""
        self.proposed_by = ""

    @transition(state, source=DifferenceState.PROPOSED, target=DifferenceState.RESOLVED)
    def resolve(self, *, resolved_by: str, resolved_at: datetime) -> None:
        """A second person agreed."""
        self.resolved_by = resolved_by
        self.resolved_at = resolved_at

    @transition(
        state,
        source=[
            DifferenceState.PENDING,
            DifferenceState.OPEN,
            DifferenceState.ASSIGNED,
            DifferenceState.PROPOSED,
        ],
        target=DifferenceState.VANISHED,
    )
    def vanish(self, *, resolved_at: datetime) -> None:
        """Both sides are equal now: a later channel bill, a revision or a late result did it."""
        self.resolved_at = resolved_at
