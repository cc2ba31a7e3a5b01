"""The two kinds of pages: what people set up, and what has happened.

Set-up can be changed and switched off, never deleted: money rows refer to it. What has happened is
read-only for everybody, superusers included; whatever a person may do about it is a button that
calls a service.
"""

from typing import Any

from django.contrib.admin import ShowFacets
from django.db.models import QuerySet
from django.http import HttpRequest

from paycenter.operators.audit.audited import AuditedAdmin
from paycenter.operators.finding import as_number
from paycenter.operators.theme import InfinitePaginator, TabularInline

PAGE = 50
LISTS = ("_changelist", "_export")
"""How the names of the addresses of lists end."""


class SetupAdmin(AuditedAdmin):
    """Pages of what people enter. ``fixed_fields`` are set once, when the row is made."""

    fixed_fields: tuple[str, ...] = ()
    list_per_page = PAGE
    list_filter_submit = True
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Lock what money rows rely on once the row exists."""
        always = list(super().get_readonly_fields(request, obj))
        return always if obj is None else [*always, *self.fixed_fields]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: it is switched off instead."""
        del request, obj
        return False


class RecordAdmin(AuditedAdmin):
    """Pages of what has happened. Newest first, page by page, never counted.

    A list may hold millions of rows: it is not sorted by other columns, and whatever is found by
    number is found through an index (``find``).
    """

    ordering = ("-id",)
    sortable_by = ()
    list_per_page = PAGE
    list_filter_submit = True
    list_fullwidth = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = InfinitePaginator
    list_disable_select_all = True
    actions: Any = None
    list_defer: tuple[str, ...] = ()
    """Long columns the list does not show."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave long columns out of the list."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        is_list = match is not None and (match.url_name or "").endswith(LISTS)
        return rows.defer(*self.list_defer) if is_list else rows

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the section about a failure out where there is none."""
        sections = super().get_fieldsets(request, obj)
        if getattr(obj, "failure_code", ""):
            return sections
        return [section for section in sections if "failure_code" not in section[1]["fields"]]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse, to everybody."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse, to everybody."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse, to everybody."""
        del request, obj
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find rows by a whole number; no other search stays quick as the table grows."""
        del request
        if not search_term.strip():
            return queryset, False
        number = as_number(search_term)
        return queryset.filter(pk__in=self.find(number) if number else []), False

    def find(self, number: str) -> list[int]:
        """Return the ids of the rows a number stands for."""
        raise NotImplementedError


class RecordInline(TabularInline):
    """Rows shown on another row's page, read-only."""

    extra = 0
    can_delete = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse, to everybody."""
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse, to everybody."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse, to everybody."""
        del request, obj
        return False
