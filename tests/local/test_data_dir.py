"""The data folder: private when we make it, left alone when it is there, one launcher at a time."""

import os
import stat
from pathlib import Path

import pytest

from paycenter.local.data_dir import (
    data_dir_path,
    noted_as_running,
    only_launcher,
    open_data_dir,
    read_running,
)
from paycenter.local.errors import LocalError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_folder_is_closed_to_everybody_else(tmp_path: Path) -> None:
    made = open_data_dir(tmp_path / "data")
    # Root lets the servers' group pass through, and nobody list or write.
    assert mode(made) == (0o710 if os.geteuid() == 0 else 0o700)


def test_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    open_data_dir(tmp_path)
    assert mode(tmp_path) == 0o750


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder somebody else's")
def test_folder_of_somebody_else_stops_the_start(tmp_path: Path) -> None:
    os.chown(tmp_path, 1234, 1234)
    with pytest.raises(LocalError, match="belongs to user 1234"):
        open_data_dir(tmp_path)


def test_relative_folder_is_made_absolute() -> None:
    assert data_dir_path({"DATA_DIR": "here"}) == Path.cwd() / "here"


def test_second_launcher_is_told_who_runs(tmp_path: Path) -> None:
    facts = {"base_url": "http://127.0.0.1:8000", "pid": 4711}
    with (
        only_launcher(tmp_path),
        noted_as_running(tmp_path, facts),
        pytest.raises(LocalError, match=r"running already: http://127\.0\.0\.1:8000 .*4711"),
        only_launcher(tmp_path),
    ):
        pass


def test_running_installation_is_found(tmp_path: Path) -> None:
    with only_launcher(tmp_path), noted_as_running(tmp_path, {"base_url": "x", "pid": 1}):
        assert read_running(tmp_path)["base_url"] == "x"


def test_note_of_a_killed_launcher_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "running.json").write_text('{"base_url": "x", "pid": 1}')
    with pytest.raises(LocalError, match="make run"):
        read_running(tmp_path)
