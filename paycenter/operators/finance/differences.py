"""Differences between channel bills and our books: worked on here, resolved by two people."""

from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from merchants.audit.recording import Action
from paycenter.kernel.money import format_yuan
from paycenter.kernel.spreadsheets import BYTE_ORDER_MARK, csv_lines
from paycenter.operators import columns
from paycenter.operators.audit.deeds import note_list
from paycenter.operators.books.entries import entries_of
from paycenter.operators.bulk.choosing import BulkAdmin
from paycenter.operators.bulk.deed import Deed
from paycenter.operators.confirm import Question, ask, done, refused, row_or_404
from paycenter.operators.exporting.exported import ExportedAdmin
from paycenter.operators.filters import COMPANY, STATE, channel_at
from paycenter.operators.finance.agreeing import CHANGE, PROBLEMS, RESOLVED, AgreeWithProposals
from paycenter.operators.finding import differences_by
from paycenter.operators.form_page import form_page
from paycenter.operators.roles.scoping import reached
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.theme import (
    ChoicesCheckboxFilter,
    FileWidget,
    RadioFilter,
    RangeDateFilter,
    SelectWidget,
    TextInputWidget,
    action,
)
from paycenter.operators.words import DIFFERENCE_STATES, DIFFERENCE_TYPES, MOVEMENTS
from transactions.difference_lifecycle import DifferenceState, Solution
from transactions.ledger.difference_events import amount_in_question
from transactions.models import Difference, Move
from transactions.reconciliation import solving, worksheet
from transactions.reconciliation.solving import Done, Proposal, Seen

OPEN = frozenset({DifferenceState.OPEN, DifferenceState.ASSIGNED})


