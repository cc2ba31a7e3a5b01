"""Applications: keys, notification secrets, grants, and where they may call from and be told."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from merchants.keys import retire_webhook_secret, revoke_key
from merchants.models import Application, ApplicationKey, Grant, Merchant
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin, RecordInline, SetupAdmin
from paycenter.operators.confirm import Question, ask, done, row_or_404
from paycenter.operators.merchants.application_secrets import (
    ACCESS_KEY,
    EASYPAY_KEY,
    WEBHOOK_SECRET,
    issue,
)
from paycenter.operators.merchants.list_form import ListForm
from paycenter.operators.onboarding.debugger import signature_debugger
from paycenter.operators.roles.held import Person, companies_with
from paycenter.operators.roles.scoping import visible
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.theme import AutocompleteSelectFilter, TabularInline, action


class KeyInline(RecordInline):
    """The application's access keys."""

    model = ApplicationKey
    fields = ("key", "slot", "created", "revoked")
    readonly_fields = ("key", "created", "revoked")
    key = columns.own_link_column("key_id", _("key id"))
    created = columns.moment_column("created_at", _("created at"))
    revoked = columns.moment_column("revoked_at", _("revoked at"))


class GrantInline(TabularInline):
    """The payment accounts the application may use."""

    model = Grant
    extra = 0
    hide_title = True
    autocomplete_fields = ("payment_account",)
    fields = ("payment_account", "channel")
    readonly_fields = ("channel",)
    channel = columns.channel_column("payment_account.channel_merchant")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the accounts with their channels in one statement."""
        return super().get_queryset(request).select_related("payment_account__channel_merchant")


class ApplicationForm(ListForm):
    """Judges lists of hosts and networks entry by entry."""

    list_fields = ("allowed_hosts", "ip_allow_list")


@admin.register(Application)
class ApplicationAdmin(SetupAdmin):
    """Calling business systems."""

    form = ApplicationForm
    list_display = ("name", "code", "group", "notify_url", "is_active")
    list_select_related = ("group",)
    list_filter = ("is_active", ("group", AutocompleteSelectFilter))
    search_fields = ("name", "code")
    autocomplete_fields = ("group",)
    fixed_fields = ("code", "group")
    fieldsets = (
        (None, {"fields": ("code", "name", "group", "is_active")}),
        (_("Notifications"), {"fields": ("notify_url", "webhook_secret")}),
        (_("Limits"), {"fields": ("allowed_hosts", "ip_allow_list", "attempt_guard_seconds")}),
    )
    readonly_fields = ("webhook_secret",)
    inlines = (KeyInline, GrantInline)
    actions_detail = (
        "issue_key",
        "issue_secret",
        "retire_secret",
        "issue_easypay_key",
        "check_signature",
    )

    @admin.display(description=_("notification secret"))
    def webhook_secret(self, application: Application) -> str:
        """Say whether there is one, never what it is."""
        if application.sealed_previous_webhook_secret:
            return columns.label(_("two: the former one still signs"), "care")
        if application.sealed_webhook_secret:
            return columns.label(_("issued"), "good")
        return columns.label(_("none: nothing can be notified"), "bad")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Read a URL without scheme as https."""
        if db_field.name == "notify_url":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """An application that is being entered has nothing yet."""
        return super().get_inlines(request, obj) if obj else ()

    def has_secrets_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may add keys may issue secrets."""
        return self.holds(request, "merchants.add_applicationkey", object_id)

    def has_retire_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The same, as long as there is a former secret."""
        if not self.has_secrets_permission(request):
            return False
        application: Any = self.get_object(request, str(object_id))
        return application is None or bool(application.sealed_previous_webhook_secret)

    @action(description=_("Issue an access key"), icon="key", permissions=["secrets"])
    @needs_proof
    def issue_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Issue a key and show its secret once."""
        return issue(self, request, row_or_404(self, request, object_id), ACCESS_KEY)

    @action(
        description=_("Issue a notification secret"),
        icon="enhanced_encryption",
        permissions=["secrets"],
    )
    @needs_proof
    def issue_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Issue a notification secret and show it once."""
        return issue(self, request, row_or_404(self, request, object_id), WEBHOOK_SECRET)

    @action(description=_("Issue an EasyPay key"), icon="door_open", permissions=["secrets"])
    @needs_proof
    def issue_easypay_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the application's EasyPay door, or replace its key, and show it once."""
        return issue(self, request, row_or_404(self, request, object_id), EASYPAY_KEY)

    @action(
        description=_("Check a signature"),
        icon="troubleshoot",
        permissions=["secrets"],
        url_path="check-signature",
    )
    def check_signature(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what the center signs over, beside what a developer did."""
        return signature_debugger(self, request, row_or_404(self, request, object_id))

    @action(description=_("Retire the former secret"), icon="block", permissions=["retire"])
    @needs_proof
    def retire_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop signing with the former notification secret."""
        application = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, application, RETIRE)
        retire_webhook_secret(application)
        self.log_change(request, application, _("Retired the former secret."))
        return done(request, application, _("Only the newest secret signs now."))


