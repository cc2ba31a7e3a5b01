"""A primary and a replica that follows it, of the embedded PostgreSQL; the tests' own."""

import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from paycenter.local.child import Child
from paycenter.local.data_dir import open_data_dir
from paycenter.local.home import ServersHome, open_home, remove_home
from paycenter.local.ports import LOOPBACK, any_free_port

OWNER = "paycenter"
_INITDB = (
    *(f"--username={OWNER}", "--auth=scram-sha-256", "--locale=C.UTF-8", "--encoding=UTF8"),
    *("--no-instructions", "--no-sync"),
)
_PATIENCE = 30.0


@dataclass(frozen=True)
class Server:
    """One of the two."""

    port: int
    password: str = field(repr=False)
    child: Child

    @property
    def django(self) -> dict[str, Any]:
        """Where it is, in Django's words."""
        return {
            "NAME": "postgres",
            "USER": OWNER,
            "PASSWORD": self.password,
            "HOST": LOOPBACK,
            "PORT": self.port,
        }

    def ask(self, statement: str) -> Any:
        """Return the first value of an answer; None where there is none."""
        with self._connect() as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None

    def answers(self) -> bool:
        """Whether it takes a connection."""
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> "psycopg.Connection[Any]":
        conninfo = psycopg.conninfo.make_conninfo(
            host=LOOPBACK, port=self.port, user=OWNER, password=self.password, dbname="postgres"
        )
        return psycopg.connect(conninfo, autocommit=True)


@dataclass(frozen=True)
class Replication:
    """Both of them."""

    primary: Server
    replica: Server

    def pause(self) -> None:
        """Let the replica replay nothing more; it still receives."""
        self.replica.ask("SELECT pg_wal_replay_pause()")
        wait_until(lambda: self.replica.ask("SELECT pg_get_wal_replay_pause_state()") == "paused")

    def cut(self) -> None:
        """Let the replica lose the primary: it goes on with what it has."""
        self._follow("host=127.0.0.1 port=1")
        wait_until(lambda: not self.replica.ask("SELECT count(*) FROM pg_stat_wal_receiver"))

    def mend(self) -> None:
        """Let it find the primary again."""
        self._follow(_at(self.primary))
        self.catch_up()

    def _follow(self, conninfo: str) -> None:
        self.replica.ask(f"ALTER SYSTEM SET primary_conninfo = '{conninfo}'")
        self.replica.ask("SELECT pg_reload_conf()")

    def resume(self) -> None:
        """Let it go on, until it has what the primary has now."""
        self.replica.ask("SELECT pg_wal_replay_resume()")
        self.catch_up()

    def catch_up(self) -> None:
        """Wait until the replica has what the primary has now."""
        flushed = self.primary.ask("SELECT pg_current_wal_flush_lsn()")
        wait_until(lambda: self.replica.ask(f"SELECT pg_last_wal_replay_lsn() >= '{flushed}'"))


@contextmanager
def running_replication(folder: Path) -> Iterator[Replication]:
    """Run both until the block ends, and delete what they keep."""
    data_dir = open_data_dir(folder)
    home = open_home(data_dir, throwaway=True)
    password = secrets.token_hex(12)
    with ExitStack() as stack:
        stack.callback(remove_home, data_dir)
        primary_data = _make(home, password)
        primary = _start(stack, home, primary_data, password)
        home.write_file("replica/postgresql.auto.conf", f"primary_conninfo = '{_at(primary)}'\n")
        yield Replication(primary, _start(stack, home, home.folder / "replica", password))


def _make(home: ServersHome, password: str) -> Path:
    """Make the primary's data, and the replica's of them: a copy that knows whom to follow."""
    data = home.make_folder("primary")
    file = home.write_file("password", password)
    home.run([home.programs.initdb, f"--pgdata={data}", f"--pwfile={file}", *_INITDB])
    home.run(["/bin/cp", "-a", f"{data}/.", home.make_folder("replica")])
    home.write_file("replica/standby.signal", "")
    return data


def _at(server: Server) -> str:
    return f"host={LOOPBACK} port={server.port} user={OWNER} password={server.password}"


def _start(stack: ExitStack, home: ServersHome, data: Path, password: str) -> Server:
    port = any_free_port()
    settings = (
        *(f"listen_addresses={LOOPBACK}", f"port={port}", "unix_socket_directories="),
        *("fsync=off", "wal_keep_size=256MB"),
    )
    child = home.spawn(
        data.name,
        [home.programs.postgres, "-D", data, *(f"-c{setting}" for setting in settings)],
        stop_signal=signal.SIGQUIT,
    )
    stack.callback(child.stop, patience=_PATIENCE)
    server = Server(port, password, child)
    child.wait_until(server.answers, patience=_PATIENCE)
    return server


def wait_until(reached: Callable[[], bool]) -> None:
    """Wait for what comes by itself."""
    deadline = time.monotonic() + _PATIENCE
    while not reached():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
