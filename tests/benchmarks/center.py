"""The center that is measured: real web and worker processes, their processor time, their rows."""

import http.client
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from typing import Any

import psycopg

from gateway.sandbox.identity import load_or_create
from gateway.sandbox.wechat.identity import WechatMerchant
from paycenter.local.child import Child
from paycenter.local.credentials import Credentials
from paycenter.local.environment import Addresses, center_settings
from paycenter.local.group import Group
from paycenter.local.ports import LOOPBACK, any_free_port, is_free
from paycenter.local.processes import ProcessType, center_processes
from paycenter.local.secrets_file import fresh_secrets
from paycenter.local.servers import ServerUrls
from tests.benchmarks.cpu import family_seconds, parent_of, processor_seconds

WEB, CHANNELS, GENERAL = "web", "worker-channels", "worker"
DATABASE = "database"
"""The processes that are measured, by their names in a local installation. There is no beat: the
sweeps have nothing to find but payments nobody pays, and would ask for them in between."""


@dataclass(frozen=True)
class Center:
    """A running center with one customer."""

    at: Addresses
    credentials: Credentials
    merchant: WechatMerchant
    children: dict[str, Child]
    environment: Mapping[str, str] = field(repr=False)

    def cpu(self) -> dict[str, float]:
        """Return the processor time in seconds that each kind of process has used so far."""
        own = {name: processor_seconds(child.process.pid) for name, child in self.children.items()}
        return {**own, DATABASE: self._database_seconds()}

    def _database_seconds(self) -> float:
        """Return the same of the database server; no number where it is on another machine."""
        with psycopg.connect(self.at.database_url) as connection:
            server = parent_of(connection.info.backend_pid)
            return nan if server is None else family_seconds(server)

    def pause(self, name: str) -> None:
        """Freeze a process with all its children; what is meant for it waits."""
        os.killpg(self.children[name].process.pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on."""
        os.killpg(self.children[name].process.pid, signal.SIGCONT)

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read from the center's database behind its back."""
        with psycopg.connect(self.at.database_url) as connection:
            return connection.execute(sql.encode(), values).fetchall()

    def set_channel_delay(self, milliseconds: int) -> None:
        """Let the channel answer so late from now on."""
        connection = http.client.HTTPConnection(LOOPBACK, self.at.sandbox_port, timeout=5)
        connection.request("POST", f"/delay/{milliseconds}")
        connection.getresponse().read()
        connection.close()


@contextmanager
def running_center(
    data_dir: Path, urls: ServerUrls, *, workers_apart: bool = False
) -> Iterator[Center]:
    """Make tables and customer, start the processes, and stop them in the end.

    ``workers_apart``: a worker for the channel that may be slow and one for each other channel, as
    in production.
    """
    at = Addresses(
        data_dir=data_dir,
        database_url=urls.database,
        redis_url=urls.redis,
        web_port=any_free_port(),
        sandbox_port=any_free_port(),
        receiver_port=any_free_port(),
    )
    group = Group({**os.environ, **center_settings({}, fresh_secrets(), at)}, data_dir / "logs")
    try:
        credentials = _prepare(group, data_dir / "credentials.json")
        merchant = load_or_create(data_dir / "sandbox").wechat.merchant
        children = _start(group, at, workers_apart=workers_apart)
        yield Center(at, credentials, merchant, children, group.environment)
    finally:
        group.stop()


def _prepare(group: Group, note: Path) -> Credentials:
    group.run_to_end("prepare", [sys.executable, "-m", "paycenter.local.prepare", str(note)])
    return Credentials(json.loads(note.read_text("utf-8")))


def _start(group: Group, at: Addresses, *, workers_apart: bool) -> dict[str, Child]:
    """Start the outside and the center; return the center's processes."""
    all_types = center_processes(at, webhook_secret="")
    types = [each for each in all_types if each.name in {WEB, CHANNELS, GENERAL}]
    if workers_apart:
        together = next(each for each in types if each.name == CHANNELS)
        types = [each for each in types if each.name != CHANNELS] + _apart(together)
    started = {each.name: group.start(each) for each in [_outside(at), *types]}
    for each in [_outside(at), *types]:
        group.wait_for(started[each.name], each.is_ready)
    return {each.name: started[each.name] for each in types}


def _apart(together: ProcessType) -> list[ProcessType]:
    """Return a worker for each queue of a worker; the last of them answers to its name."""
    place = together.command.index("-Q") + 1
    queues = together.command[place].split(",")
    types = []
    for queue in queues:
        command = [*together.command[:place], queue, *together.command[place + 1 :]]
        if queue != queues[-1]:
            command[command.index("-n") + 1] = f"{queue}@local"
        is_ready = together.is_ready if queue == queues[-1] else lambda: True
        types.append(ProcessType(f"worker-{queue}", command, is_ready))
    return types


def _outside(at: Addresses) -> ProcessType:
    folder, ports = at.data_dir / "sandbox", (at.sandbox_port, at.receiver_port)
    command = [sys.executable, "-m", "tests.benchmarks.outside", str(folder), *map(str, ports)]
    return ProcessType("outside", command, lambda: not any(map(is_free, ports)))
