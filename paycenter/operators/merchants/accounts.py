"""Channel merchants with their keys, and the payment accounts that applications name."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway.accounts import channel_account
from gateway.contract import ConfigurationError
from gateway.registry import CHANNELS
from merchants.credentials import store_credential
from merchants.models import ChannelMerchant, PaymentAccount
from paycenter.operators import columns
from paycenter.operators.base import RecordInline, SetupAdmin
from paycenter.operators.confirm import done, page_context, refused, row_or_404
from paycenter.operators.fields import YuanField
from paycenter.operators.merchants.credential_form import CredentialForm
from paycenter.operators.merchants.credentials import CredentialInline
from paycenter.operators.theme import AutocompleteSelectFilter, ModelForm, action


class PaymentAccountInline(RecordInline):
    """The payment accounts of a channel merchant."""

    model = PaymentAccount
    fields = ("number", "page", "project", "appid", "is_active")
    readonly_fields = ("number", "page")
    number = columns.number_column("payment_no", _("payment id"))
    page = columns.own_link_column("name", _("name"))


@admin.register(ChannelMerchant)
class ChannelMerchantAdmin(SetupAdmin):
    """A company's account at a channel. Its keys go in here and never come out."""

    list_display = ("mchid", "channel_label", "merchant", "provider_mchid", "is_active")
    list_select_related = ("merchant",)
    list_filter = (
        "channel",
        "is_sandbox",
        "is_active",
        ("merchant", AutocompleteSelectFilter),
    )
    search_fields = ("mchid", "provider_mchid", "merchant__name")
    autocomplete_fields = ("merchant",)
    fields = (
        "merchant",
        "channel",
        "mchid",
        "is_sandbox",
        "provider_mchid",
        "provider_appid",
        "is_active",
    )
    fixed_fields = ("merchant", "mchid")
    inlines = (CredentialInline, PaymentAccountInline)
    actions_detail = ("add_credential",)

    channel_label = columns.own_channel_column()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Once there is a channel merchant its channel is fixed, and a sandbox is marked."""
        del request
        if obj is None:
            return self.fields
        return ("merchant", "channel_label", "mchid", *self.fields[4:])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Besides what is fixed: the channel."""
        return [*super().get_readonly_fields(request, obj), "channel_label"]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """A channel merchant that is being entered has nothing yet."""
        return super().get_inlines(request, obj) if obj else ()

    def has_credential_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may add credentials."""
        del object_id
        return request.user.has_perm("merchants.add_storedcredential")

    @action(
        description=_("Add a key or certificate"),
        icon="key",
        permissions=["credential"],
        url_path="add-credential",
    )
    def add_credential(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take a credential in."""
        owner: ChannelMerchant = row_or_404(self, request, object_id)
        channel = CHANNELS.get(owner.channel)
        if channel is None:
            return refused(request, owner, _("This center does not speak to this channel yet."))
        form = CredentialForm(channel, request.POST or None, request.FILES or None)
        if not form.is_valid():
            title = _("Add a key or certificate")
            context = page_context(self, request, owner, title) | {"form": form}
            return TemplateResponse(request, "admin/credential_form.html", context)
        if not store_credential(owner, form.cleaned_data["credential"]):
            return refused(request, owner, _("Exactly this credential is stored already."))
        self.log_change(request, owner, str(_("Stored a credential.")))
        return done(request, owner, _("The credential is stored. It is used from now on."))


class PaymentAccountForm(ModelForm):
    """Amounts in yuan, and a project of the same company."""

    min_amount = YuanField(label=_("smallest amount (yuan)"), initial=1)
    max_amount = YuanField(label=_("largest amount (yuan)"), initial=10_000_000_000)

    def clean(self) -> dict[str, Any]:
        """Refuse another company's project, and limits that leave nothing between them."""
        data = super().clean() or {}
        owner = data.get("channel_merchant") or getattr(self.instance, "channel_merchant", None)
        project = data.get("project")
        if owner and project and project.merchant_id != owner.merchant_id:
            self.add_error("project", _("The project belongs to another company."))
        if data.get("min_amount", 0) > data.get("max_amount", 0):
            self.add_error("max_amount", _("The largest amount is below the smallest."))
        return data


@admin.register(PaymentAccount)
class PaymentAccountAdmin(SetupAdmin):
    """What applications name in a request."""

    form = PaymentAccountForm
    list_display = ("payment_no", "name", "channel", "company", "project", "is_active")
    list_select_related = ("channel_merchant__merchant", "project")
    list_filter = (
        "is_active",
        "channel_merchant__channel",
        "channel_merchant__is_sandbox",
        ("channel_merchant__merchant", AutocompleteSelectFilter),
    )
    search_fields = ("payment_no", "name", "appid", "channel_merchant__mchid")
    autocomplete_fields = ("channel_merchant", "project")
    fields = (
        "number",
        "channel_merchant",
        "project",
        "name",
        "appid",
        "mini_program_appid",
        "min_amount",
        "max_amount",
        "is_active",
    )
    readonly_fields = ("number",)
    fixed_fields = ("channel_merchant",)
    actions_detail = ("check_account",)

    number = columns.number_column("payment_no", _("payment id"))
    channel = columns.channel_column("channel_merchant")
    company = columns.text_column("channel_merchant.merchant", _("property company"))

    @action(description=_("Check numbers and keys"), icon="verified")
    def check_account(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say whether the account could work; sends nothing and changes nothing."""
        account = row_or_404(self, request, object_id)
        channel = CHANNELS.get(account.channel_merchant.channel)
        if channel is None:
            return refused(request, account, _("This center does not speak to this channel yet."))
        try:
            channel.check_account(channel_account(account))
        except ConfigurationError as error:
            text = _("It cannot work yet: %(reason)s") % {"reason": gettext(str(error))}
            return refused(request, account, text)
        return done(request, account, _("Numbers and keys are complete and fit together."))
