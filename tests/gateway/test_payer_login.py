"""Who stands before a page: which accounts can find out, and what is kept of asking."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from django.db import transaction
from pytest_django import DjangoAssertNumQueries, Settings

from gateway import payer_login
from gateway.contract import ConfigurationError
from gateway.messages import Outcome, Payer
from gateway.models import ChannelCall
from gateway.transport import PAGE_LIMITS
from merchants.credentials import store_credential
from merchants.models import PaymentAccount
from paycenter.kernel.credential import Credential
from paycenter.kernel.http import Limits
from tests.gateway.channels.alipay import peer as alipay
from tests.gateway.channels.wechat import peer as wechat
from tests.support.parties import make_account, make_channel_merchant
from tests.support.peer import peer, read_request

WECHAT_URL = "https://api.weixin.qq.com/sns/oauth2/access_token"
ALIPAY_URL = "https://openapi.alipay.com/gateway.do"
BACK = "https://center.test/checkout/C1/"
CODE = "canary0code0of0a0login0000000001"
OPENID = "oCanaryOfThePayer00000000001"
BUYER_ID = "2088102146225135"
TOKENS = {"access_token": "canary-access-token", "refresh_token": "canary-refresh-token"}
CANARIES = (CODE, OPENID, BUYER_ID, wechat.APP_SECRET.value, *TOKENS.values())


def stored(channel: str, *credentials: Credential, **changes: Any) -> PaymentAccount:
    """Return an account with these credentials, as it is read for a page."""
    owner = make_channel_merchant(channel=channel, **changes)
    for credential in credentials:
        store_credential(owner, credential)
    appid = alipay.APPID if channel == "alipay" else wechat.APPID
    account = make_account(owner, appid=appid, mini_program_appid="")
    return PaymentAccount.objects.select_related("channel_merchant").get(pk=account.pk)


def at_wechat() -> PaymentAccount:
    return stored("wechat", wechat.MERCHANT_KEY, wechat.SEAL_KEY, wechat.APP_SECRET)


def at_alipay() -> PaymentAccount:
    return stored("alipay", alipay.APP_KEY, alipay.ALIPAY_KEY)


@pytest.fixture
def network() -> Iterator[responses.RequestsMock]:
    """The network, on which nothing answers but what a test puts there."""
    with responses.RequestsMock() as mock:
        yield mock


def silent(connection: socket.socket) -> None:
    """Take the request, answer nothing."""
    read_request(connection)
    connection.recv(1)


def recorded() -> str:
    """Return all that is kept of the calls so far."""
    return repr(list(ChannelCall.objects.values()))


@pytest.mark.django_db
class TestCanLogIn:
    def test_official_account_needs_the_secret_of_its_own_app(self) -> None:
        another = Credential(wechat.APP_SECRET.kind, "wxanother", "x" * 32)
        assert payer_login.can_log_in(at_wechat())
        assert not payer_login.can_log_in(stored("wechat", wechat.MERCHANT_KEY, another))

    def test_alipay_needs_nothing_but_keys_that_load(self) -> None:
        damaged = Credential("app_private_key", "", "canary")
        assert payer_login.can_log_in(at_alipay())
        assert not payer_login.can_log_in(stored("alipay"))
        assert not payer_login.can_log_in(stored("alipay", damaged, alipay.ALIPAY_KEY))

    def test_channel_without_a_login_has_none(self) -> None:
        account = stored("easypay", endpoint="https://pay.example.com/")
        assert not payer_login.can_log_in(account)
        with pytest.raises(ConfigurationError, match="no login"):
            payer_login.login_url(account, redirect_uri=BACK, state="s1")

    def test_sandbox_account_needs_a_sandbox(self, settings: Settings) -> None:
        account = stored("wechat", wechat.APP_SECRET, is_sandbox=True)
        settings.SANDBOX_URL = "http://127.0.0.1:8001"
        assert payer_login.can_log_in(account)
        settings.SANDBOX_URL = ""
        assert not payer_login.can_log_in(account)

    def test_asking_again_costs_no_statement(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        accounts = [at_wechat(), at_alipay()]
        assert all(map(payer_login.can_log_in, accounts))
        with django_assert_num_queries(0):
            assert all(map(payer_login.can_log_in, accounts))


@pytest.mark.django_db
def test_browser_is_sent_to_the_login_of_the_accounts_channel() -> None:
    hosts = {}
    for account in (at_wechat(), at_alipay()):
        url = payer_login.login_url(account, redirect_uri=BACK, state="s1")
        hosts[account.channel_merchant.channel] = url.split("/")[2]
    assert hosts == {"wechat": "open.weixin.qq.com", "alipay": "openauth.alipay.com"}


@pytest.mark.django_db(transaction=True)
class TestIdentify:
    def test_payer_of_wechat_is_known_and_nothing_of_it_is_kept(
        self, network: responses.RequestsMock
    ) -> None:
        network.get(WECHAT_URL, json={**TOKENS, "openid": OPENID, "unionid": CODE})
        account = at_wechat()
        identity = payer_login.identify_payer(account, CODE)
        assert identity.payer == Payer(openid=OPENID)
        call = ChannelCall.objects.get()
        assert (call.operation, call.number, call.outcome) == ("identify", "", "succeeded")
        assert (call.method, call.status, call.payment_account_id) == ("GET", 200, account.pk)
        assert call.url == (
            f"{WECHAT_URL}?appid={wechat.APPID}&secret=***&code=***&grant_type=authorization_code"
        )
        assert [canary for canary in CANARIES if canary in recorded()] == []

    def test_payer_of_alipay_is_known_and_nothing_of_it_is_kept(
        self, network: responses.RequestsMock
    ) -> None:
        answer = alipay.answer(
            "alipay.system.oauth.token",
            {**TOKENS, "user_id": BUYER_ID, "open_id": OPENID, "union_id": CODE},
        )
        network.post(ALIPAY_URL, body=answer.body)
        identity = payer_login.identify_payer(at_alipay(), CODE)
        assert identity.payer == Payer(buyer_id=BUYER_ID)
        call = ChannelCall.objects.get()
        assert (call.operation, call.outcome, call.status) == ("identify", "succeeded", 200)
        assert call.request_body.endswith("bytes that are not JSON)")
        assert [canary for canary in CANARIES if canary in recorded()] == []

    @pytest.mark.parametrize(
        ("errcode", "outcome"), [(40163, Outcome.FAILED), (-1, Outcome.UNKNOWN)]
    )
    def test_what_the_channel_said_of_a_refused_code_is_kept(
        self, network: responses.RequestsMock, errcode: int, outcome: Outcome
    ) -> None:
        network.get(WECHAT_URL, json={"errcode": errcode, "errmsg": "words of WeChat"})
        assert payer_login.identify_payer(at_wechat(), CODE).outcome is outcome
        call = ChannelCall.objects.get()
        assert call.outcome == outcome
        assert "words of WeChat" in call.response_body
        assert [canary for canary in CANARIES if canary in recorded()] == []

    def test_channel_that_cannot_be_reached_is_recorded(
        self, network: responses.RequestsMock
    ) -> None:
        identity = payer_login.identify_payer(at_wechat(), CODE)
        assert (identity.outcome, identity.payer) == (Outcome.UNKNOWN, None)
        call = ChannelCall.objects.get()
        assert call.error
        assert [canary for canary in CANARIES if canary in recorded() + repr(identity)] == []

    def test_nobody_waits_before_a_page_as_long_as_for_a_payment(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert PAGE_LIMITS.total <= 5
        monkeypatch.setattr("gateway.payer_login.PAGE_LIMITS", Limits(total=0.2))
        account = stored("wechat", wechat.APP_SECRET, is_sandbox=True)
        with peer(silent) as url:
            settings.SANDBOX_URL = url
            assert payer_login.identify_payer(account, CODE).outcome is Outcome.UNKNOWN
        call = ChannelCall.objects.get()
        assert call.error.startswith("NoAnswer")
        assert call.milliseconds < 5_000

    def test_account_without_the_secret_sends_nothing(
        self, network: responses.RequestsMock
    ) -> None:
        with pytest.raises(ConfigurationError, match="AppSecret"):
            payer_login.identify_payer(stored("wechat", wechat.MERCHANT_KEY), CODE)
        assert not ChannelCall.objects.exists()

    def test_no_channel_is_asked_inside_a_transaction(self) -> None:
        account = at_wechat()
        with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
            payer_login.identify_payer(account, CODE)
