"""`make soak`: a whole center under load while everything breaks, for half an hour or as told.

Processes are killed and frozen, PostgreSQL is stopped at once, Valkey is emptied, links are cut,
mute or slow. Then all is healed, and when nothing is on its way any more, the channel's books, the
center's and the application's must agree to the fen, every event must have arrived, and every
invariant must hold. Exits with 1 where anything is lost, double or stuck.

    make soak                          half an hour
    make soak ARGS='5 --seed 7'        five minutes, with the disasters of seed 7
"""

import argparse
import secrets
import sys
import time

from paycenter.local.console import bold, dim, green, red, say
from paycenter.local.errors import LocalError
from tests.soak.soak import Outcome, soak


def main() -> int:
    """Soak, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("minutes", type=float, nargs="?", default=30)
    parser.add_argument("--rate", type=float, default=3, help="orders a second (%(default)s)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    asked = parser.parse_args()
    say(bold(f"{asked.minutes:g} minutes, {asked.rate:g} orders a second, seed {asked.seed}"))
    started = time.monotonic()

    def tell(text: str) -> None:
        say(dim(f"{time.monotonic() - started:7.1f} s  {text}"))

    outcome = soak(seconds=60 * asked.minutes, rate=asked.rate, seed=asked.seed, tell=tell)
    _show(outcome)
    say(bold(f"seed {asked.seed}"))
    return 1 if outcome.complaints else 0


def _show(outcome: Outcome) -> None:
    for title, rows in (("Done to it", outcome.struck), ("Came of it", outcome.figures)):
        say(bold(title))
        for name, value in sorted(rows.items()):
            say(f"  {name:40} {value:>10,}")
    for complaint in outcome.complaints:
        say(red(complaint))
    if not outcome.complaints:
        say(green("Nothing is lost, nothing is double, everybody agrees."))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(f"error: {error}")