RETIRE = Question(
    title=_("Retire the former secret"),
    text=_("Notifications are then signed with the newest secret alone."),
    button=_("Retire now"),
)


@admin.register(ApplicationKey)
class ApplicationKeyAdmin(RecordAdmin):
    """Access keys: read-only, but may be revoked."""

    list_display = ("key_id", "application", "slot", "created", "revoked")
    list_select_related = ("application",)
    list_filter = (("application", AutocompleteSelectFilter),)
    fields = ("key", "owner", "slot", "created", "revoked")
    readonly_fields = ("key", "owner", "created", "revoked")
    actions_detail = ("revoke",)

    key = columns.number_column("key_id", _("key id"))
    owner = columns.link_column("application", _("application"))
    created = columns.moment_column("created_at", _("created at"))
    revoked = columns.moment_column("revoked_at", _("revoked at"))

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change keys may revoke one."""
        return self.holds(request, "merchants.change_applicationkey", object_id)

    @action(description=_("Revoke"), icon="block", permissions=["revoke"])
    @needs_proof
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Refuse the key from now on."""
        key = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, key, REVOKE)
        revoke_key(key)
        self.log_change(request, key, _("Revoked."))
        return done(request, key, _("Requests signed with this key are refused from now on."))


REVOKE = Question(
    title=_("Revoke"),
    text=_("Requests signed with this key are refused at once. It cannot be taken back."),
    button=_("Revoke now"),
)


@admin.register(Grant)
class GrantAdmin(SetupAdmin):
    """Who may use which payment account. Grants are the one thing that may be deleted."""

    list_display = ("application", "payment_account", "channel", "created")
    list_select_related = ("application", "payment_account__channel_merchant")
    list_filter = (("application", AutocompleteSelectFilter),)
    autocomplete_fields = ("payment_account",)
    fields = ("application", "payment_account")
    fixed_fields = ("application", "payment_account")
    channel = columns.channel_column("payment_account.channel_merchant")
    created = columns.moment_column("created_at", _("created at"))

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **options: Any) -> Any:
        """Offer the group's applications too that may use no account of the company yet."""
        if db_field.name == "application":
            options["queryset"] = _grantable(request.user)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A grant may be taken back by whoever may delete grants."""
        return self.holds(request, "merchants.delete_grant", obj and obj.pk)


def _grantable(user: Person) -> QuerySet[Application]:
    """Return the applications that a person sees, and those of the groups that they grant for."""
    companies = companies_with(user, "merchants.add_grant")
    if companies is None:
        return Application.objects.all()
    seen = visible(user, Application.objects.all()).values("pk")
    groups = Merchant.objects.filter(pk__in=companies).values("group")
    return Application.objects.filter(Q(pk__in=seen) | Q(group__in=groups))
