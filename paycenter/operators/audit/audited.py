"""The base of every model's pages: whatever is done on them goes to the audit log.

Django calls these hooks for what is added, changed and deleted by its own pages; the buttons call
``log_change`` with a text. Django's own log (``LogEntry``) is not kept beside: it can be altered.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from merchants.audit.recording import Action
from paycenter.operators.audit.deeds import (
    note_addition,
    note_change,
    note_deletion,
    remember,
)
from paycenter.operators.audit.timeline import timeline_of
from paycenter.operators.confirm import page_context, row_or_404
from paycenter.operators.theme import ModelAdmin


class AuditedAdmin(ModelAdmin):
    """Pages whose changes are written down, with what was before."""

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return the row of a page; one that is being worked on is remembered as it was."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and request.method == "POST":
            remember(request, row)
        return row

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write down that a row was added."""
        return note_addition(request, obj, detail="" if isinstance(message, list) else message)

    def log_change(
        self,
        request: HttpRequest,
        obj: Any,
        message: Any,
        *,
        action: Action = Action.ACT,
        reason: str = "",
    ) -> Any:
        """Write down what a form changed, or with a text as message what a button did, and why."""
        if isinstance(message, list):
            return note_change(request, obj)
        return note_change(request, obj, action=action, detail=message, reason=reason)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> Any:
        """Write down that rows go."""
        return [note_deletion(request, row) for row in queryset]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        """Write down what becomes of the rows that are entered on another row's page."""
        for row in _stored_rows(formset):
            remember(request, row)
        for entered in formset.deleted_forms:
            if entered.instance.pk is not None:
                note_deletion(request, entered.instance)
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects:
            note_addition(request, row)
        for row, _fields in formset.changed_objects:
            note_change(request, row)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what became of a row, in place of Django's own log."""
        row = row_or_404(self, request, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        context = page_context(self, request, row, _("History"))
        context |= {"timeline": timeline_of(row), **(extra_context or {})}
        return TemplateResponse(request, "admin/object_history.html", context)


def _stored_rows(formset: Any) -> Iterable[Model]:
    """Return the rows a set of forms is about to change, as the database has them."""
    ids = [form.instance.pk for form in formset.initial_forms if form.has_changed()]
    return formset.model._base_manager.filter(pk__in=ids) if ids else ()
