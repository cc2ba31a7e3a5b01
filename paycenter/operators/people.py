"""Who may work here and in which roles."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from merchants.models import Membership
from paycenter.operators import columns
from paycenter.operators.columns import page_of
from paycenter.operators.returning import ReturningAdmin, back_of, returning
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.security.proved_forms import ProvedForms
from paycenter.operators.security.resetting import FactorReset
from paycenter.operators.theme import (
    AdminPasswordChangeForm,
    ModelForm,
    TabularInline,
    UserAdmin,
    UserChangeForm,
    UserCreationForm,
)

admin.site.unregister(User)
# Roles take the place of Django's groups of permissions.
admin.site.unregister(Group)

NO_SCOPE = _("A platform operator's role holds everywhere: leave the scope blank.")
NOT_THIS_SCOPE = {
    "developer": _("A developer's role holds for an application: choose one, and nothing else."),
    "": _("Choose one group, one company or one project for this role, and nothing else."),
}


class MembershipForm(ModelForm):
    """A role and its scope, which must fit each other."""

    def clean(self) -> dict[str, Any]:
        """Say which scope the role wants."""
        data = super().clean() or {}
        chosen = {name for name in Membership.SCOPES if data.get(name)}
        role = data.get("role")
        if role == "platform" and chosen:
            self.add_error("role", NO_SCOPE)
        elif role == "developer" and chosen != {"application"}:
            self.add_error("role", NOT_THIS_SCOPE["developer"])
        elif role not in {None, "", "platform", "developer"} and (
            len(chosen) != 1 or "application" in chosen
        ):
            self.add_error("role", NOT_THIS_SCOPE[""])
        return data


class MembershipInline(TabularInline):
    """The roles of one operator."""

    model = Membership
    form = MembershipForm
    extra = 0
    autocomplete_fields = ("group", "merchant", "project", "application")
    fields = ("role", *autocomplete_fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Read the names of the scopes with the roles."""
        return super().get_queryset(request).select_related(*Membership.SCOPES)


@admin.register(User)
class OperatorAdmin(FactorReset, ProvedForms, UserAdmin, ReturningAdmin):
    """Operators. Switched off instead of deleted: what they did stays theirs."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (MembershipInline,)
    list_display = ("username", "first_name", "is_active", "roles", "last_login")
    list_filter = ("is_active", "memberships__role")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active")}),
        (_("Person"), {"fields": ("first_name", "email", "last_login", "date_joined")}),
    )

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        """Name the roles and what they hold for."""
        if user.is_superuser:
            return str(_("everything"))
        return ", ".join(map(str, user.memberships.all())) or columns.EMPTY

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Show superusers to superusers only: who may change one could become one."""
        scopes = [f"memberships__{name}" for name in Membership.SCOPES]
        users = super().get_queryset(request).prefetch_related("memberships", *scopes)
        return users if request.user.is_superuser else users.filter(is_superuser=False)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Let whoever is made here sign in here."""
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    @needs_proof
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002
        """Give somebody another password."""
        return super().user_change_password(request, id, form_url)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go on to the person's page as usual, and from there back to where the reader came from.

        ``post_url_continue`` is not used by Django's own pages of users.
        """
        del post_url_continue
        return super().response_add(request, obj, returning(page_of(obj), back_of(request)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse, to everybody."""
        del request, obj
        return False
