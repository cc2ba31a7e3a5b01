"""The embedded PostgreSQL: one role, one database, loopback and password only.

A new data folder is prepared under another name and renamed when complete, so a start that was
interrupted leaves nothing half made. The superuser cannot log in at all; our role is an ordinary
one, as in production, that may make databases because the tests need their own.
"""

import shutil
import signal
from pathlib import Path

from paycenter.local.child import Child
from paycenter.local.home import ServersHome, wait_until_unused
from paycenter.local.ports import LOOPBACK

NAME = "paycenter"
_HBA = f"host all {NAME} {LOOPBACK}/32 scram-sha-256\n"
_INITDB = (
    "--username=postgres",
    "--auth=reject",
    "--locale=C.UTF-8",
    "--encoding=UTF8",
    "--no-instructions",
)
# An error must end it, and must not repeat the statement: that holds the password.
_SINGLE_USER = ("-cexit_on_error=on", "-clog_min_error_statement=panic")
# Single-user PostgreSQL reads one statement a line.
_SQL = """\
CREATE ROLE {name} LOGIN CREATEDB PASSWORD '{password}';
CREATE DATABASE {name} OWNER {name};
"""
_FOR_ONE_TEST_RUN = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def url(*, password: str, port: int) -> str:
    """Return the DATABASE_URL of the embedded server."""
    return f"postgres://{NAME}:{password}@{LOOPBACK}:{port}/{NAME}"


def start(home: ServersHome, *, password: str, port: int) -> Child:
    """Start the server on its data, made with this password the first time, and wait for it.

    The password must be plain letters and digits: it is written into SQL and into a URL.
    """
    if not (home.folder / "postgres").exists():
        _create(home, password)
    data = home.make_folder("postgres")
    wait_until_unused(data)
    pid_file = data / "postmaster.pid"
    # Left by a crash. PostgreSQL would refuse to start if that number now is another process of
    # this account, and we know that nobody uses the folder.
    pid_file.unlink(missing_ok=True)
    settings = _settings(home, port)
    server = home.spawn(
        "postgres",
        [home.programs.postgres, "-D", data, *(f"-c{setting}" for setting in settings)],
        stop_signal=signal.SIGINT,  # "fast": ends sessions, then stops in good order
    )
    server.wait_until(lambda: _is_ready(pid_file, server.process.pid), patience=30)
    return server


def _create(home: ServersHome, password: str) -> None:
    shutil.rmtree(home.folder / "postgres.part", ignore_errors=True)
    data = home.make_folder("postgres.part")
    sync = ["--no-sync"] if home.throwaway else []
    home.run([home.programs.initdb, "--pgdata", data, *_INITDB, *sync])
    home.run(
        [home.programs.postgres, "--single", "-D", data, *_SINGLE_USER, "postgres"],
        script=_SQL.format(name=NAME, password=password),
    )
    data.rename(home.folder / "postgres")


def _settings(home: ServersHome, port: int) -> list[str]:
    return [
        f"listen_addresses={LOOPBACK}",
        f"port={port}",
        "unix_socket_directories=",
        f"hba_file={home.write_file('pg_hba.conf', _HBA)}",
        "max_connections=200",  # two gunicorn workers of 16 threads, two Celery pools, a few shells
        *(_FOR_ONE_TEST_RUN if home.throwaway else ()),
    ]


def _is_ready(pid_file: Path, pid: int) -> bool:
    """Read what pg_ctl reads: line 1 of postmaster.pid is the process, line 8 its status."""
    try:
        first, *others = pid_file.read_text("utf-8").splitlines()
    except (FileNotFoundError, ValueError):  # not there, or still empty
        return False
    return first == str(pid) and [line.strip() for line in others[6:7]] == ["ready"]
