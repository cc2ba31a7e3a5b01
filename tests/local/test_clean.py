"""`make clean` deletes what the local installation made, and nothing else."""

from pathlib import Path

import pytest

from paycenter.local import clean
from paycenter.local.data_dir import only_launcher, open_data_dir
from paycenter.local.errors import LocalError
from paycenter.local.secrets_file import stored_secrets


def test_everything_of_ours_goes(tmp_path: Path) -> None:
    data_dir = open_data_dir(tmp_path / "data")
    stored_secrets(data_dir)
    (data_dir / "sandbox").mkdir()
    (data_dir / "beat-schedule.db").touch()
    assert clean.main({"DATA_DIR": str(data_dir)}) == 0
    assert not data_dir.exists()


def test_files_of_somebody_else_stay(tmp_path: Path) -> None:
    stored_secrets(tmp_path)
    (tmp_path / "thesis.txt").touch()
    clean.main({"DATA_DIR": str(tmp_path)})
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_running_installation_is_not_pulled_away(tmp_path: Path) -> None:
    stored_secrets(tmp_path)
    with only_launcher(tmp_path), pytest.raises(LocalError):
        clean.main({"DATA_DIR": str(tmp_path)})
    assert (tmp_path / "secrets.env").exists()


def test_nothing_to_delete_is_no_error(tmp_path: Path) -> None:
    assert clean.main({"DATA_DIR": str(tmp_path / "never-made")}) == 0
