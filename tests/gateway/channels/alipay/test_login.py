"""Who the payer is: the way to Alipay and back, and what its answer to the code lets believe."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.channels.alipay.channel import AlipayChannel
from gateway.channels.alipay.config import PRODUCTION_URL
from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount, Failure, Outcome, Payer, PayerIdentity
from paycenter.kernel.http import NoAnswer, WireResponse
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.alipay import peer
from tests.gateway.channels.alipay.peer import APPID

CHANNEL = AlipayChannel()
METHOD = "alipay.system.oauth.token"
CODE = "canary0code0of0a0login0000000001"
USER_ID = "2088102146225135"
OPEN_ID = "01501o8f93I3nJAGB1jG4ONtOXVrDdRTE2o_-UbDS3OcgRc"
GRANTED: dict[str, Any] = {
    "access_token": "canary-access-token",
    "auth_start": "2026-01-01 08:00:00",
    "expires_in": 1296000,
    "re_expires_in": 2592000,
    "refresh_token": "canary-refresh-token",
    "user_id": USER_ID,
}


def granted(**changes: Any) -> WireResponse:
    """Return the answer to a good code: unlike others it has no ``code`` of its own."""
    members = {**GRANTED, **changes}
    return peer.answer(METHOD, {name: value for name, value in members.items() if value})


def refused(sub_code: str = "isv.code-invalid", code: str = "40002") -> WireResponse:
    """Return a refusal as the login's interface writes it."""
    content = {"code": code, "msg": "Invalid Arguments", "sub_code": sub_code, "sub_msg": "无效"}
    return peer.answer(METHOD, content, node="error_response")


def identified(reply: Reply) -> PayerIdentity:
    return CHANNEL.identify(peer.account(), CODE, FakeTransport(reply))


def sent_by(known: ChannelAccount) -> dict[str, str]:
    transport = FakeTransport(granted())
    CHANNEL.identify(known, CODE, transport)
    (request,) = transport.sent
    assert CODE not in request.url
    return peer.parameters_in(request)


class TestGoing:
    def test_browser_is_sent_to_alipays_login(self) -> None:
        known = peer.account(base_url=PRODUCTION_URL)
        back = "https://center.test/checkout/C1/?step=1"
        assert CHANNEL.login_url(known, redirect_uri=back, state="s1") == (
            f"https://openauth.alipay.com/oauth2/publicAppAuthorize.htm?app_id={APPID}"
            "&scope=auth_base"
            "&redirect_uri=https%3A%2F%2Fcenter.test%2Fcheckout%2FC1%2F%3Fstep%3D1&state=s1"
        )

    @pytest.mark.parametrize("base_url", ["https://sandbox.test", "https://sandbox.test/"])
    def test_sandbox_plays_the_login_too(self, base_url: str) -> None:
        known = peer.account(base_url=base_url)
        url = CHANNEL.login_url(known, redirect_uri="https://center.test/", state="s1")
        assert url.startswith("https://sandbox.test/oauth2/publicAppAuthorize.htm?app_id=")

    def test_payer_of_a_provider_logs_in_to_the_app_that_calls(self) -> None:
        known = peer.provider_account()
        url = CHANNEL.login_url(known, redirect_uri="https://center.test/", state="s1")
        assert f"app_id={APPID}&" in url
        assert sent_by(known)["app_id"] == APPID

    def test_without_keys_nobody_is_sent_to_log_in(self) -> None:
        known = peer.account(credentials=())
        with pytest.raises(ConfigurationError, match="private key is missing"):
            CHANNEL.login_url(known, redirect_uri="https://center.test/", state="s1")
        with pytest.raises(ConfigurationError, match="private key is missing"):
            CHANNEL.identify(known, CODE, FakeTransport())


class TestExchange:
    @pytest.mark.parametrize("known", [peer.account(), peer.certified_account()])
    def test_code_stands_beside_the_content_of_which_there_is_none(
        self, known: ChannelAccount
    ) -> None:
        sent = sent_by(known)
        assert (sent["method"], sent["grant_type"]) == (METHOD, "authorization_code")
        assert sent["code"] == CODE
        assert "biz_content" not in sent

    def test_merchants_authorisation_of_its_provider_has_no_part_in_it(self) -> None:
        assert "app_auth_token" not in sent_by(peer.provider_account())


