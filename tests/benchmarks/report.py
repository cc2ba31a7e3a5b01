"""The tables that are printed, what their words mean, and the machine they were measured on."""

import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

import psycopg
import redis

from paycenter.local.console import bold, dim, say
from paycenter.local.servers import ServerUrls
from tests.benchmarks.bills import BillCost
from tests.benchmarks.center import DATABASE, WEB
from tests.benchmarks.checkout import PAGES, View, looks_per_second
from tests.benchmarks.figures import Series
from tests.benchmarks.signing import CALLS, SigningCost
from tests.benchmarks.statements import StatementCost

_GROUPS = ("", "", "", "latency in ms", "CPU ms each", "")
_GROUP_WIDTHS = (40, 8, 8, 24, 24, 9)
_HEAD = ("", "per s", "spread", "p50", "p95", "p99", "web", "worker", "both", "to bare")
_WIDTHS = (40, 8, 8, 8, 8, 8, 8, 8, 8, 9)
_LEGEND = """\
bare          the three rows of an initiation inserted by pgbench, one commit: the machine's bound
initiation    from a signed request to launch data; the channel answers at once or after some ms,
              or is not asked: the center signs a form for it
callback      from the channel's signed callback to its acknowledgement, with everything committed
notification  from an event to its delivery: at once (easy pace), or out of a pile (backlog)
p50 p95 p99   so many percent took no longer than this
CPU           processor time of our processes, for each one done
spread        highest less lowest rate of the rounds, in parts of the median
to bare       its rate as a part of the rate of bare with as many clients"""

_VIEW_HEAD = ("Checkout page, first view", "requests", "blocking", "kB", "kB packed")
_VIEW_WIDTHS = (40, 10, 10, 10, 11)
_LOOK_HEAD = ("Looks for changes", "per s", "p50", "p99", "web", "database", "both")
_LOOK_WIDTHS = (40, 8, 8, 8, 8, 10, 8)
_OPEN_HEAD = (f"{PAGES:,} open pages", "looks per s", "of one core")
_OPEN_WIDTHS = (40, 12, 14)
_OPEN = {"waiting": "waiting for a payment", "choose": "choosing", "paid": "paid"}
_CHECKOUT_LEGEND = """\
kB         page with its style, script and icon: plain, and packed as a browser gets them; of the
           page itself, as a proxy in front packs it
blocking   so many requests the first picture waits for
looks      each over a connection of its own; times in ms, CPU ms each
open       opened evenly over the half hour of their orders, looking by the script's table, none of
           them hidden; a look costs what those of one client cost"""

_SIGNING_HEAD = ("CPU ms each", "sign", "verify", "call", "share", "call reading PEM")
_SIGNING_WIDTHS = (40, 8, 8, 8, 8, 18)
_SIGNING_LEGEND = """\
call              one order placed over HTTP: build, sign, send, receive, verify, read
share             our part of such a call when the channel takes {delay} ms
call reading PEM  the same with keys not loaded yet, as the first call of an account in a process"""

_BILLS_HEAD = ("channel bill read", "lines", "seconds", "lines/s", "peak MB")
_BILLS_WIDTHS = (40, 10, 9, 9, 9)
_STATEMENT_HEAD = ("Statement of", "rows per s", "seconds", "MB sent", "MB at most")
_STATEMENT_WIDTHS = (40, 12, 10, 10, 12)


def show_machine(urls: ServerUrls) -> None:
    """Say what everything runs on."""
    server = redis.Redis.from_url(urls.redis).info("server")
    with psycopg.connect(urls.database) as connection:
        version, commit = (
            connection.execute(f"SHOW {name}".encode()).fetchone() or ("",)
            for name in ("server_version", "synchronous_commit")
        )
    say(f"{_processor()}, {_cores()} cores, load {_load()}; Python {platform.python_version()}")
    say(
        f"PostgreSQL {version[0]}, fsync on, synchronous_commit {commit[0]};"
        f" {server.get('server_name', 'redis')} {server['redis_version']}"
    )


def show_table(series: Iterable[Series], yardsticks: Sequence[float]) -> None:
    """Print the medians of all series, and the yardstick of each round in milliseconds."""
    measured = list(series)
    say(f"\nMedians of {len(yardsticks)} rounds; load {_load()} now\n")
    say(bold(_line(_GROUPS, _GROUP_WIDTHS)))
    say(bold(_line(_HEAD, _WIDTHS)))
    for each in measured:
        say(_line(_cells(each), _WIDTHS))
    say(dim(f"\n{_LEGEND}\n"))
    lowest, highest = min(yardsticks), max(yardsticks)
    most = max(each.sender_share() for each in measured)
    say(
        f"The clients, on the same machine, took up to {most:.0%} of one core of {_cores()}."
        f" A million additions in Python took {lowest:.0f} to {highest:.0f} ms of processor time."
    )


