"""The center's processes as one group: started, waited for, watched and stopped together."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from paycenter.local.child import Child, spawn
from paycenter.local.console import dim, say
from paycenter.local.errors import LocalError
from paycenter.local.processes import ProcessType

_START_PATIENCE = 90  # seconds; a small machine imports Django six times at once
_STOP_PATIENCE = 8  # seconds; whatever was in flight is due again at the next start


@dataclass
class Group:
    """Processes of the center that share an environment and end together."""

    environment: Mapping[str, str]
    logs: Path
    children: list[Child] = field(default_factory=list)

    def run_to_end(self, name: str, command: Sequence[str]) -> None:
        """Run a command that does its work and ends; raises LocalError when it fails."""
        child = spawn(command, log=self.logs / f"{name}.log", env=self.environment)
        while child.is_running():
            time.sleep(0.02)
        if child.process.wait() != 0:
            raise LocalError(f"{name} failed.\n{child.last_words()}")

    def start(self, process: ProcessType) -> Child:
        """Start a process that stays."""
        environment = {**self.environment, **process.extra_environment}
        child = spawn(process.command, log=self.logs / f"{process.name}.log", env=environment)
        self.children.append(child)
        return child

    def wait_for(self, child: Child, ready: Callable[[], bool]) -> None:
        """Wait until a process is ready; raises LocalError naming the one that failed."""

        def all_well() -> bool:
            _raise_for(self._dead())
            return ready()

        child.wait_until(all_well, patience=_START_PATIENCE)

    def follow(self) -> NoReturn:
        """Show what the processes write until one of them dies, which raises LocalError."""
        readers = [LogReader(child) for child in self.children]
        while True:
            dead = self._dead()  # looked for first, so that its last lines are shown
            for reader in readers:
                reader.show_new_lines()
            _raise_for(dead)
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop all of them at the same time, then whatever is left by force."""
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + _STOP_PATIENCE
        for child in self.children:
            child.stop(patience=max(0.0, deadline - time.monotonic()))

    def _dead(self) -> list[Child]:
        return [child for child in self.children if not child.is_running()]


class LogReader:
    """Shows what is added to one process's log from now on."""

    def __init__(self, child: Child) -> None:
        self._name = child.name
        self._file = child.log.open("rb")
        self._file.seek(0, 2)
        self._unfinished = b""

    def show_new_lines(self) -> None:
        """Print the complete lines written since the last call, each behind the process's name."""
        *lines, self._unfinished = (self._unfinished + self._file.read()).split(b"\n")
        for line in lines:
            say(f"{dim(f'{self._name:>15} |')} {line.decode(errors='replace')}")


def _raise_for(dead: Sequence[Child]) -> None:
    for child in dead:
        raise LocalError(f"{child.name} has stopped.\n{child.last_words()}")
