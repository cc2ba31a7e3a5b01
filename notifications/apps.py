"""Django's entry to the notifications app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Registers the app under its plain name."""

    name = "notifications"
    verbose_name = _("Notifications")