def show_checkout(views: Iterable[View], looks: Sequence[Series]) -> None:
    """Print what a payer's browser loads, and what pages that are left open cost."""
    say("\n" + bold(_line(_VIEW_HEAD, _VIEW_WIDTHS)))
    for view in views:
        sizes = (f"{size / 1000:.1f}" for size in (view.raw, view.packed))
        cells = (view.label, str(len(view.parts)), str(view.blocking), *sizes)
        say(_line(cells, _VIEW_WIDTHS))
    say("\n" + bold(_line(_LOOK_HEAD, _LOOK_WIDTHS)))
    for each in looks:
        times = (each.percentile(50), each.percentile(99))
        costs = (each.cpu_each(WEB), each.cpu_each(DATABASE), each.cpu_each())
        numbers = (f"{each.rate():.0f}", *(f"{number:.2f}" for number in (*times, *costs)))
        say(_line((each.label, *numbers), _LOOK_WIDTHS))
    say("\n" + bold(_line(_OPEN_HEAD, _OPEN_WIDTHS)))
    for state, label in _OPEN.items():
        rate = looks_per_second(state)
        share = rate * looks[0].cpu_each() / 1000
        say(_line((label, f"{rate:.1f}", f"{share:.1%}"), _OPEN_WIDTHS))
    say(dim(f"\n{_CHECKOUT_LEGEND}"))


def show_signing(costs: Iterable[SigningCost], *, channel_delay: int) -> None:
    """Print what a channel call costs the center itself, by way of signing."""
    say(f"\nCalls to a channel with loaded keys; medians of {CALLS}\n")
    say(bold(_line(_SIGNING_HEAD, _SIGNING_WIDTHS)))
    for each in costs:
        times = (each.sign, each.verify, each.call)
        cells = (each.label, *(f"{time:.2f}" for time in times), f"{each.share(channel_delay):.1%}")
        say(_line((*cells, f"{each.call_reading_keys:.1f}"), _SIGNING_WIDTHS))
    say(dim("\n" + _SIGNING_LEGEND.format(delay=channel_delay)))


def show_bills(costs: Iterable[BillCost]) -> None:
    """Print what reading a channel bill takes of one core, and of memory in all."""
    say(f"\n{bold(_line(_BILLS_HEAD, _BILLS_WIDTHS))}")
    for each in costs:
        figures = (f"{each.seconds:.1f}", f"{each.rate:.0f}", f"{each.megabytes:.0f}")
        say(_line((each.label, str(each.lines), *figures), _BILLS_WIDTHS))


def show_statements(costs: Sequence[StatementCost]) -> None:
    """Print what statements of very different sizes cost, and how memory grew with them."""
    say("\n" + bold(_line(_STATEMENT_HEAD, _STATEMENT_WIDTHS)))
    for each in costs:
        others = (f"{number:.1f}" for number in (each.seconds, each.size / 1_000_000, each.peak))
        cells = (f"{each.rate:.0f}", *others)
        say(_line((f"{each.rows:,} payments", *cells), _STATEMENT_WIDTHS))
    first, last = costs[0], costs[-1]
    say(
        dim(
            f"\n{last.rows / first.rows:.0f} times the rows took {last.seconds / first.seconds:.1f}"
            f" times as long and {last.peak / first.peak:.2f} times the memory"
        )
    )


def _cells(series: Series) -> list[str]:
    times = (f"{series.percentile(percent):.1f}" for percent in (50, 95, 99))
    rate, spread = f"{series.rate():.0f}", f"{series.spread():.0%}"
    return [series.label, rate, spread, *times, *_cpu(series), _ratio(series)]


def _cpu(series: Series) -> list[str]:
    """Return the processor time of the web processes, of the workers, and of both."""
    used = series.rounds[0].cpu.keys()
    groups = (used & {WEB}, used - {WEB}, used)
    return [f"{series.cpu_each(*group):.1f}" if group else "" for group in groups]


def _ratio(series: Series) -> str:
    return f"1/{series.bare.rate() / series.rate():.0f}" if series.bare else ""


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    label, *numbers = (
        cell.rjust(width) if number else cell.ljust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return label + "".join(numbers)


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"
