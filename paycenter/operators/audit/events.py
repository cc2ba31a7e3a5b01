"""The audit log: every deed with who, when and from where, and whether its chain holds."""

from operator import itemgetter
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from merchants.models import AuditCheckpoint, AuditEvent, AuditHead
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.exporting.exported import ExportedAdmin
from paycenter.operators.filters import COMPANY
from paycenter.operators.finding import deeds_by
from paycenter.operators.story.deeds import changed_text, doer, told
from paycenter.operators.theme import (
    AutocompleteSelectFilter,
    ChoicesCheckboxFilter,
    RadioFilter,
    RangeDateTimeFilter,
)
from paycenter.operators.words import DEEDS


class ObjectFilter(RadioFilter):
    """Deeds on one kind of object."""

    title = _("kind of object")
    parameter_name = "object"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer every kind that has pages, by its name."""
        del request
        kinds = ((label, kind_of(label)) for label in _pages(model_admin))
        return sorted(kinds, key=itemgetter(1))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the chosen one."""
        del request
        return queryset.filter(object_type=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ExportedAdmin):
    """Read-only, as it is in the database."""

    list_display = ("moment", "who", "action_label", "kind", "object_link", "what", "company")
    list_select_related = ("merchant",)
    list_filter = (
        ("user", AutocompleteSelectFilter),
        ("action", ChoicesCheckboxFilter),
        ("at", RangeDateTimeFilter),
        COMPANY,
        ObjectFilter,
    )
    list_defer = ("before", "after")
    search_fields = ("number",)
    search_help_text = _("The number of an event, or of what it was done to")
    fieldsets = (
        (_("Deed"), {"fields": ("moment", "who", "action_label", "what", "reason")}),
        (_("From where"), {"fields": ("address", "request_id")}),
        (_("Object"), {"fields": ("kind", "object_link", "company", "group_link", "changed")}),
        (_("Chain"), {"fields": ("number", "hash", "previous_hash")}),
    )
    readonly_fields = (
        *("moment", "who", "action_label", "what", "kind", "object_link", "company"),
        *("group_link", "changed"),
    )

    moment = columns.moment_column("at", _("at"))
    action_label = columns.label_column("action", _("action"), DEEDS)
    company = columns.link_column("merchant", _("property company"))
    group_link = columns.link_column("group", _("property group"))

    @admin.display(description=_("who"))
    def who(self, event: AuditEvent) -> str:
        """Name who did it."""
        return doer(event)

    @admin.display(description=_("detail"))
    def what(self, event: AuditEvent) -> str:
        """Say what a button did."""
        return told(event) or columns.EMPTY

    @admin.display(description=_("kind of object"))
    def kind(self, event: AuditEvent) -> str:
        """Name what it was done to in the words of its pages."""
        return kind_of(event.object_type) or columns.EMPTY

    @admin.display(description=_("object"))
    def object_link(self, event: AuditEvent) -> str:
        """Lead to its history, where it is still there."""
        if not (event.object_id and event.object_type in _pages(self)):
            return event.object_text or columns.EMPTY
        name = event.object_type.replace(".", "_")
        page = reverse(f"admin:{name}_history", args=[event.object_id])
        return format_html('<a class="pc-link" href="{}">{}</a>', page, event.object_text)

    @admin.display(description=_("what changed"))
    def changed(self, event: AuditEvent) -> str:
        """Show each field that changed, before and after."""
        return columns.text_block(changed_text(event))

    def find(self, number: str) -> list[int]:
        """Find an event by its number, or the events of what has a number."""
        return deeds_by(number)


def _pages(pages: Any) -> set[str]:
    return {model._meta.label_lower for model in pages.admin_site._registry}


def kind_of(object_type: str) -> str:
    """Return the name of a model by its label; a label that none has any more as it is."""
    try:
        return str(capfirst(apps.get_model(object_type)._meta.verbose_name))
    except (LookupError, ValueError):
        return object_type


@admin.register(AuditHead)
class AuditHeadAdmin(RecordAdmin):
    """The end of the chain."""

    list_display = ("number", "hash")


@admin.register(AuditCheckpoint)
class AuditCheckpointAdmin(RecordAdmin):
    """Up to where the chain held, whenever it was verified."""

    list_display = ("verified", "number", "hash", "is_whole")
    fields = ("verified", "number", "hash", "is_whole")
    readonly_fields = ("verified",)

    verified = columns.moment_column("at", _("verified at"))
