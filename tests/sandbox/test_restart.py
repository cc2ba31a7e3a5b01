"""A crash forgets nothing: orders, refunds, callbacks, logins, faults and the clock survive."""

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.alipay.merchant import Merchant as AlipayMerchant
from tests.sandbox.merchant import Merchant
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver

BACK = "http://127.0.0.1:9/back"


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox this test may kill."""
    sandbox = Sandbox(tmp_path / "data")
    yield sandbox
    sandbox.stop()


def test_crash_forgets_nothing(own_sandbox: Sandbox, receiver: Receiver) -> None:
    merchant = Merchant(own_sandbox.url, own_sandbox.identity.wechat.merchant)
    receiver.answers = [(500, b"")]
    number = merchant.place(notify_url=receiver.url)
    own_sandbox.control("clock", {"advance_seconds": 5000})
    own_sandbox.control("wechat/pay", {"serial_no": number})
    receiver.wait()
    own_sandbox.settle(refund_finish_seconds=100)
    merchant.refund(number, 850, out_refund_no="R-1", notify_url=receiver.url)
    own_sandbox.fault("query", "rate_limited")
    books = own_sandbox.look("wechat/books")

    own_sandbox.restart()

    assert own_sandbox.look("wechat/books") == books
    assert own_sandbox.look("clock")["ahead_seconds"] >= 5000
    assert merchant.query(number).status_code == 429
    assert merchant.query(number).json()["trade_state"] == "REFUND"
    own_sandbox.control("clock", {"advance_seconds": 100})
    events = [one.envelope["event_type"] for one in receiver.wait(3)[1:]]
    assert sorted(events) == ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]


def test_crash_forgets_no_login(own_sandbox: Sandbox) -> None:
    holders = own_sandbox.identity
    wechat, alipay = holders.wechat.merchant, holders.alipay.merchant
    page = f"connect/oauth2/authorize?appid={wechat.appid}&redirect_uri={BACK}"
    code = _parameter(own_sandbox, f"{page}&response_type=code&scope=snsapi_base", "code")
    page = f"oauth2/publicAppAuthorize.htm?app_id={alipay.app_id}&redirect_uri={BACK}"
    auth_code = _parameter(own_sandbox, f"{page}&scope=auth_base", "auth_code")

    own_sandbox.restart()

    parameters = {"appid": wechat.appid, "secret": wechat.app_secret, "code": code}
    url = f"{own_sandbox.url}/sns/oauth2/access_token?grant_type=authorization_code"
    assert "openid" in requests.get(url, params=parameters, timeout=10).json()
    beside = {"grant_type": "authorization_code", "code": auth_code, "biz_content": None}
    answer = AlipayMerchant(own_sandbox.url, alipay).call("alipay.system.oauth.token", "", **beside)
    assert "user_id" in answer.node


def _parameter(sandbox: Sandbox, page: str, name: str) -> str:
    """What the browser brings back from a page that sends it on."""
    response = requests.get(f"{sandbox.url}/{page}", timeout=10, allow_redirects=False)
    return parse_qs(urlsplit(response.headers["Location"]).query)[name][0]


def test_keys_on_disk_are_private(own_sandbox: Sandbox) -> None:
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (own_sandbox.data_dir, *own_sandbox.data_dir.iterdir())
    }

    assert modes["data"] == 0o700
    assert {modes[name] for name in modes if name.startswith(("identity", "state"))} == {0o600}
