"""The data folder of a local installation: DATA_DIR, by default `.data` in the project folder.

It holds the servers' data, the generated secrets, the environment of the last start, logs and the
sandbox's state. A lock in it keeps a second launcher out; the kernel drops that lock when the
launcher ends, however it ends.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from paycenter.local.account import servers_account
from paycenter.local.errors import LocalError

PROJECT = Path(__file__).resolve().parents[2]
_NOTE = "running.json"


def data_dir_path(given: Mapping[str, str]) -> Path:
    """Return the data folder the environment names, or the default one, as an absolute path."""
    return Path(given.get("DATA_DIR") or PROJECT / ".data").absolute()


def open_data_dir(path: Path) -> Path:
    """Return the folder, made for its owner alone when it is not there yet.

    Root lets the servers' group pass through (not list it): their data lies inside.
    An existing folder keeps the mode its owner gave it.
    """
    if not path.exists():
        path.mkdir(mode=0o700, parents=True)
        if os.geteuid() == 0:
            os.chown(path, 0, servers_account().gid)
            path.chmod(0o710)
    elif path.stat().st_uid != os.geteuid():
        raise LocalError(
            f"{path} belongs to user {path.stat().st_uid} and you are user {os.geteuid()}:"
            " start as its owner, or set DATA_DIR to another folder"
        )
    (path / "logs").mkdir(mode=0o700, exist_ok=True)
    return path


@contextlib.contextmanager
def only_launcher(data_dir: Path) -> Iterator[None]:
    """Hold the folder's lock; raises LocalError when another launcher runs on it."""
    with (data_dir / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError(_who_runs(data_dir)) from None
        (data_dir / _NOTE).unlink(missing_ok=True)  # of a launcher that was killed
        yield


@contextlib.contextmanager
def noted_as_running(data_dir: Path, facts: Mapping[str, object]) -> Iterator[None]:
    """Note what runs here (addresses and pid, nothing secret) for `make demo` and other tools."""
    note = data_dir / _NOTE
    note.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    try:
        yield
    finally:
        note.unlink()


def read_running(data_dir: Path) -> dict[str, Any]:
    """Return what the running installation noted; raises LocalError when none is running."""
    note = data_dir / _NOTE
    if not note.exists() or not _is_locked(data_dir):
        raise LocalError(f"no payment center is running on {data_dir}: start one with `make run`")
    facts: dict[str, Any] = json.loads(note.read_text("utf-8"))
    return facts


def _is_locked(data_dir: Path) -> bool:
    try:
        with only_launcher(data_dir):
            return False
    except LocalError:
        return True


def _who_runs(data_dir: Path) -> str:
    note = data_dir / _NOTE
    if not note.exists():
        return f"a payment center is starting on {data_dir} already"
    facts = json.loads(note.read_text("utf-8"))
    return (
        f"the payment center is running already: {facts['base_url']} (process {facts['pid']},"
        f" data in {data_dir}).\nTry `make demo` beside it, or stop it first."
    )
