"""How long the operators' lists, searches and dashboards take among millions of payments.

``make bench`` does not run it, a million payments with all that is theirs take minutes to make:

    python -m paycenter.local exec -- python -m tests.benchmarks.lists [PAYMENTS]

A year is generated in a database of its own, hours are counted, and every list is opened: plain,
far behind, by each choice of each filter, by each number, for a company that has nothing. It fails
where a statement reads a growing table from one end to the other, where a page takes more than 30
statements, or longer than 300 ms.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from paycenter.local.console import bold, dim, say
from paycenter.local.data_dir import open_data_dir
from paycenter.local.errors import LocalError
from tests.benchmarks.servers import durable_servers

MOST_MILLISECONDS = 300
MOST_STATEMENTS = 30
SLOWEST = 40

_MAKE = (
    "import sys; from tests.benchmarks.listed_rows import make_year; "
    "make_year({payments}, lambda text: print(text, file=sys.stderr))"
)
_MEASURE = "from tests.benchmarks.listed_pages import measure; measure()"


def main() -> int:
    """Make the rows, open the pages, print what they took; 1 when one of them is not good."""
    parser = argparse.ArgumentParser(prog="lists")
    parser.add_argument("payments", nargs="?", type=int, default=1_000_000)
    payments = parser.parse_args().payments
    if "DATABASE_URL" not in os.environ:
        raise LocalError("start it through `python -m paycenter.local exec -- python -m ...`")
    data_dir = open_data_dir(Path(os.environ["DATA_DIR"]) / f"bench-lists-{payments}")
    with durable_servers(data_dir, os.environ) as urls:
        surroundings = {**os.environ, "DATABASE_URL": urls.database, "REDIS_URL": urls.redis}
        _manage(surroundings, "migrate", "--verbosity", "0")
        _shell(surroundings, _MAKE.format(payments=payments))
        return _report(json.loads(_shell(surroundings, _MEASURE)))


def _shell(surroundings: dict[str, str], code: str) -> str:
    return _manage(surroundings, "shell", "-v", "0", "-c", code)


def _manage(surroundings: dict[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, env=surroundings, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def _report(found: dict[str, Any]) -> int:
    pages = sorted(found["pages"], key=lambda page: -page["seconds"])
    counted, load = f"{found['counted']:.1f} s, {found['rounds']} rounds", os.getloadavg()[0]
    say(dim(f"hours counted in {counted}; load {load:.1f} on {os.cpu_count()} cores"))
    say(bold(f"{'ms':>8}{'statements':>12}  page"))
    for page in pages[:SLOWEST]:
        say(f"{page['seconds'] * 1000:8.0f}{page['statements']:12}  {page['label']}")
    middle = pages[len(pages) // 2]["seconds"] * 1000
    say(dim(f"{len(pages)} pages, half of them within {middle:.0f} ms"))
    bad = [f"{page['label']}: {problem}" for page in pages if (problem := _problem(page))]
    for line in bad:
        say(line)
    return 1 if bad else 0


def _problem(page: dict[str, Any]) -> str:
    if page["scans"]:
        return f"reads all of {', '.join(page['scans'])}"
    if page["statements"] > MOST_STATEMENTS:
        return f"{page['statements']} statements"
    milliseconds = page["seconds"] * 1000
    return f"{milliseconds:.0f} ms" if milliseconds > MOST_MILLISECONDS else ""


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(f"error: {error}")
