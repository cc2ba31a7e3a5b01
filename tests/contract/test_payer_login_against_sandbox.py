"""The whole way of a payer's login over real HTTP, with the accounts a sandbox is seeded with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from gateway import payer_login
from gateway.messages import Outcome
from gateway.models import ChannelCall
from gateway.registry import channel_of
from gateway.sandbox.identity import load_or_create
from merchants.models import PaymentAccount
from paycenter.sandbox_credentials import sandbox_credentials
from paycenter.sandbox_seed import seed
from tests.contract.sandbox import Sandbox, running_sandbox

BACK = "https://center.test/checkout/C1/?step=1"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sandbox")
    load_or_create(folder)
    return folder


@pytest.fixture(scope="module")
def sandbox(data_dir: Path) -> Iterator[Sandbox]:
    with running_sandbox(data_dir) as running:
        yield running


@pytest.fixture(autouse=True)
def _seeded(transactional_db: None, settings: Settings, sandbox: Sandbox, data_dir: Path) -> None:
    settings.SANDBOX_URL, settings.SANDBOX_DATA_DIR = sandbox.base_url, data_dir
    seed()


def account_of(code: str) -> PaymentAccount:
    accounts = PaymentAccount.objects.select_related("channel_merchant")
    return accounts.get(channel_merchant__channel=code)


@pytest.mark.parametrize(("code", "known_by"), [("wechat", "openid"), ("alipay", "buyer_id")])
def test_payer_of_a_seeded_account_is_known(sandbox: Sandbox, code: str, known_by: str) -> None:
    account = account_of(code)
    assert payer_login.can_log_in(account)
    url = payer_login.login_url(account, redirect_uri=BACK, state="s1")
    came_back = sandbox.come_back(url)
    assert (came_back["step"], came_back["state"]) == ("1", "s1")
    identity = payer_login.identify_payer(account, came_back[channel_of(code).login_code])
    assert identity.outcome is Outcome.SUCCEEDED
    payer_id = getattr(identity.payer, known_by)
    assert payer_id
    kept = repr(ChannelCall.objects.values().get(operation="identify"))
    assert payer_id not in kept
    assert came_back[channel_of(code).login_code] not in kept


def test_easypay_has_no_login() -> None:
    assert not payer_login.can_log_in(account_of("easypay"))


def test_tools_are_told_the_app_secret(data_dir: Path) -> None:
    secret = load_or_create(data_dir).wechat.merchant.app_secret
    assert sandbox_credentials()["sandbox"]["wechat"]["app_secret"] == secret
