"""`exec` gives a command all the center needs, passes its exit code on and leaves no trace."""

import json
import os
import subprocess
import sys
from pathlib import Path

from paycenter.local.data_dir import PROJECT

NAMED_SERVERS = {"DATABASE_URL": "postgres://there/db", "REDIS_URL": "redis://there/0"}

NO_SERVERS = dict.fromkeys(NAMED_SERVERS, "")


def execute(*command: str, **given: str) -> "subprocess.CompletedProcess[str]":
    """Run a command through `exec` with these settings of the caller's."""
    return subprocess.run(
        [sys.executable, "-m", "paycenter.local", "exec", "--", *command],
        cwd=PROJECT,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=False,
    )


def environment_seen(**given: str) -> dict[str, str]:
    """What a command run through `exec` finds in its environment."""
    script = "import json, os; print(json.dumps(dict(os.environ)))"
    seen: dict[str, str] = json.loads(execute(sys.executable, "-c", script, **given).stdout)
    return seen


def test_exit_code_is_passed_on() -> None:
    assert execute("sh", "-c", "exit 7", **NAMED_SERVERS).returncode == 7


def test_death_by_a_signal_is_an_exit_code_as_shells_give_it() -> None:
    assert execute("sh", "-c", "kill -TERM $$", **NAMED_SERVERS).returncode == 128 + 15


def test_servers_the_caller_names_are_used() -> None:
    seen = environment_seen(**NAMED_SERVERS)
    assert {name: seen[name] for name in NAMED_SERVERS} == NAMED_SERVERS


def test_guards_are_on_unless_the_caller_says_otherwise() -> None:
    not_said = environment_seen(**NAMED_SERVERS, ALLOW_PRIVATE_URLS="")
    assert not_said["ALLOW_PRIVATE_URLS"] == "False"
    off = environment_seen(**NAMED_SERVERS, ALLOW_PRIVATE_URLS="True")
    assert off["ALLOW_PRIVATE_URLS"] == "True"


def test_secrets_are_new_each_time() -> None:
    one, other = (environment_seen(**NAMED_SERVERS, SECRET_KEY="") for _ in range(2))
    assert one["SECRET_KEY"] != other["SECRET_KEY"]


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    # As root the servers cannot live below tmp_path, which is closed to them, and go elsewhere.
    where = execute(
        "sh", "-c", "readlink -f $DATA_DIR $DATA_DIR/servers", TMPDIR=str(tmp_path), **NO_SERVERS
    )
    data_dir, servers = where.stdout.split()
    assert data_dir.startswith(str(tmp_path))
    assert not Path(servers).exists()
    assert list(tmp_path.iterdir()) == []


def test_missing_command_is_told() -> None:
    failed = execute("no-such-command", **NAMED_SERVERS)
    assert failed.returncode == 127
    assert "no-such-command" in failed.stderr
    assert "Traceback" not in failed.stderr
