"""Where the embedded servers keep their data, and how a command is run on their behalf.

Normally DATA_DIR/servers. When we are root the servers are not, and DATA_DIR may lie below a folder
that only root may enter. Opening that folder is not ours to do: the data then goes to a new folder
in /var/lib/paycenter, and DATA_DIR/servers is a link to it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paycenter.local import programs
from paycenter.local.account import Account, servers_account
from paycenter.local.child import Child, spawn
from paycenter.local.errors import LocalError

ELSEWHERE = Path("/var/lib/paycenter")
# Nothing of the caller's: no PGDATA changes what a server does, no secret reaches it.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True)
class ServersHome:
    """The folder, the account and the programs of one installation's embedded servers.

    `throwaway` servers give up safety against power loss for speed: they serve one test run.
    """

    folder: Path
    logs: Path
    account: Account
    programs: programs.Programs
    throwaway: bool

    def make_folder(self, name: str) -> Path:
        """Make a folder that only the servers' account may enter; an existing one is kept."""
        folder = self.folder / name
        if not folder.exists():
            folder.mkdir(mode=0o700)
            self._give(folder)
        elif folder.stat().st_uid != self.account.uid:
            raise LocalError(
                f"{folder} belongs to user {folder.stat().st_uid}, and the servers run as user"
                f" {self.account.uid}: start as the user who made it, or name another DATA_DIR"
            )
        return folder

    def write_file(self, name: str, text: str) -> Path:
        """Write a file beside the servers' folders that only their account may read."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        self._give(path)
        return path

    def run(self, command: Sequence[str | Path], *, script: str = "") -> None:
        """Run a command as the servers' account to its end; raises LocalError when it fails."""
        done = subprocess.run(
            command,
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env=_ENVIRONMENT,
            check=False,
            **self.account.arguments(),
        )
        if done.returncode != 0:
            raise LocalError(f"{Path(command[0]).name} failed:\n{done.stdout}")

    def spawn(
        self, name: str, command: Sequence[str | Path], *, stop_signal: signal.Signals
    ) -> Child:
        """Start a server as the servers' account; its output goes to its own log file."""
        return spawn(
            command,
            log=self.logs / f"{name}.log",
            env=_ENVIRONMENT,
            account=self.account,
            stop_signal=stop_signal,
        )

    def _give(self, path: Path) -> None:
        if self.account.uid != os.geteuid():
            os.chown(path, self.account.uid, self.account.gid)


def open_home(data_dir: Path, *, throwaway: bool = False) -> ServersHome:
    """Return the servers' home of a data folder, made when it is not there yet."""
    account = servers_account()
    folder = _folder(data_dir / "servers", account)
    found = programs.installed()
    if not found.usable_by(account):
        found = programs.copied(found, to=folder)
    return ServersHome(folder, data_dir / "logs", account, found, throwaway)


def remove_home(data_dir: Path) -> None:
    """Delete all the servers keep, also where it lies outside the data folder."""
    folder = data_dir / "servers"
    shutil.rmtree(folder.resolve(), ignore_errors=True)
    folder.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not there, or another installation's data is
        ELSEWHERE.rmdir()


def wait_until_unused(folder: Path, *, patience: float = 15) -> None:
    """Wait for servers of a launcher that was killed: they need a moment to end by themselves."""
    deadline = time.monotonic() + patience
    while _stands_in(folder):
        if time.monotonic() > deadline:
            raise LocalError(f"another server still uses {folder}: stop it first")
        time.sleep(0.05)


def _folder(wanted: Path, account: Account) -> Path:
    if not wanted.exists():
        wanted.unlink(missing_ok=True)  # a link whose target is gone
        if account.can_enter(wanted.parent):
            wanted.mkdir()
        else:
            ELSEWHERE.mkdir(parents=True, exist_ok=True)
            ELSEWHERE.chmod(0o755)
            wanted.symlink_to(tempfile.mkdtemp(prefix="", dir=ELSEWHERE))
        wanted.chmod(0o755)
    return wanted.resolve()


def _stands_in(folder: Path) -> bool:
    """Tell whether a process has the folder as its working directory, as both servers do."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile, or is somebody else's
            if (process / "cwd").readlink() == folder:
                return True
    return False
