"""The two kinds of pages: what people set up, and what has happened.

Set-up can be changed and switched off, never deleted: money rows refer to it. What has happened is
read-only for everybody, superusers included; whatever a person may do about it is a button that
calls a service.
"""

from typing import Any

from django.contrib.admin import ShowFacets
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from paycenter.operators.audit.audited import AuditedAdmin
from paycenter.operators.finding import as_number
from paycenter.operators.returning import ReturningAdmin
from paycenter.operators.roles.scoping import may, visible
from paycenter.operators.theme import InfinitePaginator, ModelForm, TabularInline

PAGE = 50
LISTS = ("_changelist", "_export")
"""How the names of the addresses of lists end."""


class ScopedAdmin(AuditedAdmin, ReturningAdmin):
    """Pages of one model, narrowed to what the reader's roles reach.

    Lists, pages, histories, choices by typing and buttons all start from ``get_queryset``; a choice
    in a form starts from the pages of the model that is chosen.
    """

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out what the reader's roles do not reach."""
        return visible(request.user, super().get_queryset(request))

    def holds(self, request: HttpRequest, permission: str, object_id: Any = None) -> bool:
        """Whether the reader holds a permission, for the row of this page if one is named.

        A row that the reader may not see is not there: its page says so, not this.
        """
        row = None if object_id is None else self.get_object(request, str(object_id))
        if row is None:
            return request.user.has_perm(permission)
        return may(request.user, permission, row)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the reader may change this row, by a role that reaches it."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or self._may(request, "change", obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the reader may delete this row, by a role that reaches it."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or self._may(request, "delete", obj))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Undo what would lie outside of the reader's roles; it is all one transaction."""
        super().save_related(request, form, formsets, change)
        if not self._may(request, "change" if change else "add", form.instance):
            raise PermissionDenied

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **options: Any) -> Any:
        """Offer only rows that the reader may see."""
        chosen = db_field.remote_field.model
        pages = self.admin_site._registry.get(chosen)
        if isinstance(pages, ScopedAdmin) and "queryset" not in options:
            options["queryset"] = pages.get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def _may(self, request: HttpRequest, action: str, row: Any) -> bool:
        return may(request.user, f"{self.opts.app_label}.{action}_{self.opts.model_name}", row)


class SetupForm(ModelForm):
    """A form that judges a row with what is fixed in it, though it does not offer that.

    Django leaves rules out that name a field the form does not have: "one code per company" would
    only be noticed by the database.
    """

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        if self.instance.pk is None:
            return excluded
        return excluded - {
            field.name for field in self._meta.model._meta.fields if field.is_relation
        }


class SetupAdmin(ScopedAdmin):
    """Pages of what people enter. ``fixed_fields`` are set once, when the row is made."""

    form: type[ModelForm] = SetupForm
    fixed_fields: tuple[str, ...] = ()
    ordering = ("-id",)
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


class RecordAdmin(ScopedAdmin):
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
