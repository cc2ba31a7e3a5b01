"""``manage.py verify_invariants``: does all hold that must hold of money, books and states?"""

import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from paycenter.kernel.clock import now
from transactions.invariants.verifying import INVARIANTS, WINDOW, Broken, find_broken
from transactions.invariants.window import window_since


class Command(BaseCommand):
    """Looks at what was made or moved lately; prints what is broken and then exits with 1."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how far back to look."""
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument(
            "--days", type=int, default=WINDOW.days, help="look at so many days (%(default)s)"
        )
        scope.add_argument("--all", action="store_true", help="look at everything there is")
        scope.add_argument("--list", action="store_true", help="only say what is looked at")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check one after the other and say how each did."""
        if options["list"]:
            for each in INVARIANTS:
                self.stdout.write(f"{each.number:3} {each.name}: {each.words}")
            return
        moment = now()
        since = None if options["all"] else moment - timedelta(days=options["days"])
        window = window_since(since, now=moment)
        found = [self._check(find_broken(each, window), each.name) for each in INVARIANTS]
        if not all(found):
            sys.exit(1)

    def _check(self, broken: Broken | None, name: str) -> bool:
        """Print how one did; returns whether it holds."""
        if broken is None:
            self.stdout.write(f"{self.style.SUCCESS('holds ')} {name}")
            return True
        self.stdout.write(
            f"{self.style.ERROR('BROKEN')} {name}: not so in {broken.count} places: "
            f"{broken.invariant.words}"
        )
        for example in broken.examples:
            self.stdout.write(f"       {example}")
        return False
