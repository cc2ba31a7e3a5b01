"""The page of an action on many rows: what will happen, how far it is, what became of each row."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from merchants.audit.recording import Action
from paycenter.kernel.addresses import client_address
from paycenter.kernel.money import format_yuan
from paycenter.operators import columns
from paycenter.operators.audit.deeds import note_list
from paycenter.operators.base import RecordAdmin
from paycenter.operators.bulk.confirming import begin, confirm
from paycenter.operators.bulk.deed import Deed
from paycenter.operators.bulk.judging import deed_of
from paycenter.operators.bulk.models import BulkRun
from paycenter.operators.bulk.showing import results, wishes
from paycenter.operators.confirm import page_context, row_or_404
from paycenter.operators.exporting.files import csv_answer
from paycenter.operators.filters import STATE
from paycenter.operators.roles.held import holds_everywhere
from paycenter.operators.security.proof import proof_first
from paycenter.operators.theme import TextInputWidget
from paycenter.operators.words import BULK_STATES
from paycenter.operators.worklists.page import has_work

REFRESH_SECONDS = 2


class WhyForm(forms.Form):
    """Why the person wants it."""

    why = forms.CharField(
        label=_("why"),
        max_length=200,
        widget=TextInputWidget(),
        help_text=_("Kept in the history with your name."),
    )


@admin.register(BulkRun)
class BulkRunAdmin(RecordAdmin):
    """What one did to many rows; who sees everybody's rows sees what everybody did."""

    list_display = ("chosen", "action", "person", "state_label", "total", *BulkRun.COUNTS)
    list_select_related = ("person",)
    list_filter = (STATE,)

    chosen = columns.moment_column("created_at", _("chosen at"))
    state_label = columns.label_column("state", _("state"), BULK_STATES)

    @admin.display(description=_("action"))
    def action(self, run: BulkRun) -> str:
        """Say what is done to each row."""
        try:
            return str(deed_of(run).title)
        except LookupError:  # of a version before: the list shows the others all the same
            return run.deed

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever works on rows sees what they did; ``get_queryset`` says which."""
        del obj
        return has_work(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out what others did, and drafts of others from everybody."""
        runs: QuerySet[Any] = self.model._default_manager.order_by(*self.ordering)
        own = Q(person=request.user.pk)
        if holds_everywhere(request.user, "bulk.view_bulkrun"):
            return runs.filter(own | ~Q(state=BulkRun.State.DRAFT))
        return runs.filter(own)

    def get_urls(self) -> list[Any]:
        """Add the address of the results as a file."""
        view = self.admin_site.admin_view(self.take_results)
        return [
            path("<int:run_id>/results.csv", view, name="bulk_bulkrun_results"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Ask about a draft; show how far a run is, then what became of its rows."""
        del form_url, extra_context
        run, deed = self._run(request, object_id)
        if run.state == BulkRun.State.DRAFT:
            asked = proof_first(request) if deed.proved else None
            return self._ask(request, run, deed) if asked is None else asked
        if request.method != "GET":
            raise PermissionDenied
        context = self._context(request, run, deed)
        if run.state == BulkRun.State.FINISHED:
            return self._page(request, context | {"lines": results(deed, run, request.user)})
        response = self._page(request, context)
        response["Refresh"] = str(REFRESH_SECONDS)
        return response

    def take_results(self, request: HttpRequest, run_id: int) -> HttpResponseBase:
        """Send what became of each row as a file."""
        run, deed = self._run(request, str(run_id))
        lines = results(deed, run, request.user)
        heads = (_("Row"), _("Property company"), _("Result"), _("Why"))
        rows = [(line.text, line.company, str(line.state), line.why) for line in lines]
        note_list(request, BulkRun, action=Action.EXPORT, after={"id": run.pk})
        return csv_answer([[str(head) for head in heads], *rows], f"bulk-{run.pk}")

    def _run(self, request: HttpRequest, object_id: str) -> tuple[BulkRun, Deed]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        run: BulkRun = row_or_404(self, request, object_id)
        try:
            return run, deed_of(run)
        except LookupError:
            raise Http404 from None

    def _ask(self, request: HttpRequest, run: BulkRun, deed: Deed) -> HttpResponse:
        """Show what would happen; once the person says yes, have it done."""
        form = WhyForm(request.POST or None) if deed.asks_why else None
        if request.method == "POST" and (form is None or form.is_valid()):
            why = form.cleaned_data["why"] if form else ""
            if confirm(run, why=why, address=client_address(request)):
                begin(deed, run)
            return HttpResponseRedirect(request.path)
        lines = wishes(deed, run, request.user)
        doable = [line for line in lines if not line.why]
        amounts = [line.fen for line in doable if line.fen is not None]
        context = self._context(request, run, deed) | {
            "form": form,
            "lines": lines,
            "doable": len(doable),
            "total_yuan": format_yuan(sum(amounts)) if amounts else "",
        }
        return self._page(request, context)

    def _context(self, request: HttpRequest, run: BulkRun, deed: Deed) -> dict[str, Any]:
        pages = deed.rows().model._meta
        back = reverse(f"admin:{pages.app_label}_{pages.model_name}_changelist")
        return page_context(self, request, run, deed.title) | {"deed": deed, "back_url": back}

    def _page(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        return TemplateResponse(request, "bulk/page.html", context)
