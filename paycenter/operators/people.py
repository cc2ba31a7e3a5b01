"""Who may work here, and who did what on these pages."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.theme import (
    AdminPasswordChangeForm,
    ModelAdmin,
    UserAdmin,
    UserChangeForm,
    UserCreationForm,
)

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class OperatorAdmin(UserAdmin, ModelAdmin):
    """Operators. Switched off instead of deleted: their log would go with them."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse, to everybody."""
        del request, obj
        return False


@admin.register(Group)
class RoleAdmin(GroupAdmin, ModelAdmin):
    """Groups of permissions."""


@admin.register(LogEntry)
class OperatorLogAdmin(RecordAdmin):
    """What operators changed, read-only."""

    list_display = ("at", "user", "what", "object_repr", "get_change_message")
    list_select_related = ("user", "content_type")
    fields = ("at", "user", "what", "object_repr", "get_change_message")
    readonly_fields = ("at", "what", "get_change_message")

    at = columns.moment_column("action_time", _("at"))
    what = columns.text_column("content_type.name", _("what"))
