"""Django's entry to actions on many rows."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BulkConfig(AppConfig):
    """What was done to many rows at once, and what became of each."""

    name = "paycenter.operators.bulk"
    label = "bulk"
    verbose_name = _("Bulk actions")
