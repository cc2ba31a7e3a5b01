"""Runs over channel bills: how far one is, and what it found."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.filters import COMPANY, STATE
from paycenter.operators.words import RUN_COUNTS, RUN_STATES, word_of
from transactions.models import Reconciliation

REFRESH_SECONDS = 3


@admin.register(Reconciliation)
class ReconciliationAdmin(RecordAdmin):
    """Read-only: a run is begun by its bill."""

    list_display = ("bill", "merchant", "state_label", "found", "started", "finished")
    list_select_related = ("merchant", "channel_bill__channel_merchant")
    list_filter = (STATE, COMPANY)
    fields = (
        "bill",
        "merchant",
        "state_label",
        "progress",
        "found",
        "differences",
        "started",
        "finished",
    )
    readonly_fields = (
        "bill",
        "state_label",
        "progress",
        "found",
        "differences",
        "started",
        "finished",
    )

    bill = columns.link_column("channel_bill", _("channel bill"))
    state_label = columns.label_column("state", _("state"), RUN_STATES)
    started = columns.moment_column("started_at", _("started at"))
    finished = columns.moment_column("finished_at", _("finished at"))

    @admin.display(description=_("step"))
    def progress(self, run: Reconciliation) -> str:
        """Say what it is at."""
        return str(word_of(RUN_COUNTS, run.step).text) if run.step else columns.EMPTY

    @admin.display(description=_("found"))
    def found(self, run: Reconciliation) -> str:
        """Show how many rows each step came to."""
        parts = [
            (word_of(RUN_COUNTS, name).text, count) for name, count in run.counts.items() if count
        ]
        return format_html_join(" · ", "{} {}", parts) or columns.EMPTY

    @admin.display(description=_("differences"))
    def differences(self, run: Reconciliation) -> str:
        """Lead to the differences of its bill's day."""
        url = reverse("admin:transactions_difference_changelist")
        day = run.channel_bill.bill_date.isoformat()
        return format_html(
            '<a class="pc-link" href="{0}?bill_date_from={1}&bill_date_to={1}">{2}</a>',
            url,
            day,
            _("Show the differences of the day"),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Show the run; one under way shows itself again every few seconds."""
        response = super().change_view(request, object_id, form_url, extra_context)
        run = self.get_object(request, object_id)
        if run is not None and run.state != Reconciliation.State.DONE:
            response["Refresh"] = str(REFRESH_SECONDS)
        return response
