"""``manage.py seed_sandbox``: the sandbox's first customer."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from paycenter.sandbox_seed import seed


class Command(BaseCommand):
    """Makes a company with sandbox accounts, an application and an operator; keeps what exists."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, or say why there is nothing to seed."""
        try:
            seed()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        self.stdout.write("sandbox ready")
