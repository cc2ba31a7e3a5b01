"""The whole local installation: it starts, tells its story, keeps its data and leaves nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from paycenter.local.credentials import read_credentials
from paycenter.local.data_dir import PROJECT
from paycenter.local.home import remove_home

PATIENCE = 180  # seconds; six processes import Django at once, perhaps on a busy machine

pytestmark = pytest.mark.slow


def environment(data_dir: Path) -> dict[str, str]:
    """What somebody who typed `make run` has set: nothing of what the tests run in."""
    names = ("PATH", "HOME", "LANG", "TMPDIR")
    return {"DATA_DIR": str(data_dir)} | {n: os.environ[n] for n in names if n in os.environ}


def local(action: str, data_dir: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command of the local installation to its end."""
    return subprocess.run(
        [sys.executable, "-m", "paycenter.local", action],
        cwd=PROJECT,
        env=environment(data_dir),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def running(data_dir: Path, output: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A launcher whose installation is up, ended by Ctrl-C."""
    with output.open("wb") as file:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "paycenter.local", "run"],
            cwd=PROJECT,
            env=environment(data_dir),
            stdout=file,
            stderr=file,
        )
    wait_until_up(data_dir, launcher, output)
    try:
        yield launcher
    finally:
        launcher.send_signal(signal.SIGINT)
        launcher.wait(30)


def wait_until_up(data_dir: Path, launcher: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (data_dir / "running.json").exists():
        assert launcher.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.1)


def processes_of(data_dir: Path) -> list[str]:
    """The commands of all processes that were started for this data folder."""
    mark = f"DATA_DIR={data_dir}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:  # it ended meanwhile, or is somebody else's
            continue
    return found


def order_numbers(data_dir: Path) -> list[str]:
    """The orders the demo application has made payments for, newest first."""
    center = read_credentials(environment(data_dir)).client()
    return [each["order_no"] for each in center.get("/api/v1/payments").body["data"]]


def assert_soon_gone(data_dir: Path) -> None:
    deadline = time.monotonic() + 15
    while processes_of(data_dir):
        assert time.monotonic() < deadline, processes_of(data_dir)
        time.sleep(0.1)


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder nothing was started on yet."""
    yield tmp_path / "data"
    remove_home(tmp_path / "data")


def test_two_lives_of_an_installation(data_dir: Path, tmp_path: Path) -> None:
    """One test for all, since every start takes its time."""
    output = tmp_path / "output"
    with running(data_dir, output) as launcher:
        told = local("demo", data_dir)
        assert told.returncode == 0, told.stdout + told.stderr
        beside = local("run", data_dir)
        assert beside.returncode == 1
        assert "is running already" in beside.stderr
        before = order_numbers(data_dir)
    assert launcher.returncode == 0, output.read_text()
    assert processes_of(data_dir) == []
    assert "make run" in local("demo", data_dir).stderr

    with running(data_dir, output) as launcher:
        assert order_numbers(data_dir)[1:] == before
        launcher.kill()
        launcher.wait()
        assert_soon_gone(data_dir)
