"""Property groups, their companies and projects. A company's page shows all it collects with."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from merchants.models import (
    ChannelMerchant,
    Grant,
    Merchant,
    PaymentAccount,
    Project,
    PropertyGroup,
)
from merchants.switches import switches_within
from paycenter.operators import columns
from paycenter.operators.base import RecordInline, SetupAdmin, SetupForm
from paycenter.operators.confirm import row_or_404
from paycenter.operators.fields import YuanField
from paycenter.operators.health.switches import switch_lines
from paycenter.operators.onboarding.card import MissingCard
from paycenter.operators.onboarding.checklist import checklist_url
from paycenter.operators.onboarding.pages import checklist_page, start_page
from paycenter.operators.theme import (
    AutocompleteSelectFilter,
    TabularInline,
    action,
)


@admin.register(PropertyGroup)
class PropertyGroupAdmin(SetupAdmin):
    """Customers of the platform."""

    list_display = ("name", "code", "created")
    search_fields = ("name", "code")
    fields = ("name", "code")
    fixed_fields = ("code",)
    created = columns.moment_column("created_at", _("created at"))


class ChannelMerchantInline(RecordInline):
    """The company's accounts at channels."""

    model = ChannelMerchant
    fields = ("number", "channel_name", "is_active")
    readonly_fields = ("number", "channel_name")
    number = columns.own_link_column("mchid", _("number at the channel"))
    channel_name = columns.own_channel_column()


class ProjectInline(TabularInline):
    """The company's projects."""

    model = Project
    extra = 0
    can_delete = False
    hide_title = True


class MerchantForm(SetupForm):
    """A company; amounts are written in yuan."""

    refund_limit = YuanField(
        label=Merchant._meta.get_field("refund_limit").verbose_name,
        help_text=Merchant._meta.get_field("refund_limit").help_text,
        required=False,
    )


@admin.register(Merchant)
class MerchantAdmin(MissingCard, SetupAdmin):
    """Property companies. A new one begins with its checklist."""

    list_display = ("name", "merchant_no", "group", "display_name", "channels", "is_active")
    list_select_related = ("group",)
    list_filter = ("is_active", ("group", AutocompleteSelectFilter))
    search_fields = ("name", "display_name", "merchant_no", "credit_code")
    autocomplete_fields = ("group",)
    form = MerchantForm
    fields = (
        "group",
        "name",
        "display_name",
        "credit_code",
        "holds_duplicates",
        "refund_limit",
        "is_active",
    )
    fixed_fields = ("group",)
    inlines = (ChannelMerchantInline, ProjectInline)
    actions_list = ("begin",)
    actions_detail = ("onboarding",)

    number = columns.number_column("merchant_no", _("merchant id"))

    def get_fieldsets(self, request: HttpRequest, obj: Merchant | None = None) -> Any:
        """Show what the company has only once there is a company."""
        del request
        entered = (None, {"fields": self.fields})
        if obj is None:
            return [entered]
        return [
            entered,
            (_("Channel switches"), {"fields": ("switches",)}),
            (_("To copy into applications"), {"fields": ("number", "accounts", "applications")}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Besides what is fixed: what is shown for copying."""
        return [
            *super().get_readonly_fields(request, obj),
            "switches",
            "number",
            "accounts",
            "applications",
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Merchant]:
        """Read the channel merchants of a page of companies in one statement."""
        return super().get_queryset(request).prefetch_related("channel_merchants")

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Go on to the new company's checklist, or to the list for who may not see the company."""
        if self.has_onboarding_permission(request, obj.pk):
            return HttpResponseRedirect(checklist_url(obj))
        return super().response_post_save_add(request, obj)

    def has_begin_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may add companies."""
        del object_id
        return self.has_add_permission(request)

    @action(description=_("New property company"), icon="add_business", permissions=["begin"])
    def begin(self, request: HttpRequest) -> HttpResponse:
        """Begin the guided path of a company that is not here yet."""
        return start_page(self, request)

    def has_onboarding_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may see the company."""
        return self.holds(request, "merchants.view_merchant", object_id)

    @action(description=_("Onboarding"), icon="checklist", permissions=["onboarding"])
    def onboarding(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what is missing until the company can be paid."""
        return checklist_page(self, request, row_or_404(self, request, object_id))

    @admin.display(description=_("channels"))
    def channels(self, merchant: Merchant) -> str:
        """List the channels; a sandbox is marked."""
        names = {(owner.channel, owner.is_sandbox): owner for owner in _owners(merchant)}
        return format_html_join(", ", "{}", ((columns.channel_name(o),) for o in names.values()))

    @admin.display(description=_("on for this company or its accounts"))
    def switches(self, merchant: Merchant) -> str:
        """List what refuses new payments of this company alone."""
        return switch_lines(switches_within(merchant))

    @admin.display(description=_("payment accounts"))
    def accounts(self, merchant: Merchant) -> str:
        """List the payment ids, ready to copy."""
        found = PaymentAccount.objects.filter(channel_merchant__merchant=merchant)
        return _lines(
            (
                columns.copyable(account.payment_no),
                columns.link(account, account.name),
                columns.channel_name(account.channel_merchant),
            )
            for account in found.select_related("channel_merchant").order_by("id")
        )

    @admin.display(description=_("applications with grants"))
    def applications(self, merchant: Merchant) -> str:
        """List who may use which account."""
        found = Grant.objects.filter(payment_account__channel_merchant__merchant=merchant)
        return _lines(
            (columns.link(grant.application), "→", columns.link(grant.payment_account))
            for grant in found.select_related("application", "payment_account").order_by("id")
        )


def _owners(merchant: Merchant) -> Iterable[ChannelMerchant]:
    return merchant.channel_merchants.all()


def _lines(rows: Iterable[tuple[str, str, str]]) -> str:
    return format_html_join("", '<p class="pc-line">{} {} {}</p>', rows) or columns.EMPTY


@admin.register(Project)
class ProjectAdmin(SetupAdmin):
    """Managed communities."""

    list_display = ("name", "code", "merchant")
    list_select_related = ("merchant",)
    list_filter = (("merchant", AutocompleteSelectFilter),)
    search_fields = ("name", "code")
    autocomplete_fields = ("merchant",)
    fields = ("merchant", "name", "code")
    fixed_fields = ("merchant",)