class MineFilter(RadioFilter):
    """What waits for the reader, or for somebody else's agreement with the reader."""

    title = _("mine")
    parameter_name = "mine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer both."""
        del request, model_admin
        return [("assigned", _("assigned to me")), ("to_agree", _("proposed by others"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave what is others' out."""
        name = request.user.get_username()
        if self.value() == "assigned":
            return queryset.filter(state=DifferenceState.ASSIGNED, assignee=name)
        if self.value() == "to_agree":
            return queryset.filter(state=DifferenceState.PROPOSED).exclude(proposed_by=name)
        return queryset


class SeenForm(forms.Form):
    """``version`` is that of the row the form was shown for."""

    version = forms.IntegerField(widget=forms.HiddenInput())


class ProposeForm(SeenForm):
    """How it is to be resolved, and why."""

    solution = forms.ChoiceField(
        label=_("solution"), choices=Solution.choices, widget=SelectWidget()
    )
    explanation = forms.CharField(label=_("explanation"), max_length=200, widget=TextInputWidget())


class AssignForm(SeenForm):
    """Who looks after it."""

    assignee = forms.CharField(label=_("user name"), max_length=150, widget=TextInputWidget())


class RejectForm(SeenForm):
    """Why another solution is wanted."""

    note = forms.CharField(label=_("why"), max_length=200, widget=TextInputWidget())


class SheetForm(forms.Form):
    """A worksheet that was downloaded here and filled in."""

    file = forms.FileField(
        label=_("worksheet"),
        widget=FileWidget(attrs={"accept": ".csv,.xlsx"}),
        help_text=_("CSV in UTF-8, or XLSX. Rows without a solution are left alone."),
    )


@admin.register(Difference)
class DifferenceAdmin(BulkAdmin, ExportedAdmin):
    """What does not agree, and what becomes of it."""

    list_display = (
        "day",
        "type_label",
        "movement_label",
        "number_link",
        "merchant",
        "ours_yuan",
        "theirs_yuan",
        "state_label",
        "assignee",
    )
    list_select_related = ("merchant",)
    list_filter = (
        STATE,
        ("type", ChoicesCheckboxFilter),
        MineFilter,
        channel_at("channel_merchant"),
        COMPANY,
        ("bill_date", RangeDateFilter),
    )
    search_fields = ("number",)
    search_help_text = _("Any number of an order, payment or refund")
    fieldsets = (
        (_("Difference"), {"fields": ("type_label", "state_label", "merchant", "owner", "day")}),
        (_("Our side"), {"fields": ("payment_link", "refund_link", "ours_yuan", "journal")}),
        (_("The channel's side"), {"fields": ("bill_link", "line_link", "theirs_yuan", "detail")}),
        (
            _("Solution"),
            {
                "fields": (
                    "question_yuan",
                    "assignee",
                    "solution",
                    "explanation",
                    "proposed_by",
                    "resolved_by",
                    "entry_link",
                    "waits_until",
                )
            },
        ),
        (_("History"), {"fields": ("history_lines",)}),
    )
    readonly_fields = (
        "type_label",
        "state_label",
        "owner",
        "day",
        "payment_link",
        "refund_link",
        "ours_yuan",
        "journal",
        "bill_link",
        "line_link",
        "theirs_yuan",
        "question_yuan",
        "entry_link",
        "history_lines",
    )
    actions = ("download_selected",)
    actions_list = ("download_sheet", "upload_sheet")
    actions_detail = ("assign", "propose", "agree", "reject")

    owner = columns.text_column("channel_merchant", _("channel merchant"))
    type_label = columns.label_column("type", _("type"), DIFFERENCE_TYPES)
    movement_label = columns.label_column("movement", _("movement"), MOVEMENTS)
    state_label = columns.label_column("state", _("state"), DIFFERENCE_STATES)
    number_link = columns.own_link_column("number", _("number"))
    ours_yuan = columns.yuan_column("ours", _("ours (yuan)"))
    theirs_yuan = columns.yuan_column("theirs", _("the channel's (yuan)"))
    payment_link = columns.link_column("payment", _("payment"))
    refund_link = columns.link_column("refund", _("refund"))
    bill_link = columns.link_column("channel_bill", _("channel bill"))
    line_link = columns.link_column("bill_line", _("bill line"))
    entry_link = columns.text_column("journal_entry", _("journal entry"))

    @admin.display(description=_("date"))
    def day(self, row: Difference) -> str:
        """Write the day as everywhere."""
        return row.bill_date.isoformat()

    @admin.display(description=_("in question (yuan)"))
    def question_yuan(self, row: Difference) -> str:
        """Show by how much the channel's account would change."""
        return format_yuan(amount_in_question(row))

    @admin.display(description=_("journal"))
    def journal(self, row: Difference) -> str:
        """Show what the ledger has of the payment."""
        return entries_of(row.payment)

    @admin.display(description=_("history"))
    def history_lines(self, row: Difference) -> str:
        """List who did what, and why."""
        moves = Move.objects.filter(subject=Move.Subject.DIFFERENCE, subject_id=row.pk)
        lines = [
            (
                columns.moment(one.created_at),
                columns.word_label(DIFFERENCE_STATES, one.target),
                one.actor or one.get_cause_display(),
                one.note,
            )
            for one in moves
        ]
        return format_html_join("", '<p class="pc-line">{} {} {} {}</p>', lines) or columns.EMPTY

    def find(self, number: str) -> list[int]:
        """Find differences by the number in question, or any of its payment's."""
        return differences_by(number)

    def has_work_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change differences, as long as this one is open."""
        return self._may(request, object_id, OPEN)

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change differences, once a solution was proposed."""
        return self._may(request, object_id, frozenset({DifferenceState.PROPOSED}))

    def has_sheet_permission(self, request: HttpRequest) -> bool:
        """Whoever may change differences may do it by worksheet."""
        return request.user.has_perm(CHANGE)

    @action(description=_("Assign"), icon="person_add", permissions=["work"])
    def assign(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have somebody look after it."""
        row = row_or_404(self, request, object_id)
        me = request.user.get_username()
        form = AssignForm(request.POST or None, initial={"version": row.version, "assignee": me})
        if not form.is_valid():
            return self._form(request, row, form, title=_("Assign"))
        wish = solving.assign(_seen(row, form), assignee=form.cleaned_data["assignee"], actor=me)
        return self._told(request, row, wish, _("Assigned."))

    @action(description=_("Propose a solution"), icon="lightbulb", permissions=["work"])
    def propose(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Propose how it is resolved; somebody else agrees."""
        row = row_or_404(self, request, object_id)
        form = ProposeForm(request.POST or None, initial={"version": row.version})
        if not form.is_valid():
            return self._form(request, row, form, title=_("Propose a solution"))
        given = form.cleaned_data
        proposal = Proposal(Solution(given["solution"]), given["explanation"])
        wish = solving.propose(_seen(row, form), proposal, actor=request.user.get_username())
        told = _("Proposed. Somebody else has to agree.")
        return self._told(request, row, wish, told, reason=given["explanation"])

    @action(description=_("Agree"), icon="done_all", permissions=["decide"])
    @needs_proof
    def agree(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Agree with somebody's proposal."""
        row = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, row, _agreement(row))
        version = request.POST.get("seen", "")
        seen = Seen(row.pk, int(version) if version.isdecimal() else -1)
        wish = solving.resolve(seen, actor=request.user.get_username())
        return self._told(request, row, wish, RESOLVED)

    @action(description=_("Want another solution"), icon="undo", permissions=["decide"])
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give it back to whoever looks after it."""
        row = row_or_404(self, request, object_id)
        form = RejectForm(request.POST or None, initial={"version": row.version})
        if not form.is_valid():
            return self._form(request, row, form, title=_("Want another solution"))
        note, actor = form.cleaned_data["note"], request.user.get_username()
        wish = solving.reject(_seen(row, form), actor=actor, note=note)
        return self._told(request, row, wish, _("Given back."), reason=note)

    def bulk_deeds(self) -> tuple[Deed, ...]:
        """Agree with several proposals at once."""
        return (AgreeWithProposals(),)

    @action(description=_("Upload a worksheet"), icon="upload_file", permissions=["sheet"])
    def upload_sheet(self, request: HttpRequest) -> HttpResponse:
        """Take proposals from a filled-in worksheet."""
        if not self.has_sheet_permission(request):
            raise PermissionDenied
        form = SheetForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                rows = reached(request.user, CHANGE, self.get_queryset(request))
                results = worksheet.take_back(file.file, rows, actor=request.user.get_username())
            except worksheet.WrongSheet as wrong:
                form.add_error("file", str(wrong))
            else:
                note_list(request, Difference, action=Action.ACT, detail=_("Upload a worksheet"))
                return self._results(request, _("Upload a worksheet"), results)
        return form_page(
            self,
            request,
            form,
            title=_("Upload a worksheet"),
            button=_("Upload"),
            back_url=reverse("admin:transactions_difference_changelist"),
            explanation=_(
                "Download the list as a worksheet, fill in solution and explanation, and upload it "
                "here. It only proposes: somebody else agrees."
            ),
        )

    @action(description=_("Download what is open"), icon="download", permissions=["view"])
    def download_sheet(self, request: HttpRequest) -> HttpResponseBase:
        """Hand over all that is open and that the reader may see, to be filled in."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        note_list(request, Difference, action=Action.EXPORT, after={"state": sorted(OPEN)})
        return _sheet(self.get_queryset(request).filter(state__in=OPEN))

    @admin.action(description=_("Download the selected as a worksheet"), permissions=["view"])
    def download_selected(
        self, request: HttpRequest, queryset: QuerySet[Difference]
    ) -> HttpResponseBase:
        """Hand the selected over, to be filled in."""
        chosen = [str(pk) for pk in queryset.values_list("pk", flat=True)]
        note_list(request, Difference, action=Action.EXPORT, after={"id": chosen})
        return _sheet(queryset)

    def _form(
        self, request: HttpRequest, row: Difference, form: forms.Form, *, title: Any
    ) -> HttpResponse:
        return form_page(
            self,
            request,
            form,
            title=title,
            button=title,
            back_url=columns.page_of(row),
            about=str(row),
        )

    def _told(
        self, request: HttpRequest, row: Difference, wish: Done, text: Any, *, reason: str = ""
    ) -> HttpResponse:
        if wish is not Done.DONE:
            return refused(request, row, PROBLEMS[wish])
        self.log_change(request, row, text, reason=reason)
        return done(request, row, text)

    def _results(
        self, request: HttpRequest, title: Any, results: list[worksheet.RowResult]
    ) -> HttpResponse:
        good = sum(not result.problem for result in results)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "summary": ngettext("%(count)s row done.", "%(count)s rows done.", good)
            % {"count": good},
            "results": results,
            "back_url": reverse("admin:transactions_difference_changelist"),
        }
        return TemplateResponse(request, "admin/row_results.html", context)

    def _may(self, request: HttpRequest, object_id: Any, states: frozenset[str]) -> bool:
        if not self.holds(request, CHANGE, object_id):
            return False
        row = self.get_object(request, str(object_id))
        return row is None or row.state in states


def _seen(row: Difference, form: forms.Form) -> Seen:
    return Seen(row.pk, form.cleaned_data["version"])


def _agreement(row: Difference) -> Question:
    booked = format_yuan(amount_in_question(row))
    books = row.solution == Solution.SUSPENSE
    in_words = _("%(amount)s yuan are booked to suspense.") % {"amount": booked}
    return Question(
        title=f"{row.get_solution_display()}: {row.explanation}",
        text=in_words if books else _("Nothing is booked."),
        button=_("Agree"),
        seen=str(row.version),
    )


def _sheet(rows: QuerySet[Difference]) -> HttpResponseBase:
    lines = chain([BYTE_ORDER_MARK], csv_lines(worksheet.sheet_rows(rows)))
    response = StreamingHttpResponse(lines, content_type="text/csv")
    response["Content-Disposition"] = 'attachment; filename="differences.csv"'
    return response
