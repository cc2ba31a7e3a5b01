"""What a payment costs when there are few already, and when there are many.

    python -m paycenter.local exec -- python -m tests.benchmarks.growth [FEW MANY]

Between the two measurements the same database is filled with a year of payments and all that
belongs to them (``listed_rows``); the figure is the ratio.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from paycenter.local.console import bold, dim, say
from paycenter.local.data_dir import open_data_dir
from paycenter.local.errors import LocalError
from tests.benchmarks.center import Center, running_center
from tests.benchmarks.figures import Figures, Series
from tests.benchmarks.phases import Phases
from tests.benchmarks.report import show_machine
from tests.benchmarks.servers import durable_servers

CLIENTS, SECONDS, ROUNDS = 8, 4, 3
# What the year left to be told would be told, and measured, too.
_LEAVE_UNTOLD = """
    UPDATE notifications_delivery SET state = 'cancelled', due_at = NULL
    WHERE state = 'pending' RETURNING id
"""
_MAKE = "from tests.benchmarks.listed_rows import make_year; make_year({payments}, print)"


def measure(center: Center) -> list[Series]:
    """Measure both hot paths and the news of them; returns a series for each."""
    run = Phases(center)
    run.initiate(clients=2 * CLIENTS, seconds=SECONDS)
    phases: list[tuple[Series, Callable[[], Figures]]] = [
        (Series("initiation"), partial(run.initiate, clients=CLIENTS, seconds=SECONDS)),
        (Series("callback"), partial(run.call_back, clients=CLIENTS, seconds=SECONDS)),
        (Series("notification"), run.drain),
    ]
    for _ in range(ROUNDS):
        for series, one in phases:
            series.rounds.append(one())
    return [series for series, _ in phases]


def main() -> int:
    """Measure with few and with many, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="growth")
    parser.add_argument("few", nargs="?", type=int, default=10_000)
    parser.add_argument("many", nargs="?", type=int, default=1_000_000)
    wanted = parser.parse_args()
    if "DATABASE_URL" not in os.environ:
        raise LocalError("start it through `python -m paycenter.local exec -- python -m ...`")
    found: dict[int, list[Series]] = {}
    for payments in (wanted.few, wanted.many):
        data_dir = open_data_dir(Path(os.environ["DATA_DIR"]) / f"growth-{payments}")
        with (
            durable_servers(data_dir, os.environ) as urls,
            running_center(data_dir, urls) as center,
        ):
            show_machine(urls)
            _fill(center, payments)
            center.query(_LEAVE_UNTOLD)
            found[payments] = measure(center)
    _show(found)
    return 0


def _fill(center: Center, payments: int) -> None:
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c"]
    subprocess.run(
        [*command, _MAKE.format(payments=payments)], env=dict(center.environment), check=True
    )


def _show(found: dict[int, list[Series]]) -> None:
    few, many = found.values()
    say(bold(f"\n{'':14}{'CPU ms each':>32}{'p50 ms':>24}"))
    heads = [f"{stored:,}" for stored in found]
    say(bold(f"{'stored':14}{heads[0]:>12}{heads[1]:>12}{'ratio':>8}{heads[0]:>12}{heads[1]:>12}"))
    for before, after in zip(few, many, strict=True):
        costs = (before.cpu_each(), after.cpu_each())
        times = (before.percentile(50), after.percentile(50))
        cells = f"{costs[0]:12.1f}{costs[1]:12.1f}{costs[1] / costs[0]:8.2f}"
        say(f"{before.label:14}{cells}{times[0]:12.1f}{times[1]:12.1f}")
    say(dim("CPU of web and workers; the database's own is in the times"))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(f"error: {error}")