class TestAnswer:
    def test_payer_is_known_by_the_number_of_the_account(self) -> None:
        payer = Payer(buyer_id=USER_ID)
        assert identified(granted()) == PayerIdentity(Outcome.SUCCEEDED, payer)
        assert identified(granted(open_id=OPEN_ID)).payer == payer
        assert identified(granted(code="10000", msg="Success")).payer == payer

    def test_newer_app_gets_a_name_of_its_own_for_the_payer(self) -> None:
        result = identified(granted(user_id=None, open_id=OPEN_ID))
        assert result == PayerIdentity(Outcome.SUCCEEDED, Payer(buyer_open_id=OPEN_ID))

    @pytest.mark.parametrize(
        ("code", "sub_code", "outcome"),
        [
            ("40002", "isv.code-invalid", Outcome.FAILED),
            ("40001", "isv.missing-app-cert-sn", Outcome.FAILED),
            ("40006", "isv.insufficient-isv-permissions", Outcome.FAILED),
            ("20000", "isp.unknow-error", Outcome.UNKNOWN),
            ("40005", "isv.app-call-limited", Outcome.UNKNOWN),
            ("50000", "isv.new-word", Outcome.UNKNOWN),
        ],
    )
    @pytest.mark.parametrize("node", ["error_response", "alipay_system_oauth_token_response"])
    def test_refusal_is_told_in_the_words_of_alipay(
        self, node: str, code: str, sub_code: str, outcome: Outcome
    ) -> None:
        content = {"code": code, "msg": "m", "sub_code": sub_code, "sub_msg": "无效"}
        result = identified(peer.answer(METHOD, content, node=node))
        assert result == PayerIdentity(outcome, failure=Failure(sub_code, "无效"))

    def test_payer_beside_a_refusal_is_not_believed(self) -> None:
        refusal = {"code": "40002", "sub_code": "isv.code-invalid"}
        result = identified(granted(**refusal))
        assert (result.outcome, result.payer) == (Outcome.FAILED, None)

    @pytest.mark.parametrize(
        "changes",
        [
            {"user_id": None},
            {"user_id": "2188102146225135"},
            {"user_id": "208810214622513"},
            {"user_id": f"{USER_ID}\n"},
            {"user_id": 2088102146225135},
            {"user_id": "x", "open_id": OPEN_ID},
            {"user_id": None, "open_id": "o" * 129},
            {"user_id": None, "open_id": "o<script>"},
            {"user_id": None, "open_id": ["o"]},
        ],
    )
    def test_success_that_names_nobody_is_unknown(self, changes: dict[str, Any]) -> None:
        result = identified(granted(**changes))
        assert (result.outcome, result.payer) == (Outcome.UNKNOWN, None)
        assert result.failure is not None
        assert result.failure.code == "unreadable_answer"

    @pytest.mark.parametrize(
        ("reply", "code"),
        [
            (peer.unsigned(granted()), "unverified_answer"),
            (peer.signed_by(granted(), peer.BY_STRANGER), "unverified_answer"),
            (replace(granted(), status=502), "http_502"),
            (replace(granted(), body=b"<html>"), "unreadable_answer"),
            (NoAnswer("ReadTimeout"), "no_answer"),
        ],
        ids=["unsigned", "badly signed", "a proxy's", "no JSON", "none"],
    )
    def test_answer_that_is_not_alipays_names_nobody(self, reply: Reply, code: str) -> None:
        result = identified(reply)
        assert (result.outcome, result.payer) == (Outcome.UNKNOWN, None)
        assert result.failure is not None
        assert result.failure.code == code

    def test_refusal_that_is_not_signed_proves_nothing(self) -> None:
        result = identified(peer.unsigned(refused()))
        failure = Failure("isv.code-invalid", "无效")
        assert result == PayerIdentity(Outcome.UNKNOWN, failure=failure)

    def test_refused_signature_does_not_repeat_the_code(self) -> None:
        echo = f"验签出错：app_id={APPID}&amp;code={CODE}&amp;grant_type=authorization_code"
        content = {"code": "40002", "sub_code": "isv.invalid-signature", "sub_msg": echo}
        result = identified(peer.answer(METHOD, content, node="error_response"))
        assert result.outcome is Outcome.FAILED
        assert CODE not in repr(result)
