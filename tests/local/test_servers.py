"""The embedded servers: closed to whoever has no password, durable, and gone with the launcher."""

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from paycenter.local import postgres, programs, valkey
from paycenter.local.data_dir import PROJECT, open_data_dir
from paycenter.local.errors import LocalError
from paycenter.local.home import ServersHome, open_home, remove_home, wait_until_unused
from paycenter.local.ports import any_free_port
from paycenter.local.secrets_file import fresh_secrets
from paycenter.local.servers import ServerUrls, running_servers

SECRETS = fresh_secrets()
START_AND_WAIT = """
import json, pathlib, signal, sys
from paycenter.local.servers import running_servers
data_dir, secrets = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
with running_servers(data_dir, given={}, secrets=secrets, throwaway=True):
    print("running", flush=True)
    signal.pause()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder; as root it lies below a closed one (pytest's own), as it may in real life."""
    made = open_data_dir(tmp_path / "data")
    yield made
    remove_home(made)


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUrls]:
    """Running servers that nobody stops or changes."""
    data_dir = open_data_dir(tmp_path_factory.mktemp("shared") / "data")
    with running_servers(data_dir, given={}, secrets=SECRETS, throwaway=True) as both:
        yield both
    remove_home(data_dir)


def assert_unused(data_dir: Path) -> None:
    """No process has its home in the servers' folders."""
    for name in ("postgres", "valkey"):
        wait_until_unused((data_dir / "servers" / name).resolve(), patience=5)


def test_postgresql_answers_to_its_password_only(urls: ServerUrls) -> None:
    with psycopg.connect(urls.database) as connection:
        row = connection.execute("SELECT current_user, current_database()").fetchone()
    assert row == ("paycenter", "paycenter")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(urls.database.replace(SECRETS["POSTGRES_PASSWORD"], "wrong"))


def test_postgresql_lets_no_superuser_in(urls: ServerUrls) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        psycopg.connect(urls.database, user="postgres")
    with psycopg.connect(urls.database) as connection:
        row = connection.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        assert row.fetchone() == (False,)


def test_valkey_answers_to_its_password_only(urls: ServerUrls) -> None:
    password = SECRETS["VALKEY_PASSWORD"]
    assert redis.Redis.from_url(urls.redis).ping()
    for no_entry in (
        urls.redis.replace(password, "wrong"),
        urls.redis.replace(f":{password}@", ""),
    ):
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(no_entry, retry=Retry(NoBackoff(), 0)).ping()


def test_queued_work_is_never_evicted(urls: ServerUrls) -> None:
    policy = redis.Redis.from_url(urls.redis).config_get("maxmemory-policy")
    assert policy["maxmemory-policy"] == "noeviction"


def test_both_keep_their_data_over_a_restart(data_dir: Path) -> None:
    with running_servers(data_dir, given={}, secrets=SECRETS) as urls:
        with psycopg.connect(urls.database) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        redis.Redis.from_url(urls.redis).lpush("queue", "task")
    with running_servers(data_dir, given={}, secrets=SECRETS) as urls:
        with psycopg.connect(urls.database) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
        assert redis.Redis.from_url(urls.redis).lrange("queue", 0, -1) == [b"task"]


def test_nothing_is_left_running(data_dir: Path) -> None:
    with running_servers(data_dir, given={}, secrets=SECRETS, throwaway=True):
        pass
    assert_unused(data_dir)


def test_servers_die_with_a_killed_launcher(data_dir: Path) -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, data_dir, json.dumps(SECRETS)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
    )
    assert launcher.stdout
    assert launcher.stdout.readline() == b"running\n"
    launcher.kill()
    launcher.wait()
    assert_unused(data_dir)


def test_servers_named_by_the_environment_are_used(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgres://there", "REDIS_URL": "redis://there"}
    with running_servers(tmp_path, given=given, secrets={}) as urls:
        assert urls == ServerUrls("postgres://there", "redis://there")
    assert list(tmp_path.iterdir()) == []


def restart_postgres(home: ServersHome) -> None:
    """Start PostgreSQL on its data and stop it again; raises when it does not get ready."""
    password = SECRETS["POSTGRES_PASSWORD"]
    postgres.start(home, password=password, port=any_free_port()).stop(patience=10)


def test_pid_file_of_a_crash_does_not_stop_the_start(data_dir: Path) -> None:
    home = open_home(data_dir, throwaway=True)
    restart_postgres(home)
    # The number in it now is another process of the same account: PostgreSQL alone would give up.
    other = valkey.start(home, password=SECRETS["VALKEY_PASSWORD"], port=any_free_port())
    pid_file = home.folder / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{other.process.pid}\n{pid_file.parent}\n")
    try:
        restart_postgres(home)
    finally:
        other.stop(patience=10)


def test_interrupted_first_start_leaves_nothing_half_made(data_dir: Path) -> None:
    home = open_home(data_dir, throwaway=True)
    (home.make_folder("postgres.part") / "PG_VERSION").write_text("18\n")
    restart_postgres(home)
    assert not (home.folder / "postgres.part").exists()


def test_failed_first_start_says_why_and_keeps_the_password_to_itself(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = open_home(data_dir, throwaway=True)
    monkeypatch.setattr(postgres, "NAME", "postgres")  # a role that is there already
    with pytest.raises(LocalError, match="already exists") as failed:
        restart_postgres(home)
    assert SECRETS["POSTGRES_PASSWORD"] not in str(failed.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
def test_root_gives_its_rights_up(urls: ServerUrls) -> None:
    valkey_pid = redis.Redis.from_url(urls.redis).info("server")["process_id"]
    with psycopg.connect(urls.database) as connection:
        for pid in (connection.info.backend_pid, valkey_pid):
            assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid


def test_copied_programs_work_wherever_they_are(data_dir: Path) -> None:
    home = open_home(data_dir, throwaway=True)
    copy = programs.copied(programs.installed(), to=home.folder)
    assert home.folder in copy.postgres.parents
    restart_postgres(replace(home, programs=copy))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is told apart from its servers")
def test_closed_folder_above_the_data_stays_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    data_dir = open_data_dir(closed / "data")
    home = open_home(data_dir, throwaway=True)
    try:
        restart_postgres(home)
        assert closed not in home.folder.parents
        assert (data_dir / "servers" / "postgres").is_dir()
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        remove_home(data_dir)
    assert not home.folder.exists()
