"""The environment of a local installation: complete, and the caller's own settings win."""

from pathlib import Path

import pytest

from paycenter.local.environment import Addresses, center_settings
from paycenter.local.secrets_file import fresh_secrets

AT = Addresses(
    data_dir=Path("/data"),
    database_url="postgres://paycenter:secret@127.0.0.1:5/paycenter",
    redis_url="redis://:secret@127.0.0.1:6/0",
    web_port=8000,
    sandbox_port=8001,
    receiver_port=8002,
)


def settings(**given: str) -> dict[str, str]:
    """The settings the center gets when the caller has set these."""
    return center_settings(given, fresh_secrets(), AT)


def test_addresses_are_passed_on() -> None:
    got = settings()
    assert got["PUBLIC_BASE_URL"] == "http://127.0.0.1:8000"
    assert got["SANDBOX_URL"] == "http://127.0.0.1:8001"
    assert got["RECEIVER_URL"] == "http://127.0.0.1:8002"
    assert got["SANDBOX_DATA_DIR"] == "/data/sandbox"
    assert got["DATABASE_URL"] == AT.database_url


def test_nobody_needs_a_telephone_to_try_it() -> None:
    assert settings()["SECOND_FACTOR"] == "off"
    assert settings(SECOND_FACTOR="required")["SECOND_FACTOR"] == "required"


@pytest.mark.parametrize("name", ["SECRET_KEY", "SEALING_KEYS", "LOG_LEVEL", "PUBLIC_BASE_URL"])
def test_setting_of_the_caller_wins(name: str) -> None:
    assert settings(**{name: "as set by the caller"})[name] == "as set by the caller"


def test_empty_setting_of_the_caller_counts_as_not_set() -> None:
    assert settings(SECRET_KEY="")["SECRET_KEY"]


def test_address_of_what_we_start_is_ours_to_say() -> None:
    assert settings(SANDBOX_URL="http://elsewhere")["SANDBOX_URL"] == "http://127.0.0.1:8001"


def test_server_passwords_are_passed_only_within_their_urls() -> None:
    assert "POSTGRES_PASSWORD" not in settings()
    assert "VALKEY_PASSWORD" not in settings()
