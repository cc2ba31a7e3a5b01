"""The secrets of a local installation, generated once and kept in DATA_DIR/secrets.env (0600)."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from paycenter.local.errors import LocalError


def _sealing_key() -> str:
    return "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()


# Passwords are hexadecimal: they stand in URLs, in SQL and in configuration files unquoted.
_MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "SEALING_KEYS": _sealing_key,
    "POSTGRES_PASSWORD": lambda: secrets.token_hex(24),
    "VALKEY_PASSWORD": lambda: secrets.token_hex(24),
    "OPERATOR_PASSWORD": lambda: secrets.token_urlsafe(12),
}


def fresh_secrets() -> dict[str, str]:
    """Return a new random value for every secret."""
    return {name: make() for name, make in _MAKERS.items()}


def stored_secrets(data_dir: Path) -> dict[str, str]:
    """Return the secrets of this data folder, made the first time.

    Raises LocalError when they were lost while data sealed under them is still there.
    """
    path = data_dir / "secrets.env"
    if not path.exists():
        if (data_dir / "servers").exists():
            raise LocalError(
                f"{path} is gone, and the data beside it cannot be opened without it:"
                " put it back, or start anew with `make clean`"
            )
        write_env_file(path, fresh_secrets())
    return read_env_file(path)


def write_env_file(path: Path, values: dict[str, str]) -> None:
    """Write NAME='value' lines, which shells and django-environ read alike, for the owner alone.

    The file appears complete or not at all.
    """
    half_done = path.with_suffix(".part")
    half_done.unlink(missing_ok=True)
    descriptor = os.open(half_done, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}='{value}'\n" for name, value in values.items())
    half_done.replace(path)


def read_env_file(path: Path) -> dict[str, str]:
    """Read back what write_env_file wrote."""
    pairs = (line.partition("=") for line in path.read_text("utf-8").splitlines())
    return {name: value.strip("'") for name, _, value in pairs}
