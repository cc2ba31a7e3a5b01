"""Alipay's own client for Node, npm alipay-sdk, takes the sandbox for Alipay in both key modes.

It needs Node and ``npm install --prefix tests/peers``.
"""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.sandbox.alipay.identity import AlipayApp
from tests.sandbox.alipay.merchant import PRODUCT_CODES, read_form
from tests.sandbox.alipay.peer import Peer
from tests.sandbox.alipay.sharing import HEADQUARTERS
from tests.sandbox.merchant import new_number
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


def _holder(mode: str, sandbox: Sandbox) -> AlipayApp:
    alipay = sandbox.identity.alipay
    return alipay.merchant if mode == "public_key" else alipay.certificate_merchant


def _keys(mode: str, sandbox: Sandbox) -> dict[str, str]:
    holder = _holder(mode, sandbox)
    if mode == "public_key":
        return {"alipayPublicKey": holder.alipay_public_key_pem}
    return {
        "appCertContent": holder.app_certificate_pem,
        "alipayPublicCertContent": holder.alipay_certificate_pem,
        "alipayRootCertContent": sandbox.identity.alipay.root_certificates_pem,
    }


@pytest.fixture(params=["public_key", "certificate"])
def mode(request: pytest.FixtureRequest) -> str:
    """How the app and Alipay know each other's keys."""
    return str(request.param)


@pytest.fixture
def holder(mode: str, sandbox: Sandbox) -> AlipayApp:
    """The app in this mode."""
    return _holder(mode, sandbox)


@pytest.fixture
def client(mode: str, holder: AlipayApp, sandbox: Sandbox) -> Iterator[Peer]:
    """The client as its documentation sets it up, pointed at the sandbox."""
    client = Peer(
        "node",
        "alipay.js",
        setup={
            "appId": holder.app_id,
            "privateKey": holder.app_private_key_pem,
            "keyType": "PKCS8",
            "gateway": f"{sandbox.url}/gateway.do",
            **_keys(mode, sandbox),
        },
    )
    yield client
    client.close()


def _order(**more: Any) -> dict[str, Any]:
    return {
        "out_trade_no": new_number(),
        "total_amount": "128.50",
        "subject": "2026 物业费",
        **more,
    }


def test_payment_and_refund(client: Peer, sandbox: Sandbox, receiver: Receiver) -> None:
    order = _order(passback_params="a%3d1%26b")
    which = {"out_trade_no": order["out_trade_no"]}
    common = {"notify_url": receiver.url}
    placed = client.ask(method="alipay.trade.precreate", biz=order, common=common)
    assert placed["data"]["qr_code"].startswith("https://qr.alipay.com/")
    sandbox.control("alipay/pay", {"serial_no": order["out_trade_no"]})

    told = read_form(receiver.wait()[0].body)
    assert told["passback_params"] == "a%3d1%26b"
    assert client.ask(verify=told) == {"data": True}
    found = client.ask(method="alipay.trade.query", biz=which)["data"]
    assert (found["trade_status"], found["total_amount"]) == ("TRADE_SUCCESS", "128.50")

    part = which | {"refund_amount": "8.50", "out_request_no": "R1"}
    assert client.ask(method="alipay.trade.refund", biz=part)["data"]["fund_change"] == "Y"
    assert client.ask(verify=read_form(receiver.wait(2)[1].body)) == {"data": True}
    asked = which | {"out_request_no": "R1"}
    found = client.ask(method="alipay.trade.fastpay.refund.query", biz=asked)["data"]
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "8.50")


def test_split_is_told_share_by_share(
    client: Peer, sandbox: Sandbox, receiver: Receiver, holder: AlipayApp
) -> None:
    sandbox.control("alipay/gateway", {"app_id": holder.app_id, "url": receiver.url})
    order = _order(extend_params={"royalty_freeze": "true"})
    client.ask(method="alipay.trade.precreate", biz=order)
    paid = sandbox.control("alipay/pay", {"serial_no": order["out_trade_no"]})
    entity = {"type": "userId", "account": HEADQUARTERS, "memo": "总公司"}
    binding = {"out_request_no": "B1", "receiver_list": [entity]}
    bound = client.ask(method="alipay.trade.royalty.relation.bind", biz=binding)
    assert bound["data"]["result_code"] == "SUCCESS"

    settlement = {"out_request_no": "S1", "trade_no": paid["channel_serial_no"]}
    share = {"trans_in_type": "userId", "trans_in": HEADQUARTERS, "amount": "5.00"}
    wanted = {"royalty_parameters": [share], "royalty_mode": "async"}
    client.ask(method="alipay.trade.order.settle", biz=settlement | wanted)
    sandbox.control("clock", {"advance_seconds": 1})

    assert client.ask(verify=read_form(receiver.wait()[0].body)) == {"data": True}
    asked = client.ask(method="alipay.trade.order.settle.query", biz=settlement)["data"]
    (told,) = asked["royalty_detail_list"]
    assert (told["trans_in"], told["amount"], told["state"]) == (HEADQUARTERS, "5.00", "SUCCESS")


@pytest.mark.parametrize("product", ["page", "wap", "app"])
def test_links_and_order_strings_are_opened(
    client: Peer, sandbox: Sandbox, receiver: Receiver, product: str
) -> None:
    biz = _order(product_code=PRODUCT_CODES[product])
    method = f"alipay.trade.{product}.pay"
    common = {"notify_url": receiver.url}
    text = client.ask(link={"method": method, "biz": biz, "common": common})["data"]

    paid = sandbox.control("alipay/pay", {"serial_no": biz["out_trade_no"], "launch": text})

    assert paid["state"] == "succeeded"
    assert client.ask(verify=read_form(receiver.wait()[0].body)) == {"data": True}


def test_refusals_are_verified_too(client: Peer) -> None:
    answer = client.ask(method="alipay.trade.query", biz={"out_trade_no": "NONE"})

    assert answer["data"]["sub_code"] == "ACQ.TRADE_NOT_EXIST"


@pytest.mark.parametrize("fault", ["bad_signature", "tampered_body", "unsigned"])
def test_bent_answers_are_refused_by_the_client(client: Peer, sandbox: Sandbox, fault: str) -> None:
    order = _order()
    client.ask(method="alipay.trade.precreate", biz=order)
    sandbox.fault("query", fault, channel="alipay")

    answer = client.ask(method="alipay.trade.query", biz={"out_trade_no": order["out_trade_no"]})

    assert "error" in answer


def test_escaped_answers_are_read(client: Peer, sandbox: Sandbox) -> None:
    sandbox.fault("pay", "escaped_json", channel="alipay")

    answer = client.ask(method="alipay.trade.precreate", biz=_order())

    assert answer["data"]["qr_code"].startswith("https://qr.alipay.com/")
