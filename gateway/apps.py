"""Django's entry to the gateway app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GatewayConfig(AppConfig):
    """Registers the app under its plain name."""

    name = "gateway"
    verbose_name = _("Channel gateway")
