"""The page on which a second person approves or refuses what somebody asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.approvals import Decision, Verdict
from paycenter.operators.audit.audited import AuditedAdmin
from paycenter.operators.columns import Text
from paycenter.operators.confirm import CHANGED_MEANWHILE, done, page_context, refused
from paycenter.operators.reasons import in_words
from paycenter.operators.theme import TextInputWidget


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


def decision_page(
    admin: AuditedAdmin,
    request: HttpRequest,
    row: Any,
    verdict: Verdict,
    *,
    version: int | None = None,
    matter: Callable[[], Matter],
    decide: Callable[[Decision], bool],
) -> HttpResponse:
    """Show what is decided about, then take in what a person decided, and why.

    ``version`` is what changes with the row where that has no version of its own.
    """
    seen = row.version if version is None else version
    form = DecisionForm(request.POST or None, initial={"version": seen})
    if not form.is_valid():
        context = page_context(admin, request, row, verdict.label)
        context |= {"form": form, "matter": matter()}
        return TemplateResponse(request, "admin/decision.html", context)
    note = form.cleaned_data["note"]
    by, seen = request.user.get_username(), form.cleaned_data["version"]
    try:
        decided = decide(Decision(verdict, by, note, seen))
    except ValidationError as error:
        return refused(request, row, " ".join(in_words(text) for text in error.messages))
    if not decided:
        return refused(request, row, CHANGED_MEANWHILE)
    admin.log_change(request, row, verdict.label, reason=note)
    return done(request, row, _("It is done as you decided."))
