"""Django's entry to the merchants app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MerchantsConfig(AppConfig):
    """Registers the app under its plain name."""

    name = "merchants"
    verbose_name = _("Companies and accounts")
