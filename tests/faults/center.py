"""A whole center of one's own to break: private servers, web, workers, beat, sandbox, receiver.

The same process types as a local installation (``paycenter.local``), but each can be killed,
paused and started again by its name. The names are those of the log files: postgres, valkey,
sandbox, web, worker-channels, worker, beat, receiver.
"""

import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import redis
import requests

from paycenter.local import postgres
from paycenter.local.child import Child, spawn
from paycenter.local.credentials import Credentials
from paycenter.local.data_dir import open_data_dir
from paycenter.local.environment import Addresses, center_settings
from paycenter.local.home import ServersHome, open_home, remove_home
from paycenter.local.processes import ProcessType, center_processes
from paycenter.local.secrets_file import fresh_secrets
from tests.faults.messaging import Launch, Messaging, one_valkey
from tests.faults.ports import lasting_ports

START_SECONDS = 90
CONTAINER_SECONDS = 30
"""What containers are given to stop before they are killed."""
_PORTS = 12
INITIATE_WAIT_SECONDS = 2
"""Short, so that tests of a slow channel do not wait for what they know."""
WISHES = {
    "INITIATE_WAIT_SECONDS": str(INITIATE_WAIT_SECONDS),
    # Longer than any restart, so that a repeated request still means the same attempt.
    "ATTEMPT_GUARD_SECONDS": "120",
}


class Center:
    """The running processes by name, and the servers below them."""

    def __init__(self, at: Addresses, environment: dict[str, str]) -> None:
        self.at = at
        self.environment = environment
        self._launches: dict[str, Launch] = {}
        self._processes: dict[str, ProcessType] = {}
        self._children: dict[str, Child] = {}

    def add_server(self, name: str, launch: Launch) -> None:
        """Name a server and how it is started, and start it."""
        self._launches[name] = launch
        self._children[name] = launch()

    def add_processes(self, *processes: ProcessType) -> None:
        """Name processes of the center, and start them all at once."""
        for process in processes:
            self._processes[process.name] = process
            self._launches[process.name] = partial(self._spawn, process)
        self.start(*(process.name for process in processes))

    def start(self, *names: str) -> None:
        """Start what is not running and wait until all of it is ready."""
        for name in names:
            self._children[name] = self._launches[name]()
        for name in names:
            if name in self._processes:
                is_ready = partial(_is_ready, self._processes[name])
                self._children[name].wait_until(is_ready, patience=START_SECONDS)

    def kill(self, name: str, *, by: signal.Signals = signal.SIGKILL) -> None:
        """End a process and whatever it started at once, as a crash does."""
        child = self._children[name]
        os.killpg(child.process.pid, by)
        child.process.wait()

    def stop_in_order(self, name: str) -> float:
        """Ask a process to stop (SIGTERM) and wait until it has; returns how many seconds it took.

        It must end by itself before a container would be killed.
        """
        started = time.monotonic()
        child = self._children[name]
        child.ask_to_stop()
        child.process.wait(timeout=CONTAINER_SECONDS)
        return time.monotonic() - started

    def pause(self, name: str) -> None:
        """Freeze a process: its connections stay open and nothing answers (SIGSTOP)."""
        os.killpg(self._children[name].process.pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a frozen process go on."""
        os.killpg(self._children[name].process.pid, signal.SIGCONT)

    def dead(self) -> list[str]:
        """Name what does not run, servers first."""
        return [name for name, child in self._children.items() if not child.is_running()]

    def heal(self) -> None:
        """Start what is dead, thaw what is frozen, end all faults of the channels."""
        dead = self.dead()
        for name in self._children.keys() - dead:
            self.resume(name)
        for name in dead:
            self._children[name].process.wait()
        self.start(*dead)
        requests.delete(f"{self.at.sandbox_url}/control/faults", timeout=10).raise_for_status()

    def stop(self) -> None:
        """End everything, servers last."""
        for name in reversed(self._children):
            with contextlib.suppress(ProcessLookupError):
                self.kill(name)

    def flush_redis(self) -> None:
        """Forget everything the broker holds (FLUSHALL)."""
        redis.Redis.from_url(self.at.redis_url).flushall()

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read from the database behind everybody's back."""
        with psycopg.connect(self.at.database_url) as connection:
            return connection.execute(sql.encode(), values).fetchall()

    def _spawn(self, process: ProcessType) -> Child:
        log = self.at.data_dir / "logs" / f"{process.name}.log"
        environment = {**self.environment, **process.extra_environment}
        return spawn(process.command, log=log, env=environment)


def _is_ready(process: ProcessType) -> bool:
    """Ask a process; a connection that a crash of the broker left behind breaks at first use."""
    try:
        return process.is_ready()
    except (redis.RedisError, OSError):
        return False


@contextlib.contextmanager
def running_center(
    wishes: Mapping[str, str] = WISHES,
    *,
    plan_messaging: Callable[[ServersHome, Iterator[int]], Messaging] = one_valkey,
) -> Iterator[tuple[Center, Credentials]]:
    """Start a center with one seeded customer, and leave no trace of it.

    ``plan_messaging`` is given where servers keep their data, and ports for them.
    """
    with _data_dir() as data_dir:
        secrets = fresh_secrets()
        ports = iter(lasting_ports(_PORTS))
        port, password = next(ports), secrets["POSTGRES_PASSWORD"]
        forgetful = open_home(data_dir, throwaway=True)
        messaging = plan_messaging(forgetful, ports)
        at = Addresses(
            data_dir=data_dir,
            database_url=postgres.url(port=port, password=password),
            redis_url=messaging.redis_url,
            broker_url=messaging.broker_url,
            web_port=next(ports),
            sandbox_port=next(ports),
            receiver_port=next(ports),
        )
        center = Center(at, {**os.environ, **center_settings({}, secrets, at), **wishes})
        # A database that keeps what it committed, and brokers that keep nothing.
        durable = replace(forgetful, throwaway=False)
        try:
            launch_database = partial(postgres.start, durable, port=port, password=password)
            center.add_server("postgres", launch_database)
            for name, launch in messaging.servers.items():
                center.add_server(name, launch)
            credentials = _prepare(center)
            center.add_processes(*center_processes(at, webhook_secret=credentials.webhook_secret))
            yield center, credentials
        finally:
            center.stop()


def _prepare(center: Center) -> Credentials:
    """Make the tables and the customer, and return its keys."""
    data_dir = center.at.data_dir
    note = data_dir / "credentials.json"
    command = [sys.executable, "-m", "paycenter.local.prepare", str(note)]
    child = spawn(command, log=data_dir / "logs/prepare.log", env=center.environment)
    assert child.process.wait() == 0, child.last_words()
    return Credentials(json.loads(note.read_text("utf-8")))


@contextlib.contextmanager
def _data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="paycenter-") as parent:
        Path(parent).chmod(0o711)  # as root, the servers run as somebody else and pass through
        data_dir = open_data_dir(Path(parent) / "data")
        try:
            yield data_dir
        finally:
            remove_home(data_dir)
