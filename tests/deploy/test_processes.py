"""Commands are written once, in the Procfile; everything that starts processes goes through it."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from gateway.registry import CHANNELS
from tests.deploy.files import DEPLOY, ROOT, UNITS, compose, process_types, unit

LONG_RUNNING = sorted(set(process_types()) - {"release"})
QUEUES = {*(f"channel.{code}" for code in CHANNELS), "notify", "alerts", "default"}
DRAINING_SECONDS = 60
"""The longest that what is under way may take: a call of 10 s, a bill that is being read."""


def _queues(command: str) -> set[str]:
    given = re.search(r" -Q (\S+)", command)
    return set(given[1].split(",")) if given else set()


def _started_by_compose() -> list[str]:
    commands = [service.get("command", []) for service in compose()["services"].values()]
    return [command[1] for command in commands if command[:1] == ["deploy/run"]]


def _started_by_systemd() -> list[str]:
    target = (DEPLOY / "systemd/paycenter.target").read_text()
    web = ["web"] if "paycenter-web@" in target else []
    return web + re.findall(r"paycenter@(\w+)\.service", target)


def test_every_queue_has_one_worker() -> None:
    """A channel whose queue nobody reads would take payments that are never sent."""
    read = [queue for command in process_types().values() for queue in _queues(command)]
    assert sorted(read) == sorted(QUEUES)


def test_compose_starts_every_process_type_once() -> None:
    assert sorted(_started_by_compose()) == LONG_RUNNING


def test_systemd_starts_every_process_type_once() -> None:
    assert sorted(_started_by_systemd()) == LONG_RUNNING


def test_units_start_what_the_procfile_says() -> None:
    for path in UNITS:
        assert unit(path)["ExecStart"].startswith("/opt/paycenter/deploy/run "), path


def test_what_is_under_way_has_time_to_end() -> None:
    long_running = [unit(path) for path in UNITS if "oneshot" not in path.read_text()]
    assert [int(each["TimeoutStopSec"]) > DRAINING_SECONDS for each in long_running] == [True, True]
    for name, service in compose()["services"].items():
        if service.get("command", [""])[0] == "deploy/run":
            assert int(service["stop_grace_period"].rstrip("s")) > DRAINING_SECONDS, name


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_the_process_takes_the_place_of_the_shell(name: str, tmp_path: Path) -> None:
    """Signals to stop must reach it: the process has the number of what was started."""
    program = process_types()[name].split()[0]
    fake = tmp_path / "deploy/run"
    fake.parent.mkdir()
    fake.write_text((DEPLOY / "run").read_text())
    fake.chmod(0o755)
    (tmp_path / "Procfile").write_text((ROOT / "Procfile").read_text())
    double = tmp_path / ".venv/bin" / program
    double.parent.mkdir(parents=True)
    double.write_text('#!/bin/sh\necho "$$" "$@"\n')
    double.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "PORT": "8000"}
    with subprocess.Popen(
        [fake, name], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        said = process.communicate(timeout=10)[0].split()
    assert said[0] == str(process.pid)
    assert len(said) > 3


def test_a_name_that_is_none_is_refused() -> None:
    done = subprocess.run([DEPLOY / "run", "wep"], capture_output=True, text=True, check=False)
    assert done.returncode == 64
    assert "no process type wep" in done.stderr
