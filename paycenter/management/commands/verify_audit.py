"""``manage.py verify_audit``: is the audit log as it was written, from its first event on?"""

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from merchants.audit.chaining import START, Link, chain_events
from merchants.audit.verifying import Verdict, last_checkpoint, verify_and_note

_LINK = re.compile(r"([1-9][0-9]{0,18}):([0-9a-f]{64})", re.ASCII)


def parse_link(text: str) -> Link:
    """Read ``NUMBER:HASH`` as this command and the log write it."""
    found = _LINK.fullmatch(text)
    if not found:
        raise ArgumentTypeError("write it as NUMBER:HASH, as an earlier verification printed it")
    return Link(int(found[1]), found[2])


class Command(BaseCommand):
    """Reads the chain; prints where it does not hold and then exits with 1."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to begin, and what somebody noted of the chain."""
        parser.add_argument(
            "--new", action="store_true", help="begin where the last verification ended"
        )
        parser.add_argument(
            "--expect",
            type=parse_link,
            action="append",
            default=[],
            metavar="NUMBER:HASH",
            help="an end of the chain that was noted elsewhere, as the log has it; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and say how it went."""
        while chain_events():
            pass
        last = last_checkpoint() if options["new"] else None
        begin = Link(last.number, last.hash) if last else START
        verdict = verify_and_note(begin, expected=options["expect"])
        self._tell(verdict)
        if not verdict.holds:
            sys.exit(1)

    def _tell(self, verdict: Verdict) -> None:
        if verdict.holds:
            self.stdout.write(f"{self.style.SUCCESS('holds ')} {verdict.events} events")
        for place in verdict.breaks:
            self.stdout.write(f"{self.style.ERROR('BROKEN')} event {place.number}: {place.what}")
        if verdict.count > len(verdict.breaks):
            self.stdout.write(f"       and {verdict.count - len(verdict.breaks)} more places")
        self.stdout.write(f"end {verdict.end}")
