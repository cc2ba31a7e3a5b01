"""Debian's PostgreSQL as a primary with a synchronous replica, and a Redis, on the bridge."""

import secrets
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType

from paycenter.local import programs
from tests.scaling.network import HOST

PRIMARY_PORT, REPLICA_PORT, REDIS_PORT = 5501, 5502, 5503
_BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]


class Servers:
    """Both databases and the broker; stopped in the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._password = secrets.token_hex(12)
        self._redis: subprocess.Popen[bytes] | None = None
        both = f"{HOST}:{PRIMARY_PORT},{HOST}:{REPLICA_PORT}"
        self.database_url = (
            f"postgres://paycenter:{self._password}@{both}/paycenter"
            "?target_session_attrs=read-write"
        )
        self.redis_url = f"redis://:{self._password}@{HOST}:{REDIS_PORT}/0"

    def __enter__(self) -> "Servers":
        try:
            self._begin()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _begin(self) -> None:
        data = self._data("primary")
        password = self._folder / "password"
        password.write_text(self._password)
        shutil.chown(password, "postgres")
        self._run(
            "initdb", f"--pgdata={data}", "--username=paycenter", f"--pwfile={password}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
        with (data / "pg_hba.conf").open("a") as file:
            file.write("host all,replication all 10.99.0.0/24 scram-sha-256\n")
        self._start("primary", PRIMARY_PORT)
        self._sql(PRIMARY_PORT, "CREATE DATABASE paycenter")
        self._run(
            "pg_basebackup", f"--pgdata={self._data('replica')}", "--write-recovery-conf",
            "--wal-method=stream", "--checkpoint=fast",
            f"--dbname={self._conninfo(PRIMARY_PORT)} application_name=replica",
        )  # fmt: skip
        self._start("replica", REPLICA_PORT)
        self._sql(PRIMARY_PORT, "ALTER SYSTEM SET synchronous_standby_names = 'replica'")
        self._sql(PRIMARY_PORT, "SELECT pg_reload_conf()")
        self._redis = subprocess.Popen(
            [
                *(str(programs.installed().valkey), "--bind", HOST, "--port", str(REDIS_PORT)),
                *("--requirepass", self._password, "--save", "", "--dir", str(self._folder)),
            ],
            stdout=subprocess.DEVNULL,
        )

    def _end(self) -> None:
        if self._redis:
            self._redis.kill()
            self._redis.wait()
        for name in ("primary", "replica"):
            if (self._data(name) / "postmaster.pid").exists():
                self._run("pg_ctl", "stop", "-D", str(self._data(name)), "-m", "immediate")

    def switch_over(self) -> None:
        """Kill the primary as a crash does, and promote the replica after two seconds.

        The new primary waits for nobody: it has no replica of its own yet.
        """
        self._run("pg_ctl", "stop", "-D", str(self._data("primary")), "-m", "immediate")
        time.sleep(2)
        self._run("pg_ctl", "promote", "-D", str(self._data("replica")), "-w")

    def _start(self, name: str, port: int) -> None:
        options = f"-p {port} -k /tmp -c listen_addresses={HOST} -c max_connections=200"
        log = self._data(name) / "log"
        self._run(
            "pg_ctl", "start", "-w", "-D", str(self._data(name)), "-l", str(log), "-o", options
        )

    def _sql(self, port: int, statement: str) -> None:
        self._run("psql", "-q", "-c", statement, self._conninfo(port) + " dbname=postgres")

    def _conninfo(self, port: int) -> str:
        return f"host={HOST} port={port} user=paycenter password={self._password}"

    def _data(self, name: str) -> Path:
        folder = self._folder / "databases" / name
        if not folder.exists():
            folder.mkdir(parents=True)
            shutil.chown(folder, "postgres")
            folder.chmod(0o700)
        return folder

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            ["runuser", "-u", "postgres", "--", str(_BIN[0] / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )
