"""Children that cannot outlive the launcher, however it ends: Ctrl-C, SIGTERM, even SIGKILL.

The kernel sends each child a chosen signal when its parent dies (PR_SET_PDEATHSIG, prctl(2)).
Every child leads a session of its own, so Ctrl-C in a terminal reaches the launcher alone, which
then stops them in order.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from paycenter.local.account import Account
from paycenter.local.errors import LocalError

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def dies_with_parent(last_signal: signal.Signals) -> Callable[[], None]:
    """Return what a new child has to run first in order to get the signal when we die.

    subprocess runs it after the change of user, as it must: that change clears the wish.
    """
    parent = os.getpid()

    def ask_kernel() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(last_signal), 0, 0, 0)
        if os.getppid() != parent:  # the parent was quicker
            os._exit(1)

    return ask_kernel


@dataclass(frozen=True)
class Child:
    """A running child: its name, its log file and the signal it stops in good order on."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals

    def is_running(self) -> bool:
        """Tell whether it lives. A dead one is not reaped yet, so its session's id stays taken."""
        if self.process.returncode is not None:
            return False
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.process.pid, flags) is None

    def wait_until(self, ready: Callable[[], bool], *, patience: float) -> None:
        """Wait until it is ready; raises LocalError with its last words if it never is."""
        deadline = time.monotonic() + patience
        while not ready():
            if not self.is_running():
                raise LocalError(f"{self.name} stopped while starting.\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise LocalError(
                    f"{self.name} was not ready after {patience:.0f} s.\n{self.last_words()}"
                )
            time.sleep(0.02)

    def last_words(self, count: int = 15) -> str:
        """Return the last lines of its log, indented, to stand below an error."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()[-count:]
        said = "\n".join(f"    {line}" for line in lines) or "    (it said nothing)"
        return f"{said}\n    ({self.log})"

    def ask_to_stop(self) -> None:
        """Send the signal it stops on; does nothing when it is gone already."""
        if self.is_running():
            self.process.send_signal(self.stop_signal)

    def stop(self, *, patience: float) -> None:
        """Stop it, with whatever it started; after `patience` seconds by force."""
        self.ask_to_stop()
        deadline = time.monotonic() + patience
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str],
    account: Account | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Child:
    """Start a child, named after its log file, whose output goes to that file, begun afresh.

    One that runs as another account stands at `/`: it may not be allowed where we are.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/" if account else None,
            env=env,
            start_new_session=True,
            preexec_fn=dies_with_parent(stop_signal),
            **(account.arguments() if account else {}),
        )
    return Child(log.stem, process, log, stop_signal)
