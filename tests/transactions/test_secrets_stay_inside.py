"""Secrets go nowhere but where they are used: not one of them is found in anything we write.

The real WeChat channel works here with planted keys, against a peer that fails and echoes.
"""

import json
import socket
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import Client
from pytest_django import Settings

from gateway.accounts import channel_account
from gateway.channels.wechat import config
from gateway.messages import Operation
from gateway.models import ChannelCall
from merchants.credentials import store_credential
from merchants.keys import issue_webhook_secret
from merchants.models import Application, PaymentAccount
from paycenter.kernel.credential import Credential
from tests.gateway.channels.wechat import peer as wechat
from tests.support.desk import PAYMENTS
from tests.support.parties import make_account, make_application, make_channel_merchant, make_key
from tests.support.peer import http, peer, read_request
from tests.support.signing import Answer, SigningClient
from tests.support.workers import Workers
from transactions.models import Payment
from transactions.tasks import send_payment

APPLICATION_SECRET = "sk_canary_application_secret_000001"
PRIVATE_KEY = wechat.MERCHANT_KEY.value
PRIVATE_KEY_LINE = PRIVATE_KEY.splitlines()[2]


class Scene:
    """An application that pays through the real channel, and everything that could be seen."""

    def __init__(self, account: PaymentAccount, application: Application) -> None:
        self.account = account
        self.application = application
        self.webhook_secret = issue_webhook_secret(application)
        key, secret = make_key(application, APPLICATION_SECRET)
        self.key = key
        self.client = SigningClient(key.key_id, secret)
        self.answers: list[Answer] = []

    @property
    def secrets(self) -> list[str]:
        """What must be found nowhere."""
        return [
            APPLICATION_SECRET,
            PRIVATE_KEY_LINE,
            wechat.APIV3_KEY,
            self.webhook_secret,
            self.webhook_secret.removeprefix("whsec_"),
        ]

    def pay(self, order_no: str) -> Answer:
        """Ask for a payment by QR code."""
        body = {
            "merchant_id": self.account.channel_merchant.merchant.merchant_no,
            "payment_id": self.account.payment_no,
            "order_no": order_no,
            "amount": 100,
            "currency": "CNY",
            "invoke_method": "qr_code",
            "subject": "物业费",
        }
        self.answers.append(self.client.post(PAYMENTS, body))
        return self.answers[-1]

    def call_back(self, body: bytes, headers: dict[str, str]) -> None:
        """Deliver a callback."""
        path = f"/callbacks/wechat/{self.account.payment_no}/"
        Client().generic("POST", path, data=body, headers=headers)


def _echo(connection: socket.socket) -> None:
    """Fail, and show the whole request again."""
    request = read_request(connection).decode("latin-1")
    connection.sendall(http(json.dumps({"echo": request}).encode(), status="500 Oops"))


@pytest.fixture
def scene(transactional_db: None, settings: Settings) -> Iterator[Scene]:
    """A sandbox account with real keys, whose channel is an echoing peer."""
    settings.INITIATE_WAIT_SECONDS = 0.05
    owner = make_channel_merchant(mchid=wechat.MCHID, is_sandbox=True)
    for credential in (wechat.MERCHANT_KEY, wechat.SEAL_KEY, wechat.PUBLIC_KEY):
        store_credential(owner, credential)
    owner.refresh_from_db()
    account = make_account(owner, appid=wechat.APPID)
    with peer(_echo) as url:
        settings.SANDBOX_URL = url
        yield Scene(account, make_application(account))


def _whole_database() -> str:
    rows = [
        repr({name: _text(value) for name, value in row.items()})
        for model in apps.get_models()
        for row in model._base_manager.values()
    ]
    return "\n".join(rows)


def _text(value: object) -> object:
    return bytes(value).decode("latin-1") if isinstance(value, memoryview) else value


def _assert_none_of(secrets: list[str], where: str, text: str) -> None:
    found = [secret[:12] for secret in secrets if secret in text]
    assert not found, f"{where} shows {found}"


def test_no_secret_is_written_anywhere(
    scene: Scene, workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    assert scene.pay("A1")["state"] == "unknown"
    send_payment(Payment.objects.get().pk)
    stranger = SigningClient(scene.key.key_id, "sk_wrong")
    scene.answers.append(stranger.post(PAYMENTS, {"order_no": "A2"}))
    scene.call_back(b'{"resource": {}}', {"Wechatpay-Signature": "x"})
    genuine = wechat.callback(wechat.envelope(wechat.order(), "transaction"))
    scene.call_back(genuine.body, dict(genuine.headers))
    assert ChannelCall.objects.filter(operation=Operation.PAY, status=500).exists()
    _assert_none_of(scene.secrets, "the database", _whole_database())
    _assert_none_of(scene.secrets, "the log", caplog.text)
    _assert_none_of(scene.secrets, "an answer", repr(scene.answers))
    _assert_none_of(scene.secrets, "a message to a worker", repr(workers.messages))


def test_the_channels_signature_is_not_kept_either(scene: Scene) -> None:
    """The Authorization header would let a reader of the record repeat the request."""
    scene.pay("A1")
    record = ChannelCall.objects.get()
    assert record.request_body
    assert "WECHATPAY2" not in record.request_body + record.url


@pytest.mark.parametrize(
    "broken",
    [
        Credential("merchant_private_key", "3775B6", PRIVATE_KEY.replace("A", "B")),
        Credential("apiv3_key", "", wechat.APIV3_KEY + "x"),
    ],
    ids=lambda credential: str(credential.kind),
)
def test_a_key_that_does_not_work_is_not_shown(
    scene: Scene, broken: Credential, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    store_credential(scene.account.channel_merchant, broken)
    answer = scene.pay("A1")
    assert answer["failure"]["code"] == "account_misconfigured"
    secrets = [broken.value, broken.value[:40], broken.value[-20:], *scene.secrets]
    for where, text in (
        ("the database", _whole_database()),
        ("the log", caplog.text),
        ("the answer", repr(answer)),
    ):
        _assert_none_of(secrets, where, text)


def test_what_holds_a_secret_does_not_print_it(scene: Scene) -> None:
    account = channel_account(scene.account)
    keys = config.keys_of(account)
    holders = [
        scene.key,
        scene.application,
        *scene.account.channel_merchant.credentials.all(),
        *account.credentials,
        account,
        keys,
        keys.signer,
    ]
    for holder in holders:
        _assert_none_of(scene.secrets, type(holder).__name__, f"{holder!r} {holder}")
