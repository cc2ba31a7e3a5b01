"""Lists that can be taken away as a file: the rows that the filters leave, the columns shown."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from merchants.audit.recording import Action
from paycenter.kernel.clock import now
from paycenter.kernel.reporting import report_source
from paycenter.operators.audit.deeds import note_list
from paycenter.operators.base import RecordAdmin
from paycenter.operators.exporting.cells import table_of
from paycenter.operators.exporting.files import LARGEST_XLSX, csv_answer, xlsx_answer


class ExportedAdmin(RecordAdmin):
    """Pages of records whose list may be taken away by whoever may see it."""

    list_before_template = "admin/export_links.html"

    def get_urls(self) -> list[Any]:
        """Add the addresses of the files."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export)
        return [path("export/<str:kind>/", view, name=name), *super().get_urls()]

    def export(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Send the rows that the list shows for the same query, all pages of them."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            raise Http404 from None
        names = [str(name) for name in shown.list_display if name != "action_checkbox"]
        answer = self._answer(request, kind, names, shown.queryset)
        if answer.status_code == 200:
            after = {"format": kind, **dict(request.GET.lists())}
            note_list(request, self.model, action=Action.EXPORT, after=after)
        return answer

    def _answer(
        self, request: HttpRequest, kind: str, names: list[str], rows: Any
    ) -> HttpResponseBase:
        source = report_source()
        rows = rows.using(source.database)
        name = f"{self.opts.model_name}-{localtime(source.as_of or now()):%Y%m%d-%H%M%S}"
        if kind == "csv":
            return csv_answer(table_of(self, names, rows), name)
        if kind != "xlsx":
            raise Http404
        if not rows.order_by("-pk")[LARGEST_XLSX : LARGEST_XLSX + 1].exists():
            return xlsx_answer(table_of(self, names, rows), name)
        text = _("This is too much for an XLSX file. Take the CSV file.")
        messages.error(request, str(text))
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponseRedirect(f"{address}?{request.GET.urlencode()}")
