"""The table that is printed, and the machine it was measured on."""

import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

import psycopg
import redis

from paycenter.local.console import bold, dim, say
from paycenter.local.servers import ServerUrls
from tests.benchmarks.center import WEB
from tests.benchmarks.figures import Series

_HEAD = ("", "per s", "spread", "p50 ms", "p95 ms", "p99 ms", "CPU ms", "web", "worker", "of bare")
_WIDTHS = (44, 8, 7, 8, 8, 8, 8, 7, 7, 8)

_LEGEND = """\
spread: highest less lowest rate, in parts of the median. CPU: web and worker processes, for each.
of bare: its rate in parts of the rate of bare inserts with as many clients."""


def show_machine(urls: ServerUrls) -> None:
    """Say what everything runs on."""
    server = redis.Redis.from_url(urls.redis).info("server")
    with psycopg.connect(urls.database) as connection:
        version, commit = (
            connection.execute(f"SHOW {name}".encode()).fetchone() or ("",)
            for name in ("server_version", "synchronous_commit")
        )
    cores = len(os.sched_getaffinity(0))
    say(f"{_processor()}, {cores} cores, load {_load()}; Python {platform.python_version()}")
    say(
        f"PostgreSQL {version[0]}, fsync on, synchronous_commit {commit[0]};"
        f" {server.get('server_name', 'redis')} {server['redis_version']}"
    )


def show_table(series: Iterable[Series], yardsticks: Sequence[float]) -> None:
    """Print the medians of all series, and the yardstick of each round in milliseconds."""
    say(f"\nMedians of {len(yardsticks)} rounds; load {_load()} now")
    say(bold(_line(_HEAD)))
    for each in series:
        say(_line(_cells(each)))
    lowest, highest = min(yardsticks), max(yardsticks)
    say(dim(_LEGEND))
    say(f"A million additions in Python took {lowest:.0f} to {highest:.0f} ms of processor time.")


def _cells(series: Series) -> list[str]:
    times = (f"{series.percentile(percent):.1f}" for percent in (50, 95, 99))
    rate, spread = f"{series.rate():.0f}", f"{series.spread():.0%}"
    return [series.label, rate, spread, *times, *_cpu(series), _ratio(series)]


def _cpu(series: Series) -> list[str]:
    """Return the processor time in all, of the web processes and of the workers."""
    used = series.rounds[0].cpu.keys()
    groups = (used, used & {WEB}, used - {WEB})
    return [f"{series.cpu_each(*group):.1f}" if group else "" for group in groups]


def _ratio(series: Series) -> str:
    return f"1/{series.bare.rate() / series.rate():.0f}" if series.bare else ""


def _line(cells: Iterable[str]) -> str:
    label, *numbers = (
        cell.rjust(width) if number else cell.ljust(width)
        for number, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    )
    return label + "".join(numbers)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"
