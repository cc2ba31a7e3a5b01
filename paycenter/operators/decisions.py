"""The page on which a second person approves or refuses what somebody asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.approvals import Decision, Verdict
from paycenter.operators.base import ScopedAdmin
from paycenter.operators.columns import Text
from paycenter.operators.confirm import CHANGED_MEANWHILE, done, page_context, refused, row_or_404
from paycenter.operators.reasons import in_words
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.theme import TextInputWidget, action


class DecisionForm(forms.Form):
    """Why a person decides so. ``version`` is that of the row it was shown for."""

    note = forms.CharField(
        label=_("why"),
        max_length=200,
        widget=TextInputWidget(),
        help_text=_("Kept in the history with your name."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput())


@dataclass(frozen=True, slots=True)
class Matter:
    """What is decided about: facts of a name and a value, and a table of parts."""

    facts: Sequence[tuple[Text, Any]]
    heads: Sequence[Text] = ()
    cells: Sequence[Sequence[Any]] = ()

    @property
    def rows(self) -> list[list[tuple[Text, Any]]]:
        """The cells with the heads they stand under."""
        return [list(zip(self.heads, row, strict=True)) for row in self.cells]


class DecidedAdmin(ScopedAdmin):
    """Pages of rows that wait for a second person: approve and refuse, never one's own request.

    ``asker`` names the column with who asked. The service decides again under its locks.
    """

    asker = "asked_by"

    def waits(self, row: Any) -> bool:
        """Whether a row waits to be decided about."""
        raise NotImplementedError

    def matter(self, row: Any) -> Matter:
        """Return what the second person must know."""
        raise NotImplementedError

    def decided(self, row: Any, decision: Decision) -> bool:
        """Do what was decided; returns False when there was nothing to decide any more."""
        raise NotImplementedError

    def version_of(self, row: Any) -> int:
        """Return what changes with a row."""
        version: int = row.version
        return version

    def has_approval_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change such rows but who asked for this one, while it waits."""
        change = f"{self.opts.app_label}.change_{self.opts.model_name}"
        if not self.holds(request, change, object_id):
            return False
        row = self.get_object(request, str(object_id))
        if row is None:
            return True
        return self.waits(row) and getattr(row, self.asker) != request.user.get_username()

    @action(description=Verdict.APPROVE.label, icon="check", permissions=["approval"])
    @needs_proof
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Agree with what somebody else asked for."""
        return self._decide(request, object_id, Verdict.APPROVE)

    @action(description=Verdict.REFUSE.label, icon="close", permissions=["approval"])
    @needs_proof
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Refuse what somebody else asked for."""
        return self._decide(request, object_id, Verdict.REFUSE)

    def _decide(self, request: HttpRequest, object_id: str, verdict: Verdict) -> HttpResponse:
        row = row_or_404(self, request, object_id)
        return _decision_page(self, request, row, verdict)


def _decision_page(
    admin: "DecidedAdmin", request: HttpRequest, row: Any, verdict: Verdict
) -> HttpResponse:
    """Show what is decided about, then take in what a person decided, and why."""
    form = DecisionForm(request.POST or None, initial={"version": admin.version_of(row)})
    if not form.is_valid():
        context = page_context(admin, request, row, verdict.label)
        context |= {"form": form, "matter": admin.matter(row)}
        return TemplateResponse(request, "admin/decision.html", context)
    note, by = form.cleaned_data["note"], request.user.get_username()
    try:
        decided = admin.decided(row, Decision(verdict, by, note, form.cleaned_data["version"]))
    except ValidationError as error:
        return refused(request, row, " ".join(in_words(text) for text in error.messages))
    if not decided:
        return refused(request, row, CHANGED_MEANWHILE)
    admin.log_change(request, row, verdict.label, reason=note)
    return done(request, row, _("It is done as you decided."))
