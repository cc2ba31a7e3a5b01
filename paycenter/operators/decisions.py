"""The page on which a second person approves or refuses what somebody asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.approvals import Decision, Verdict
from paycenter.operators.bulk.choosing import BulkAdmin
from paycenter.operators.bulk.deed import Deed, Skipped, Wish
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


class DecidedAdmin(BulkAdmin):
    """Pages of rows that wait for a second person: approve and refuse, never one's own request.

    Each by itself, or all that are ticked.

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

    def hurry(self, row: Any) -> None:
        """Have a worker see at once to what was decided about a row; a sweep does in any case."""

    def only_alone(self, row: Any) -> Text:
        """Say why a row may not be approved together with others; blank where it may."""
        del row
        return ""

    def version_of(self, row: Any) -> int:
        """Return what changes with a row."""
        version: int = row.version
        return version

    @property
    def approval_permission(self) -> str:
        """What who decides must hold."""
        return f"{self.opts.app_label}.change_{self.opts.model_name}"

    def bulk_deeds(self) -> tuple[Deed, ...]:
        """Decide about several rows at once."""
        return (_Decide(self, Verdict.APPROVE), _Decide(self, Verdict.REFUSE))

    def has_approval_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change such rows but who asked for this one, while it waits."""
        if not self.holds(request, self.approval_permission, object_id):
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
    admin.hurry(row)
    return done(request, row, _("It is done as you decided."))


TITLES = {
    Verdict.APPROVE: _("Approve the selected"),
    Verdict.REFUSE: _("Refuse the selected"),
}
WHAT_HAPPENS = {
    Verdict.APPROVE: _("What others asked for is done. What you asked for yourself waits on."),
    Verdict.REFUSE: _("What others asked for is given up. What you asked for yourself waits on."),
}


class _Decide(Deed):
    """Approve or refuse several rows, each as if it were alone."""

    proved = True
    asks_why = True

    def __init__(self, pages: DecidedAdmin, verdict: Verdict) -> None:
        self.pages = pages
        self.verdict = verdict
        self.code = verdict.value
        self.title = TITLES[verdict]
        self.explanation = WHAT_HAPPENS[verdict]
        self.permission = pages.approval_permission
        self.told = verdict.label

    def rows(self) -> QuerySet[Any]:
        """Return the rows as their list reads them."""
        related = self.pages.list_select_related
        names = related if isinstance(related, tuple) else ()
        rows: QuerySet[Any] = self.pages.model._default_manager.select_related(*names)
        return rows

    def why_not(self, row: Any, by: str) -> Text:
        """Leave out what does not wait, and what the person asked for."""
        if not self.pages.waits(row):
            return _("It does not wait for a decision.")
        if getattr(row, self.pages.asker) == by:
            return _("You asked for it yourself: somebody else must decide.")
        return self.pages.only_alone(row) if self.verdict == Verdict.APPROVE else ""

    def do(self, row: Any, wish: Wish) -> Text:
        """Decide; workers see to what follows within seconds."""
        decision = Decision(self.verdict, wish.by, wish.why, wish.seen)
        if not self.pages.decided(row, decision):
            raise Skipped(CHANGED_MEANWHILE)
        return ""

    def about(self, row: Any) -> Text:
        """Say who asked for it and why."""
        told = (getattr(row, self.pages.asker), getattr(row, "reason", ""))
        return " · ".join(filter(None, told))

    def amount(self, row: Any) -> int | None:
        """Return what the row is about, in fen."""
        return getattr(row, "amount", None)

    def seen(self, row: Any) -> int:
        """Return what changes with the row."""
        return self.pages.version_of(row)
