"""Two people: whoever asks for something never decides about it.

What waits is judged again when it is approved, under the locks of the row it is about: the money
may have moved since it was asked for.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class Verdict(models.TextChoices):
    """What the second person may decide."""

    APPROVE = "approve", _("Approve")
    REFUSE = "refuse", _("Refuse")


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, who reached it and why. ``version`` is that of the row the person saw."""

    verdict: Verdict
    actor: str
    note: str
    version: int

    def check_second_person(self, asked_by: str) -> None:
        """Raise ``ValidationError`` when who asked for it decides about it."""
        if self.actor == asked_by:
            raise ValidationError(_("Somebody else than who asked for it must decide."))
