"""Who the payer is: the way to WeChat and back, and what its answer to the code lets believe."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateway.channels.wechat.channel import WeChatChannel
from gateway.channels.wechat.config import PRODUCTION_URL
from gateway.channels.wechat.wire import order_body
from gateway.contract import ConfigurationError
from gateway.messages import (
    ChannelAccount,
    Failure,
    InvokeMethod,
    Outcome,
    Payer,
    PayerIdentity,
)
from paycenter.kernel.http import NoAnswer, NotSent, WireResponse
from tests.contract.channel_contract import pay_request
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.wechat import peer
from tests.gateway.channels.wechat.peer import APP_SECRET, APPID

CHANNEL = WeChatChannel()
CODE = "041canary0code0of0a0login0000001"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
BACK = "https://center.test/checkout/C1/?step=1&n=费"
SUB_APPID = "wxsub0000000000001"
GRANTED = {
    "access_token": "canary-access-token",
    "expires_in": 7200,
    "refresh_token": "canary-refresh-token",
    "openid": OPENID,
    "scope": "snsapi_base",
}


def secret_of(appid: str, letter: str = "s") -> Any:
    return replace(APP_SECRET, identifier=appid, value=letter * 32)


def account(**changes: Any) -> ChannelAccount:
    """Return an account of production with the secret of its app."""
    return peer.account(
        **{"base_url": PRODUCTION_URL, "credentials": (peer.MERCHANT_KEY, APP_SECRET), **changes}
    )


DIRECT = account(mini_program_appid="wxmini0000000001")
PARTNER = peer.partner_account(appid=SUB_APPID, credentials=(secret_of(SUB_APPID), APP_SECRET))
PARTNER_WITHOUT_APP = peer.partner_account(credentials=(APP_SECRET,))
ACCOUNTS = [
    pytest.param(DIRECT, APPID, id="direct"),
    pytest.param(PARTNER, SUB_APPID, id="partner"),
    pytest.param(PARTNER_WITHOUT_APP, APPID, id="partner without an app of its own"),
]


def told(content: object, status: int = 200) -> WireResponse:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return WireResponse(status, {"content-type": "text/plain"}, body)


def identified(reply: Reply, known: ChannelAccount = DIRECT) -> PayerIdentity:
    return CHANNEL.identify(known, CODE, FakeTransport(reply))


def url_of(known: ChannelAccount) -> str:
    return CHANNEL.login_url(known, redirect_uri=BACK, state="s1")


class TestGoing:
    def test_parameters_come_in_the_order_that_wechat_demands(self) -> None:
        back = "https%3A%2F%2Fcenter.test%2Fcheckout%2FC1%2F%3Fstep%3D1%26n%3D%E8%B4%B9"
        assert url_of(DIRECT) == (
            "https://open.weixin.qq.com/connect/oauth2/authorize"
            f"?appid={APPID}&redirect_uri={back}&response_type=code&scope=snsapi_base&state=s1"
            "#wechat_redirect"
        )

    @pytest.mark.parametrize("base_url", ["https://sandbox.test", "https://sandbox.test/"])
    def test_sandbox_plays_both_hosts(self, base_url: str) -> None:
        known = account(base_url=base_url)
        assert url_of(known).startswith("https://sandbox.test/connect/oauth2/authorize?")
        transport = FakeTransport(told(GRANTED))
        CHANNEL.identify(known, CODE, transport)
        (request,) = transport.sent
        assert request.url.startswith("https://sandbox.test/sns/oauth2/access_token?")


class TestApp:
    """An openid means something to one app id only."""

    @pytest.mark.parametrize(("known", "appid"), ACCOUNTS)
    def test_payer_logs_in_to_the_app_that_jsapi_orders_name(
        self, known: ChannelAccount, appid: str
    ) -> None:
        body = json.loads(order_body(known, pay_request(InvokeMethod.OFFICIAL_ACCOUNT)))
        of_openid = {"openid": "appid", "sub_openid": "sub_appid", "sp_openid": "sp_appid"}
        (member,) = body["payer"]
        assert body[of_openid[member]] == appid
        assert dict(parse_qsl(urlsplit(url_of(known)).query))["appid"] == appid

    @pytest.mark.parametrize(("known", "appid"), ACCOUNTS)
    def test_code_is_exchanged_with_the_secret_of_that_app(
        self, known: ChannelAccount, appid: str
    ) -> None:
        transport = FakeTransport(told(GRANTED))
        CHANNEL.identify(known, CODE, transport)
        (request,) = transport.sent
        assert (request.method, request.body) == ("GET", b"")
        secret = next(item.value for item in known.credentials if item.identifier == appid)
        assert dict(parse_qsl(urlsplit(request.url).query)) == {
            "appid": appid,
            "secret": secret,
            "code": CODE,
            "grant_type": "authorization_code",
        }

    def test_newest_secret_of_the_app_counts(self) -> None:
        renewed = account(credentials=(secret_of("wx1"), secret_of(APPID, "n"), APP_SECRET))
        transport = FakeTransport(told(GRANTED))
        CHANNEL.identify(renewed, CODE, transport)
        assert f"secret={'n' * 32}" in transport.sent[0].url

    @pytest.mark.parametrize("stored", [[], [secret_of("wxanother")]], ids=["none", "another's"])
    def test_without_its_secret_nobody_is_sent_to_log_in(self, stored: list[Any]) -> None:
        without = account(credentials=(peer.MERCHANT_KEY, *stored))
        with pytest.raises(ConfigurationError, match=f"AppSecret of .* {APPID} is missing"):
            url_of(without)
        with pytest.raises(ConfigurationError, match="is missing"):
            identified(told(GRANTED), without)

    def test_account_takes_payments_without_it(self) -> None:
        CHANNEL.check_account(peer.account())


class TestAnswer:
    def test_payer_is_known_by_the_openid(self) -> None:
        assert identified(told(GRANTED)) == PayerIdentity(Outcome.SUCCEEDED, Payer(openid=OPENID))

    def test_production_is_asked_at_its_own_host(self) -> None:
        transport = FakeTransport(told(GRANTED))
        CHANNEL.identify(DIRECT, CODE, transport)
        url = transport.sent[0].url
        assert url.startswith("https://api.weixin.qq.com/sns/oauth2/access_token?")

    @pytest.mark.parametrize(
        ("errcode", "outcome"),
        [
            (40029, Outcome.FAILED),
            (40163, Outcome.FAILED),
            (41008, Outcome.FAILED),
            (42003, Outcome.FAILED),
            (40013, Outcome.FAILED),
            (40125, Outcome.FAILED),
            (48001, Outcome.FAILED),
            (-1, Outcome.UNKNOWN),
            (45011, Outcome.UNKNOWN),
            (99999, Outcome.UNKNOWN),
        ],
    )
    def test_error_is_told_in_the_words_of_wechat(self, errcode: int, outcome: Outcome) -> None:
        words = "invalid code, rid: 6512f2a3-1b2c-3d4e"
        result = identified(told({"errcode": errcode, "errmsg": words}))
        assert result == PayerIdentity(outcome, failure=Failure(str(errcode), words))

    def test_openid_beside_an_error_is_not_believed(self) -> None:
        result = identified(told({**GRANTED, "errcode": 40029, "errmsg": "invalid code"}))
        assert (result.outcome, result.payer) == (Outcome.FAILED, None)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<html>",
            b'{"openid":"a","openid":"b"}',
            [],
            {},
            {**GRANTED, "openid": ""},
            {**GRANTED, "openid": 7},
            {**GRANTED, "openid": "o" * 129},
            {**GRANTED, "openid": "o<script>"},
            {**GRANTED, "openid": f"{OPENID}\n"},
            {**GRANTED, "errcode": "40029"},
            {**GRANTED, "errcode": True},
        ],
    )
    def test_what_cannot_be_read_names_nobody(self, content: object) -> None:
        result = identified(told(content))
        assert (result.outcome, result.payer) == (Outcome.UNKNOWN, None)
        assert result.failure is not None
        assert result.failure.code == "unreadable_answer"

    @pytest.mark.parametrize(
        ("reply", "code"),
        [
            (told(GRANTED, status=500), "http_500"),
            (told(GRANTED, status=302), "http_302"),
            (NotSent("NewConnectionError"), "not_sent"),
            (NoAnswer("ReadTimeout"), "no_answer"),
        ],
    )
    def test_no_whole_answer_names_nobody(self, reply: Reply, code: str) -> None:
        result = identified(reply)
        assert (result.outcome, result.payer) == (Outcome.UNKNOWN, None)
        assert result.failure is not None
        assert result.failure.code == code

    @pytest.mark.parametrize(
        "reply",
        [told({"errcode": 40029, "errmsg": "x"}), told({"openid": "o<"}), NoAnswer("cut")],
    )
    def test_neither_secret_nor_code_shows(self, reply: Reply) -> None:
        transport = FakeTransport(reply)
        result = CHANNEL.identify(DIRECT, CODE, transport)
        shown = f"{result!r}{transport.sent!r}{DIRECT!r}"
        assert CODE not in shown
        assert APP_SECRET.value not in shown
