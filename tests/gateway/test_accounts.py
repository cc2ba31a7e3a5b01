"""An account as its channel sees it: the right address, and a value for each declared option."""

import pytest
from pytest_django import Settings

from gateway.accounts import channel_account
from gateway.contract import AccountOption, ConfigurationError
from tests.support.fake_channel import FakeChannel
from tests.support.parties import make_account, make_channel_merchant

pytestmark = pytest.mark.django_db

VERSION = AccountOption("version", "Version", (("v1", "V1"), ("v2", "V2")))


@pytest.fixture(autouse=True)
def _options(channel: FakeChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeChannel, "options", (VERSION,))


@pytest.mark.parametrize(
    ("stored", "value"), [({}, "v1"), ({"version": "v2"}, "v2"), ({"other": "x"}, "v1")]
)
def test_each_option_has_the_chosen_value_or_the_default(
    stored: dict[str, str], value: str
) -> None:
    account = make_account(make_channel_merchant(options=stored))
    assert channel_account(account).options == {"version": value}


def test_a_choice_the_channel_does_not_know_cannot_work() -> None:
    account = make_account(make_channel_merchant(options={"version": "v9"}))
    with pytest.raises(ConfigurationError, match="“Version”"):
        channel_account(account)


def test_a_platform_is_called_where_it_was_entered(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeChannel, "own_endpoint", True)
    monkeypatch.setattr(FakeChannel, "sandbox_path", "/played/")
    settings.SANDBOX_URL = "http://127.0.0.1:8001"
    entered = make_account(make_channel_merchant(endpoint="https://pay.example.com/"))
    assert channel_account(entered).base_url == "https://pay.example.com/"
    played = make_account(make_channel_merchant(is_sandbox=True))
    assert channel_account(played).base_url == "http://127.0.0.1:8001/played/"
    with pytest.raises(ConfigurationError, match="address of the platform"):
        channel_account(make_account())
