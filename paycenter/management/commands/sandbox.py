"""``manage.py sandbox credentials [--json]``: what tools need to use the sandbox."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from paycenter.sandbox_credentials import sandbox_credentials


class Command(BaseCommand):
    """Prints the sandbox customer's identifiers and test keys."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the one subcommand and its form."""
        commands = parser.add_subparsers(dest="subcommand", required=True)
        credentials = commands.add_parser("credentials", help="identifiers and test keys")
        credentials.add_argument("--json", action="store_true", help="as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them, or say why there are none."""
        try:
            found = sandbox_credentials()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        except OperationalError as error:
            raise CommandError(f"The database does not answer; is it running? {error}") from None
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2))
            return
        application, admin = found["application"], found["admin"]
        for label, value in (
            ("API", f"{found['base_url']}/api/v1/"),
            ("merchant_id", found["merchant_id"]),
            ("payment_ids", json.dumps(found["payment_ids"])),
            ("key id", application["key_id"]),
            ("secret", application["secret"]),
            ("webhook secret", application["webhook_secret"]),
            ("admin", f"{admin['url']} {admin['username']} / {admin['password']}"),
            ("sandbox control", found["sandbox"]["control_url"]),
        ):
            self.stdout.write(f"{label:16} {value}")
