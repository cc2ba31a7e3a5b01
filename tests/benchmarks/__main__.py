"""`make bench`: how many payments per second, how fast, and what each costs.

A center of real processes (gunicorn, two Celery workers) on real servers, a channel that always
takes the same time, and beside each figure the rate at which the same database does nothing but
insert. Then what the checkout page weighs and what a thousand open ones cost, what statements of
very different sizes take, and in the end what one call costs by its channel's way of signing and
what reading a channel bill costs. Figures are printed and never judged: another machine has others.

    make bench                     five rounds, some ten minutes on two cores
    make bench ARGS=--quick        one short round, about a minute
"""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from paycenter.local.console import dim, say
from paycenter.local.data_dir import open_data_dir
from paycenter.local.errors import LocalError
from tests.benchmarks.bare import BareDatabase
from tests.benchmarks.bills import measure_bills
from tests.benchmarks.center import running_center
from tests.benchmarks.checkout import weigh_views
from tests.benchmarks.cpu import yardstick
from tests.benchmarks.figures import Figures, Series
from tests.benchmarks.phases import Phases
from tests.benchmarks.report import (
    show_bills,
    show_checkout,
    show_machine,
    show_signing,
    show_statements,
    show_table,
)
from tests.benchmarks.servers import durable_servers
from tests.benchmarks.signing import measure_signing
from tests.benchmarks.statements import measure_statements

MANY = 16
SLOW_CHANNEL = 50  # milliseconds
WARM_UP_SECONDS = 4
"""Long enough for every thread to open its connection and every key to be loaded."""


@dataclass(frozen=True)
class Plan:
    """How often and for how many seconds each is measured; sizes of bills and of statements."""

    rounds: int
    seconds: int
    lines: int
    statements: tuple[int, ...]


FULL = Plan(rounds=5, seconds=3, lines=1_000_000, statements=(10_000, 100_000, 1_000_000))
QUICK = Plan(rounds=1, seconds=2, lines=100_000, statements=(1_000, 10_000))

Phase = tuple[Series, Callable[[], Figures]]


def list_phases(run: Phases, database: BareDatabase, seconds: int) -> list[Phase]:
    """Return what one round measures, in its order."""
    one = Series("bare, 1 client")
    many = Series(f"bare, {MANY} clients")
    initiate, call_back = run.initiate, run.call_back
    return [
        (one, partial(database.measure, clients=1, seconds=seconds)),
        (many, partial(database.measure, clients=MANY, seconds=seconds)),
        (
            Series("initiation, 1 client", one),
            partial(initiate, clients=1, seconds=seconds),
        ),
        (
            Series(f"initiation, {MANY} clients", many),
            partial(initiate, clients=MANY, seconds=seconds),
        ),
        (
            Series(f"initiation, {MANY} clients, {SLOW_CHANNEL} ms", many),
            partial(initiate, clients=MANY, seconds=seconds, channel_delay=SLOW_CHANNEL),
        ),
        (
            Series(f"initiation, signed here, {MANY} clients", many),
            partial(run.launch_locally, clients=MANY, seconds=seconds),
        ),
        (
            Series("notification, easy pace"),
            partial(run.keep_up, seconds=seconds),
        ),
        (
            Series("callback, 1 client", one),
            partial(call_back, clients=1, seconds=seconds),
        ),
        (
            Series(f"callback, {MANY} clients", many),
            partial(call_back, clients=MANY, seconds=seconds),
        ),
        (Series("notification, backlog", many), run.drain),
    ]


def list_looks(run: Phases, seconds: int) -> list[Phase]:
    """Return what one round measures of open checkout pages, after everything else."""
    return [
        (Series("1 client"), partial(run.look, clients=1, seconds=seconds)),
        (Series(f"{MANY} clients"), partial(run.look, clients=MANY, seconds=seconds)),
    ]


def warm_up(run: Phases, folder: Path) -> BareDatabase:
    """Let everything be loaded and connected before anything is measured."""
    run.initiate(clients=2 * MANY, seconds=WARM_UP_SECONDS)
    database = BareDatabase(run.center.at.database_url, folder)
    run.call_back(clients=2 * MANY, seconds=WARM_UP_SECONDS / 2)
    run.drain()
    run.look(clients=2 * MANY, seconds=WARM_UP_SECONDS / 4)
    return database


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="one short round")
    plan = QUICK if parser.parse_args().quick else FULL
    if "DATABASE_URL" not in os.environ:
        raise LocalError("start it as `make bench`, which brings the servers it needs")
    data_dir = open_data_dir(Path(os.environ["DATA_DIR"]) / "bench")
    with durable_servers(data_dir, os.environ) as urls, running_center(data_dir, urls) as center:
        show_machine(urls)
        run = Phases(center)
        phases = list_phases(run, warm_up(run, data_dir), plan.seconds)
        looks, views = list_looks(run, plan.seconds), weigh_views(center.credentials)
        yardsticks = []
        for number in range(plan.rounds):
            say(dim(f"round {number + 1} of {plan.rounds}"))
            yardsticks.append(yardstick())
            for series, measure in [*phases, *looks]:
                series.rounds.append(measure())
        statements = measure_statements(center, plan.statements)
    show_table([series for series, _ in phases], yardsticks)
    show_checkout(views, [series for series, _ in looks])
    show_statements(statements)
    show_signing(measure_signing(), channel_delay=SLOW_CHANNEL)
    show_bills(measure_bills(plan.lines))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(f"error: {error}")
