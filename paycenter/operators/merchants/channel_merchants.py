"""Channel merchants: a company's accounts at channels, with their keys and certificates."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from gateway.registry import CHANNELS
from merchants.credentials import bump_version, entered_credentials, store_credential
from merchants.models import ChannelMerchant, PaymentAccount
from paycenter.operators import columns
from paycenter.operators.base import RecordInline, SetupAdmin
from paycenter.operators.confirm import done, page_context, refused, row_or_404
from paycenter.operators.merchants.channel_merchant_form import (
    ChannelMerchantForm,
    chosen_words,
    form_for,
    option_fields,
)
from paycenter.operators.merchants.credential_form import CredentialForm
from paycenter.operators.merchants.credentials import CredentialInline
from paycenter.operators.merchants.routes import routes_table
from paycenter.operators.onboarding.card import MissingCard
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.theme import AutocompleteSelectFilter, action


class PaymentAccountInline(RecordInline):
    """The payment accounts of a channel merchant."""

    model = PaymentAccount
    fields = ("number", "page", "project", "appid", "is_active")
    readonly_fields = ("number", "page")
    number = columns.number_column("payment_no", _("payment id"))
    page = columns.own_link_column("name", _("name"))


@admin.register(ChannelMerchant)
class ChannelMerchantAdmin(MissingCard, SetupAdmin):
    """A company's account at a channel. Its keys go in here and never come out."""

    form = ChannelMerchantForm
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
        "callback_networks",
        "is_active",
    )
    fixed_fields = ("merchant", "mchid")
    inlines = (CredentialInline, PaymentAccountInline)
    actions_detail = ("add_credential",)

    channel_label = columns.own_channel_column()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Once the channel is fixed, show what it lets people choose and what it executes."""
        if obj is None:
            return self.fields
        channel = CHANNELS.get(obj.channel)
        endpoint = ("endpoint",) if channel and channel.own_endpoint else ()
        options = option_fields(channel) if channel else ()
        ratio = ("max_split_ppm",) if channel and channel.splits else ()
        if options and not self.has_change_permission(request, obj):
            options = ("chosen",)
        return (
            "merchant",
            "channel_label",
            "mchid",
            *endpoint,
            *options,
            *self.fields[4:],
            *ratio,
            "routes",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Besides what is fixed: the channel and, but for platform administrators, the address."""
        reserved = [] if request.user.is_superuser else ["endpoint"]
        return [
            *super().get_readonly_fields(request, obj),
            "channel_label",
            "chosen",
            "routes",
            *reserved,
        ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Offer the options of the row's channel."""
        if obj is not None and obj.channel in CHANNELS and self.has_change_permission(request, obj):
            kwargs["form"] = form_for(CHANNELS[obj.channel], obj)
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and have every process speak to the channel as it is entered now."""
        super().save_model(request, obj, form, change)
        if change and form.changes_how_it_speaks():
            bump_version(obj.pk)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """A channel merchant that is being entered has nothing yet."""
        return super().get_inlines(request, obj) if obj else ()

    @admin.display(description=_("options"))
    def chosen(self, owner: ChannelMerchant) -> str:
        """Show the chosen options to who may not change them."""
        return ", ".join(chosen_words(CHANNELS[owner.channel], owner))

    @admin.display(description=_("what the center executes"))
    def routes(self, owner: ChannelMerchant) -> str:
        """Show the request parser's table."""
        return routes_table(owner)

    def has_credential_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may add credentials."""
        return self.holds(request, "merchants.add_storedcredential", object_id)

    @action(
        description=_("Add a key or certificate"),
        icon="key",
        permissions=["credential"],
        url_path="add-credential",
    )
    @needs_proof
    def add_credential(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take a credential in."""
        owner: ChannelMerchant = row_or_404(self, request, object_id)
        channel = CHANNELS.get(owner.channel)
        if channel is None:
            return refused(request, owner, _("This center does not speak to this channel yet."))
        form = CredentialForm(
            channel, entered_credentials(owner), request.POST or None, request.FILES or None
        )
        if not form.is_valid():
            title = _("Add a key or certificate")
            context = page_context(self, request, owner, title) | {"form": form}
            return TemplateResponse(request, "admin/credential_form.html", context)
        by = request.user.get_username()
        stored = store_credential(owner, form.cleaned_data["credential"], entered_by=by)
        if stored is None:
            return refused(request, owner, _("Exactly this credential is stored already."))
        self.log_change(request, owner, _("Stored a credential."))
        if stored.waits:
            text = _("The credential is stored. It is used once somebody else has approved it.")
            return done(request, owner, text)
        return done(request, owner, _("The credential is stored. It is used from now on."))
