"""Entering a company's account at a channel, with the choices its channel declares.

The choices (``Channel.options``) become fields once the channel is known. The address of a platform
decides where money and signatures go, so it is judged as any URL that others chose, and only
platform administrators see its field (``channel_merchants``).
"""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway.contract import AccountOption, Channel
from merchants.models import ChannelMerchant
from paycenter.kernel.outgoing_urls import RefusedURL, check_url_and_addresses
from paycenter.operators.merchants.list_form import ListForm
from paycenter.operators.theme import SelectWidget, TextInputWidget

OPTION_PREFIX = "option_"
HOW_IT_SPEAKS = frozenset({"endpoint", "provider_mchid", "provider_appid"})
"""Fields whose change makes the account another one to its channel, besides the options."""


class ChannelMerchantForm(ListForm):
    """Judges addresses, and keeps the chosen options in one column."""

    list_fields = ("callback_networks",)
    offered: tuple[AccountOption, ...] = ()

    class Meta:
        field_classes = {"endpoint": forms.CharField}
        widgets = {"endpoint": TextInputWidget()}

    def clean_endpoint(self) -> str:
        """Return the platform's address as calls use it: checked, with a slash at its end."""
        address: str = self.cleaned_data["endpoint"].strip()
        if not address:
            return ""
        if "?" in address or "#" in address:
            raise forms.ValidationError(_("Write the address without “?” and “#”."))
        try:
            check_url_and_addresses(address)
        except RefusedURL as refused:
            raise forms.ValidationError(gettext(str(refused))) from None
        return address if address.endswith("/") else f"{address}/"

    def clean(self) -> dict[str, Any]:
        """Put the chosen options into their column."""
        data = super().clean() or {}
        chosen = {option.name: data.get(OPTION_PREFIX + option.name) for option in self.offered}
        self.instance.options = self.instance.options | {
            name: value for name, value in chosen.items() if value is not None
        }
        return data

    def changes_how_it_speaks(self) -> bool:
        """Whether the keys must be loaded, and the accounts tested, anew."""
        return any(name in HOW_IT_SPEAKS or _is_option(name) for name in self.changed_data)


def form_for(channel: Channel, owner: ChannelMerchant) -> type[ChannelMerchantForm]:
    """Return the form of a channel merchant with one field for each option of its channel."""
    fields = {
        OPTION_PREFIX + option.name: _field(option, owner.options.get(option.name, option.default))
        for option in channel.options
    }
    return type(
        "ChannelMerchantForm", (ChannelMerchantForm,), {**fields, "offered": channel.options}
    )


def option_fields(channel: Channel) -> tuple[str, ...]:
    """Return the names of the fields of a channel's options."""
    return tuple(OPTION_PREFIX + option.name for option in channel.options)


def chosen_words(channel: Channel, owner: ChannelMerchant) -> list[str]:
    """Return each option of a channel with the choice made, in words."""
    chosen = {option: owner.options.get(option.name, option.default) for option in channel.options}
    return [
        f"{gettext(option.label)}: {gettext(dict(option.choices).get(value, value))}"
        for option, value in chosen.items()
    ]


def _field(option: AccountOption, chosen: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext(option.label),
        choices=[(value, gettext(label)) for value, label in option.choices],
        initial=chosen,
        required="" not in dict(option.choices),
        widget=SelectWidget(),
    )


def _is_option(name: str) -> bool:
    return name.startswith(OPTION_PREFIX)
