"""How a request is sent: exact bytes, required headers, and the backup host."""

from collections.abc import Sequence

import pytest

from gateway.channels.wechat.client import Client
from gateway.channels.wechat.config import load_keys
from gateway.channels.wechat.signing import Stamp
from gateway.messages import ChannelAccount
from paycenter.kernel.credential import Credential
from paycenter.kernel.http import NoAnswer, NotSent
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.wechat.peer import (
    CERTIFICATE,
    MCHID,
    MERCHANT_KEY,
    PROVIDER_MCHID,
    PUBLIC_KEY,
    PUBLIC_KEY_ID,
    SEAL_KEY,
    account,
    answer,
    partner_account,
)

PRODUCTION = "https://api.mch.weixin.qq.com"
BACKUP = "https://api2.mch.weixin.qq.com"


def client(transport: FakeTransport, owner: ChannelAccount | None = None) -> Client:
    owner = owner or account()
    return Client(owner, load_keys(owner), transport)


def ask_production(*replies: Reply) -> tuple[FakeTransport, str]:
    transport = FakeTransport(*replies)
    result = client(transport, account(base_url=PRODUCTION)).get("/v3/x")
    return transport, result.problem.code if result.problem else "verified"


class TestRequest:
    def test_authorization_covers_the_sent_bytes_and_target(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stamp = Stamp("1767225600", "N" * 32)
        monkeypatch.setattr(Stamp, "fresh", lambda: stamp)
        transport = FakeTransport(NoAnswer("cut"))
        client(transport).post("/v3/x?a=%7C", '{"a":"费"}'.encode())
        (sent,) = transport.sent
        expected = load_keys(account()).signer.authorization(
            mchid=MCHID, method="POST", target="/v3/x?a=%7C", body=sent.body, stamp=stamp
        )
        assert sent.headers["Authorization"] == expected
        assert (sent.method, sent.url) == ("POST", "https://wechat.test/v3/x?a=%7C")
        assert sent.body == '{"a":"费"}'.encode()

    def test_service_provider_signs_for_its_sub_merchants(self) -> None:
        transport = FakeTransport(NoAnswer("cut"))
        client(transport, partner_account()).get("/v3/x")
        assert f'mchid="{PROVIDER_MCHID}"' in transport.sent[0].headers["Authorization"]

    def test_headers_that_are_checked_before_authentication_are_there(self) -> None:
        transport = FakeTransport(NoAnswer("cut"), NoAnswer("cut"))
        asking = client(transport)
        asking.get("/v3/x")
        asking.post("/v3/x", b"{}")
        question, order = (request.headers for request in transport.sent)
        assert question["Accept"] == order["Accept"] == "application/json"
        assert question["User-Agent"]
        assert order["Content-Type"] == "application/json"
        assert "Content-Type" not in question

    @pytest.mark.parametrize(
        ("verifying", "named"),
        [
            ([PUBLIC_KEY], PUBLIC_KEY_ID),
            ([PUBLIC_KEY, CERTIFICATE], PUBLIC_KEY_ID),
            ([CERTIFICATE], None),
        ],
    )
    def test_public_key_is_asked_for_where_there_is_one(
        self, verifying: Sequence[Credential], named: str | None
    ) -> None:
        transport = FakeTransport(NoAnswer("cut"))
        owner = account(credentials=(MERCHANT_KEY, SEAL_KEY, *verifying))
        client(transport, owner).get("/v3/x")
        assert transport.sent[0].headers.get("Wechatpay-Serial") == named

    def test_slash_at_the_end_of_the_base_url_is_not_doubled(self) -> None:
        transport = FakeTransport(NoAnswer("cut"))
        client(transport, account(base_url="http://127.0.0.1:8001/")).get("/v3/x")
        assert transport.sent[0].url == "http://127.0.0.1:8001/v3/x"


class TestBackupHost:
    def test_unreachable_main_host_is_replaced_once_by_the_backup(self) -> None:
        transport, verdict = ask_production(NotSent("refused"), answer({}))
        assert verdict == "verified"
        first, second = transport.sent
        assert (first.url, second.url) == (f"{PRODUCTION}/v3/x", f"{BACKUP}/v3/x")
        assert first.headers == second.headers

    def test_both_hosts_unreachable_is_not_sent(self) -> None:
        transport, verdict = ask_production(NotSent("refused"), NotSent("refused"))
        assert verdict == "not_sent"
        assert len(transport.sent) == 2

    def test_request_that_may_have_arrived_is_not_sent_elsewhere(self) -> None:
        transport, verdict = ask_production(NoAnswer("cut"))
        assert verdict == "no_answer"
        assert len(transport.sent) == 1

    def test_other_base_urls_have_no_backup(self) -> None:
        transport = FakeTransport(NotSent("refused"))
        result = client(transport).get("/v3/x")
        assert result.problem is not None
        assert result.problem.code == "not_sent"
        assert len(transport.sent) == 1
