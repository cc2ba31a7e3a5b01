"""A dump of the test database and its way back, with the programs an operator uses."""

import contextlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection

from paycenter.local import programs
from paycenter.local.errors import LocalError


def dump_programs() -> Path | None:
    """Return the folder of a pg_dump as new as the server, or None where there is none."""
    server: Any = connection
    major = server.pg_version // 10_000
    candidates = [Path(f"/usr/lib/postgresql/{major}/bin")]
    with contextlib.suppress(LocalError):
        candidates.append(programs.installed().postgres.parent)
    return next((each for each in candidates if _version(each) == major), None)


def dump(folder: Path, target: Path) -> None:
    """Write a dump of the whole database, as docs/operations.md does it."""
    _run(folder / "pg_dump", "--format=custom", f"--file={target}", _url())


def restore(folder: Path, source: Path) -> None:
    """Put the database back to what the dump holds; every connection of ours is closed first."""
    connection.close()
    _run(
        folder / "pg_restore",
        *("--clean", "--if-exists", "--single-transaction", "--no-owner"),
        f"--dbname={_url()}",
        source,
    )


def _version(folder: Path) -> int:
    program = shutil.which("pg_dump", path=str(folder))
    if program is None:
        return 0
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return int(told.stdout.split()[2].partition(".")[0])


def _url() -> str:
    facts: dict[str, Any] = connection.settings_dict
    return (
        f"postgres://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}"
        f"/{facts['NAME']}"
    )


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
