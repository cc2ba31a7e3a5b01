"""Django's entry to the transactions app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TransactionsConfig(AppConfig):
    """Registers the app under its plain name."""

    name = "transactions"
    verbose_name = _("Transactions")
