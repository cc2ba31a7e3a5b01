"""Django's entry to the project package.

Importing ``celery`` makes its application the current one in every process that runs Django;
importing ``checks`` registers the system checks.
"""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from paycenter import celery, checks

__all__ = ["PaycenterConfig", "celery", "checks"]


class PaycenterConfig(AppConfig):
    """Registers the project package as an app."""

    name = "paycenter"
    verbose_name = _("Payment center")
