"""Processes as one group: whoever fails is named with its last words, and none is left behind."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from paycenter.local.errors import LocalError
from paycenter.local.group import Group
from paycenter.local.processes import ProcessType


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    """A group without processes; whatever a test starts in it is stopped."""
    made = Group(dict(os.environ), tmp_path)
    yield made
    made.stop()


def process(script: str, *, ready: bool = True, **environment: str) -> ProcessType:
    """A process called `talker` that runs this Python code."""
    command = [sys.executable, "-c", script]
    return ProcessType("talker", command, lambda: ready, environment)


def is_running(pid: int) -> bool:
    """Tell whether a process still does anything (a zombie nobody has reaped does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_process_that_dies_is_named_with_its_last_words(group: Group) -> None:
    child = group.start(process("print('no such table'); raise SystemExit(1)"))
    with pytest.raises(LocalError, match=r"(?s)talker has stopped.*no such table"):
        group.wait_for(child, lambda: False)


def test_death_of_another_ends_the_wait(group: Group) -> None:
    waiting = group.start(process("import time; time.sleep(60)"))
    group.start(process("print('gone')"))
    with pytest.raises(LocalError, match="talker has stopped"):
        group.wait_for(waiting, lambda: False)


def test_failed_command_is_named_with_its_last_words(group: Group) -> None:
    with pytest.raises(LocalError, match=r"(?s)migrate failed.*relation exists"):
        group.run_to_end("migrate", [sys.executable, "-c", "raise SystemExit('relation exists')"])


def test_output_is_shown_behind_the_name(group: Group, capsys: pytest.CaptureFixture[str]) -> None:
    script = "import sys, time; time.sleep(0.5); print('hello\\nworld', end='', flush=True)"
    group.start(process(script))
    with pytest.raises(LocalError, match="talker has stopped"):
        group.follow()
    assert "talker | hello\n" in capsys.readouterr().out


def test_stubborn_process_is_stopped_with_what_it_started(group: Group) -> None:
    script = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
print(os.getpid(), flush=True)
time.sleep(60)
"""
    child = group.start(process(script))
    while len(pids := child.log.read_text().split()) < 2:
        time.sleep(0.01)
    child.stop(patience=0.1)
    deadline = time.monotonic() + 5
    while any(is_running(int(pid)) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_secret_of_a_process_reaches_it_alone(group: Group) -> None:
    script = "import os; print(os.environ.get('WEBHOOK_SECRET'))"
    knowing = group.start(process(script, WEBHOOK_SECRET="whsec_x"))
    knowing.process.wait()
    assert knowing.log.read_text() == "whsec_x\n"
    unknowing = group.start(process(script))
    unknowing.process.wait()
    assert unknowing.log.read_text() == "None\n"
