"""``manage.py after_restore --since <time>``: learn what a restored database has forgotten.

Run it once, before the center's processes start (docs/operations.md, "Restore").
"""

import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from notifications.services.number_events import skip_positions
from paycenter.kernel.clock import business_date, now
from transactions.bills.wanting import LOOK_BACK
from transactions.restoring.asking_again import (
    Asked,
    ask_for_payments,
    ask_for_refunds,
    want_bills_again,
)

POSITIONS_PER_SECOND = 1000
"""More events than a center can make: so many positions are left out for what was lost."""


class Command(BaseCommand):
    """Asks the channels for all that is open, and moves the feed on behind what was read."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the moment the restored data reaches to."""
        parser.add_argument(
            "--since",
            required=True,
            type=_moment,
            help="when the restored data ends, with its zone: 2026-11-28T03:50:00+08:00",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one after the other; exits with 1 where something could not be asked for."""
        since: datetime = options["since"]
        moment = now()
        if since >= moment:
            raise CommandError("--since is not over yet: give the moment the restored data ends")
        lost = (moment - since).total_seconds()
        last = skip_positions((int(lost) + 1) * POSITIONS_PER_SECOND)
        self.stdout.write(f"feed: events from now on have positions above {last}")
        complete = [
            self._say("payments", ask_for_payments(since)),
            self._say("refunds", ask_for_refunds()),
        ]
        made, again = want_bills_again()
        self.stdout.write(f"bills: {made} to be got, {again} to be got again")
        if (business_date(moment) - business_date(since)).days > LOOK_BACK:
            self.stdout.write(
                f"bills: those of more than {LOOK_BACK} days ago are to be uploaded by hand"
            )
        if not all(complete):
            sys.exit(1)

    def _say(self, what: str, asked: Asked) -> bool:
        """Print what was asked for; returns whether nothing was left out."""
        self.stdout.write(f"{what}: {asked.count} asked for")
        for number in asked.not_asked:
            self.stdout.write(self.style.ERROR(f"{what}: {number} could not be asked for"))
        return not asked.not_asked


def _moment(text: str) -> datetime:
    """Return a moment with its zone, or raise ``ValueError``, which argparse tells."""
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        raise ValueError(text)
    return moment
