"""How long a channel bill of many lines takes to be read and compared, and how much memory.

``make bench`` does not run it, a million payments take a while to make:

    python -m paycenter.local exec -- python -m tests.benchmarks.reconciliation [--quick]

Payments and their journal entries are generated in the database, the bill as the channel's file.
Each size is measured in a process of its own, whose peak memory is that of the run. Beside it the
plan of each statement is looked at: whichever would go through its rows one by one is named.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from paycenter.local.console import bold, dim, say
from paycenter.local.data_dir import open_data_dir
from paycenter.local.errors import LocalError
from tests.benchmarks.servers import durable_servers

SIZES = (10_000, 100_000, 1_000_000)
QUICK = (1_000, 10_000)

_MAKE = "from tests.benchmarks.reconciled_day import make_day; make_day({size})"
_MEASURE = (
    "from pathlib import Path; from tests.benchmarks.measured_run import measure; "
    "measure(Path({file!r}))"
)
_HEAD = (
    "Lines",
    "read, s",
    "compare, s",
    "us each",
    "to the first",
    "peak MB",
    "repaired",
    "differences",
)
_WIDTHS = (11, 9, 12, 9, 14, 9, 10, 13)


@dataclass(frozen=True)
class Measured:
    """What one size gave. ``row_by_row``: the statements whose plans loop over many rows."""

    lines: int
    load_seconds: float
    compare_seconds: float
    megabytes: float
    repaired: int
    differences: int
    row_by_row: list[str]

    @property
    def each(self) -> float:
        """Seconds per line."""
        return (self.load_seconds + self.compare_seconds) / self.lines


def main() -> int:
    """Measure all sizes and print them."""
    parser = argparse.ArgumentParser(prog="reconciliation")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    sizes = QUICK if parser.parse_args().quick else SIZES
    if "DATABASE_URL" not in os.environ:
        raise LocalError("start it through `python -m paycenter.local exec -- python -m ...`")
    _report([_measured(size) for size in sizes])
    return 0


def _measured(size: int) -> Measured:
    """Measure one size on new servers: nothing of the others is in the tables."""
    data_dir = open_data_dir(Path(os.environ["DATA_DIR"]) / f"bench-{size}")
    with (
        durable_servers(data_dir, os.environ) as urls,
        tempfile.TemporaryDirectory() as folder,
    ):
        surroundings = {
            **os.environ,
            "DATABASE_URL": urls.database,
            "REDIS_URL": urls.redis,
            "MEDIA_ROOT": folder,
        }
        _manage(surroundings, "migrate", "--verbosity", "0")
        _shell(surroundings, _MAKE.format(size=size))
        file = Path(folder) / "bill.csv.gz"
        write = f"from pathlib import Path; write_file(Path({str(file)!r}), {size})"
        _shell(surroundings, f"from tests.benchmarks.reconciled_day import write_file; {write}")
        return Measured(**json.loads(_shell(surroundings, _MEASURE.format(file=str(file)))))


def _shell(surroundings: dict[str, str], code: str) -> str:
    return _manage(surroundings, "shell", "-v", "0", "-c", code)


def _manage(surroundings: dict[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, env=surroundings, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def _report(found: list[Measured]) -> None:
    say(bold(_line(_HEAD)))
    for one in found:
        say(
            _line(
                (
                    f"{one.lines:,}",
                    f"{one.load_seconds:.1f}",
                    f"{one.compare_seconds:.1f}",
                    f"{one.each * 1_000_000:.0f}",
                    f"{one.each / found[0].each:.2f}",
                    f"{one.megabytes:.0f}",
                    f"{one.repaired:,}",
                    f"{one.differences:,}",
                )
            )
        )
    slow = sorted({statement for one in found for statement in one.row_by_row})
    say(dim("Plans that go row by row: " + ("; ".join(slow) or "none")))


def _line(cells: tuple[str, ...]) -> str:
    return "".join(cell.rjust(width) for cell, width in zip(cells, _WIDTHS, strict=True))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(f"error: {error}")
