"""Who may work here, and who did what on these pages."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, Permission, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.security.proved_forms import ProvedForms
from paycenter.operators.security.resetting import FactorReset
from paycenter.operators.theme import (
    AdminPasswordChangeForm,
    ModelAdmin,
    UserAdmin,
    UserChangeForm,
    UserCreationForm,
)

admin.site.unregister(User)
admin.site.unregister(Group)


MAY = {
    "add": _("may add"),
    "change": _("may change"),
    "delete": _("may delete"),
    "view": _("may see"),
    "collect": _("may make payment codes"),
}


class PermissionsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Permissions in the reader's language; their stored names are English."""

    def label_from_instance(self, obj: Permission) -> str:
        """Return what is permitted: of which rows, and what with them."""
        verb = obj.codename.partition("_")[0]
        return f"{obj.content_type.name} · {MAY.get(verb, obj.name)}"


def _in_words(db_field: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Have a choice of permissions shown in words, read with their models in one statement."""
    if db_field.related_model is not Permission:
        return options
    permissions = Permission.objects.select_related("content_type")
    return options | {"form_class": PermissionsField, "queryset": permissions}


@admin.register(User)
class OperatorAdmin(FactorReset, ProvedForms, UserAdmin, ModelAdmin):
    """Operators. Switched off instead of deleted: their log would go with them."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    readonly_fields = ("last_login", "date_joined")

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **options: Any) -> Any:
        """Show permissions in words."""
        return super().formfield_for_manytomany(db_field, request, **_in_words(db_field, options))

    @needs_proof
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002
        """Give somebody another password."""
        return super().user_change_password(request, id, form_url)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse, to everybody."""
        del request, obj
        return False


@admin.register(Group)
class RoleAdmin(GroupAdmin, ModelAdmin):
    """Groups of permissions."""

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **options: Any) -> Any:
        """Show permissions in words."""
        return super().formfield_for_manytomany(db_field, request, **_in_words(db_field, options))


@admin.register(LogEntry)
class OperatorLogAdmin(RecordAdmin):
    """What operators changed, read-only."""

    list_display = ("at", "user", "what", "object_repr", "get_change_message")
    list_select_related = ("user", "content_type")
    fields = ("at", "user", "what", "object_repr", "get_change_message")
    readonly_fields = ("at", "what", "get_change_message")

    at = columns.moment_column("action_time", _("at"))
    what = columns.text_column("content_type.name", _("what"))
