"""``manage.py test_account P0000000001``: does a payment account work? If so it is switched on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gateway.account_test import test_and_activate
from gateway.registry import CHANNELS
from merchants.models import PaymentAccount


class Command(BaseCommand):
    """Does what the button "Test and activate" of the admin does; exits with 1 when it fails."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the payment id."""
        parser.add_argument("payment_no", help="the payment id, P and ten digits")

    def handle(self, *args: Any, **options: Any) -> None:
        """Test the account and say what was found."""
        account = (
            PaymentAccount.objects.select_related("channel_merchant")
            .filter(payment_no=options["payment_no"], channel_merchant__channel__in=CHANNELS)
            .first()
        )
        if account is None:
            raise CommandError(f"There is no payment account {options['payment_no']}")
        found = test_and_activate(account)
        text = f"{account.payment_no} {found.finding.value}: {found.explained()}"
        if not found.works:
            raise CommandError(text)
        self.stdout.write(self.style.SUCCESS(text))
