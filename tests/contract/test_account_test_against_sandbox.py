"""The test of an account over real HTTP: the sandbox's accounts pass it, wrong keys do not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from gateway import account_test
from gateway.account_test import AccountTest
from gateway.messages import Finding
from gateway.registry import CHANNELS
from gateway.sandbox.identity import load_or_create
from merchants.credentials import bump_version, store_credential
from merchants.models import PaymentAccount, StoredCredential
from paycenter.kernel.credential import Credential
from paycenter.sandbox_seed import seed
from tests.contract.sandbox import Sandbox, running_sandbox
from tests.support.pem import private_pem, public_pem, rsa_key

CODES = sorted(CHANNELS)
FOREIGN_ID = "PUB_KEY_ID_0000000000000000000000000001"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sandbox's keys, made beforehand: making them takes its time."""
    folder = tmp_path_factory.mktemp("sandbox")
    load_or_create(folder)
    return folder


@pytest.fixture(scope="module")
def sandbox(data_dir: Path) -> Iterator[Sandbox]:
    """A sandbox that runs."""
    with running_sandbox(data_dir) as running:
        yield running


@pytest.fixture(autouse=True)
def _seeded(transactional_db: None, settings: Settings, sandbox: Sandbox, data_dir: Path) -> None:
    """The sandbox's company, with an account at each channel that nobody tested."""
    settings.SANDBOX_URL, settings.SANDBOX_DATA_DIR = sandbox.base_url, data_dir
    seed()
    PaymentAccount.objects.update(is_active=False)


def account_of(code: str) -> PaymentAccount:
    """Return the company's account at a channel, as it is stored now."""
    accounts = PaymentAccount.objects.select_related("channel_merchant")
    return accounts.get(channel_merchant__channel=code)


def found(code: str) -> AccountTest:
    """Test the account of a channel."""
    return account_test.test_and_activate(account_of(code))


def drop(kind: str) -> None:
    """Forget the WeChat Pay account's credentials of a kind."""
    owner = account_of("wechat").channel_merchant
    StoredCredential.objects.filter(channel_merchant=owner, kind=kind).delete()
    bump_version(owner.pk)


@pytest.mark.parametrize("code", CODES)
def test_every_account_of_the_sandbox_works(code: str) -> None:
    assert found(code).works
    assert account_of(code).is_active


def test_another_private_key_is_a_wrong_key() -> None:
    owner = account_of("wechat").channel_merchant
    own = owner.credentials.get(kind="merchant_private_key")
    store_credential(owner, Credential(own.kind, own.identifier, private_pem(rsa_key())))
    assert found("wechat").finding is Finding.WRONG_KEY
    assert not account_of("wechat").is_active


def test_a_serial_that_is_not_the_merchants_is_a_wrong_key() -> None:
    drop("merchant_private_key")
    key = Credential("merchant_private_key", "ABC", private_pem(rsa_key()))
    store_credential(account_of("wechat").channel_merchant, key)
    assert found("wechat").finding is Finding.WRONG_KEY


def test_an_answer_by_a_key_nobody_trusts_is_unverified() -> None:
    drop("wechat_public_key")
    foreign = Credential("wechat_public_key", FOREIGN_ID, public_pem(rsa_key()))
    store_credential(account_of("wechat").channel_merchant, foreign)
    assert found("wechat").finding is Finding.UNVERIFIED


def test_another_secret_of_easypay_is_a_wrong_key() -> None:
    owner = account_of("easypay").channel_merchant
    own = owner.credentials.get(kind="easypay_key")
    store_credential(owner, Credential(own.kind, own.identifier, "x" * 32))
    assert found("easypay").finding is Finding.WRONG_KEY


def test_another_private_key_of_alipay_is_not_accepted() -> None:
    owner = account_of("alipay").channel_merchant
    own = owner.credentials.get(kind="app_private_key")
    store_credential(owner, Credential(own.kind, own.identifier, private_pem(rsa_key())))
    result = found("alipay")
    assert result.finding is Finding.WRONG_KEY, result
