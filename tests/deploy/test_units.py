"""The systemd units are understood by systemd, and let the processes do little."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.files import DEPLOY, UNITS

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)

MOST_EXPOSED = 20
"""Tenths of systemd's own measure of 0 to 10, on which 2 is called fine."""


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """It also looks whether the programs are there: they are, in a folder of ours."""
    program = tmp_path / "opt/deploy/run"
    program.parent.mkdir(parents=True)
    shutil.copy(DEPLOY / "run", program)
    for path in (DEPLOY / "systemd").glob("paycenter*"):
        if path.suffix in {".service", ".target"}:
            text = path.read_text().replace("/opt/paycenter", str(tmp_path / "opt"))
            (tmp_path / path.name).write_text(text)
    wanted = re.findall(r"paycenter\S*\.service", (DEPLOY / "systemd/paycenter.target").read_text())
    names = ["paycenter.target", *wanted]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in names)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "paycenter" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_shut_in(path: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-300:]
