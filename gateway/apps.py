"""Django's entry to the gateway app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from gateway.registry import CHANNELS
from merchants.channels import NAMES


class GatewayConfig(AppConfig):
    """Registers the app under its plain name."""

    name = "gateway"
    verbose_name = _("Channel gateway")

    def ready(self) -> None:
        """Tell the forms below which channels there are, in words."""
        NAMES.update({code: _(channel.label) for code, channel in CHANNELS.items()})
