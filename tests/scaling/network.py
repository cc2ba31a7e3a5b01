"""Machines on one machine: network namespaces on a bridge, each with an address of its own."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

BRIDGE, HOST = "pcscale", "10.99.0.1"


class Network:
    """The bridge and its namespaces, removed in the end with all that was started."""

    def __init__(self, names: Sequence[str]) -> None:
        self._addresses = {name: f"10.99.0.{number}" for number, name in enumerate(names, 11)}
        self._children: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Network":
        _ip(f"link add {BRIDGE} type bridge")
        _ip(f"addr add {HOST}/24 dev {BRIDGE}")
        _ip(f"link set {BRIDGE} up")
        for name, address in self._addresses.items():
            _ip(f"netns add {name}")
            _ip(f"link add v{name} type veth peer name eth0 netns {name}")
            _ip(f"link set v{name} master {BRIDGE} up")
            _ip(f"-n {name} addr add {address}/24 dev eth0")
            _ip(f"-n {name} link set lo up")
            _ip(f"-n {name} link set eth0 up")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in reversed(self._children):
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        for name in self._addresses:
            _ip(f"netns del {name}")
        _ip(f"link del {BRIDGE}")

    def address(self, name: str) -> str:
        """Return the address of a namespace."""
        return self._addresses[name]

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        """Start a process in a namespace, or beside them all where the name is blank."""
        where = ["ip", "netns", "exec", name] if name else []
        with log.open("wb") as output:
            child = subprocess.Popen(
                [*where, *command],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._children.append(child)


def _ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True)
