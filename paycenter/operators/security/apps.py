"""Django's entry to the site's security, and the site it puts in place of Django's own."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class OperatorsSiteConfig(AdminConfig):
    """Django's admin, with the site of ours."""

    default_site = "paycenter.operators.security.site.OperatorsSite"


class SecurityConfig(AppConfig):
    """Who is signed in, and by what they proved who they are."""

    name = "paycenter.operators.security"
    label = "security"
    verbose_name = _("Security")

    def ready(self) -> None:
        """Hear of failures, of leaving, and of what changes about a person."""
        import_module("paycenter.operators.security.hearing").begin()
