"""The generated secrets: made once, for the owner alone, and never lost unnoticed."""

import base64
import stat
from pathlib import Path

import environ
import pytest

from paycenter.local.errors import LocalError
from paycenter.local.secrets_file import fresh_secrets, stored_secrets, write_env_file


def test_secrets_are_for_the_owner_alone(tmp_path: Path) -> None:
    stored_secrets(tmp_path)
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_second_start_finds_the_same_secrets(tmp_path: Path) -> None:
    assert stored_secrets(tmp_path) == stored_secrets(tmp_path)


def test_no_two_installations_share_a_secret() -> None:
    one, other = fresh_secrets(), fresh_secrets()
    assert not set(one.values()) & set(other.values())


def test_sealing_key_is_32_bytes_under_a_key_id() -> None:
    key_id, _, key = fresh_secrets()["SEALING_KEYS"].partition(":")
    assert key_id == "k1"
    assert len(base64.b64decode(key, validate=True)) == 32


def test_lost_secrets_beside_existing_data_stop_the_start(tmp_path: Path) -> None:
    stored_secrets(tmp_path)
    (tmp_path / "servers").mkdir()
    (tmp_path / "secrets.env").unlink()
    with pytest.raises(LocalError, match="make clean"):
        stored_secrets(tmp_path)


def test_django_environ_reads_the_file_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"PC_TEST_A": "k1:Zm9v+/=", "PC_TEST_B": "redis://:pw@127.0.0.1:1/0 # no comment"}
    write_env_file(tmp_path / "x.env", values)
    for name in values:
        monkeypatch.setenv(name, "to be overwritten")
    environ.Env.read_env(tmp_path / "x.env", overwrite=True, parse_comments=True)
    env = environ.Env()
    assert {name: env.str(name) for name in values} == values
