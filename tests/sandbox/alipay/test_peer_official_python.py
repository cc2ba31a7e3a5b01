"""Alipay's own client for Python, PyPI alipay-sdk-python, takes the sandbox for Alipay.

It knows public-key mode only, and cannot connect to a port of its own choosing: its connection is
made here instead.
"""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from alipay.aop.api.AlipayClientConfig import AlipayClientConfig  # type: ignore[import-untyped]
from alipay.aop.api.DefaultAlipayClient import (  # type: ignore[import-untyped]
    DefaultAlipayClient,
)
from alipay.aop.api.exception.Exception import ResponseException  # type: ignore[import-untyped]
from alipay.aop.api.request import (  # type: ignore[import-untyped]
    AlipayDataDataserviceBillDownloadurlQueryRequest as bill_request,  # noqa: N813 - a module
)
from alipay.aop.api.request.AlipayTradeOrderOnsettleQueryRequest import (  # type: ignore[import-untyped]
    AlipayTradeOrderOnsettleQueryRequest,
)
from alipay.aop.api.request.AlipayTradeOrderSettleQueryRequest import (  # type: ignore[import-untyped]
    AlipayTradeOrderSettleQueryRequest,
)
from alipay.aop.api.request.AlipayTradeOrderSettleRequest import (  # type: ignore[import-untyped]
    AlipayTradeOrderSettleRequest,
)
from alipay.aop.api.request.AlipayTradePagePayRequest import (  # type: ignore[import-untyped]
    AlipayTradePagePayRequest,
)
from alipay.aop.api.request.AlipayTradePrecreateRequest import (  # type: ignore[import-untyped]
    AlipayTradePrecreateRequest,
)
from alipay.aop.api.request.AlipayTradeQueryRequest import (  # type: ignore[import-untyped]
    AlipayTradeQueryRequest,
)
from alipay.aop.api.request.AlipayTradeRefundRequest import (  # type: ignore[import-untyped]
    AlipayTradeRefundRequest,
)
from alipay.aop.api.request.AlipayTradeRoyaltyRelationBindRequest import (  # type: ignore[import-untyped]
    AlipayTradeRoyaltyRelationBindRequest,
)
from alipay.aop.api.response.AlipayTradeOrderSettleQueryResponse import (  # type: ignore[import-untyped]
    AlipayTradeOrderSettleQueryResponse,
)
from alipay.aop.api.util import WebUtils  # type: ignore[import-untyped]
from alipay.aop.api.util.SignatureUtils import verify_with_rsa  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import serialization

from gateway.sandbox.keys import load_private_key
from tests.sandbox.alipay.merchant import Merchant, read_form
from tests.sandbox.alipay.sharing import HEADQUARTERS
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


def _connect(url: str, query: str, timeout: int) -> tuple[str, http.client.HTTPConnection]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=timeout)
    return f"{url}?{query}", connection


@pytest.fixture(params=["utf-8", "gbk"])
def client(
    request: pytest.FixtureRequest, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """The client as its documentation sets it up, pointed at the sandbox."""
    monkeypatch.setattr(WebUtils, "get_http_connection", _connect)
    config = AlipayClientConfig()
    config.server_url = merchant.url
    config.app_id = merchant.holder.app_id
    config.app_private_key = _pkcs1_base64(merchant.holder.app_private_key_pem)
    config.alipay_public_key = _base64(merchant.holder.alipay_public_key_pem)
    config.charset = request.param
    client = DefaultAlipayClient(config)
    client.charset = request.param
    return client


def _pkcs1_base64(private_key_pem: str) -> str:
    pem = load_private_key(private_key_pem).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return _base64(pem.decode())


def _base64(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def _asked(kind: type[Any], biz: dict[str, Any], notify_url: str | None = None) -> Any:
    request = kind()
    request.biz_content = biz
    request.notify_url = notify_url
    return request


def test_payment_and_refund(
    client: Any, sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    order = merchant.order()
    which = {"out_trade_no": order["out_trade_no"]}
    placed = json.loads(client.execute(_asked(AlipayTradePrecreateRequest, order, receiver.url)))
    assert placed["qr_code"].startswith("https://qr.alipay.com/")
    sandbox.control("alipay/pay", {"serial_no": order["out_trade_no"]})

    told = read_form(receiver.wait()[0].body, client.charset)
    assert told["subject"] == "2026 物业费"
    signature = told.pop("sign")
    del told["sign_type"]
    content = "&".join(f"{name}={told[name]}" for name in sorted(told)).encode(client.charset)
    public_key = _base64(merchant.holder.alipay_public_key_pem)
    assert verify_with_rsa(public_key, content, signature)

    found = json.loads(client.execute(_asked(AlipayTradeQueryRequest, which)))
    assert found["trade_status"] == "TRADE_SUCCESS"
    part = which | {"refund_amount": "8.50", "out_request_no": "R1"}
    refunded = json.loads(client.execute(_asked(AlipayTradeRefundRequest, part)))
    assert (refunded["fund_change"], refunded["refund_fee"]) == ("Y", "8.50")


def test_split(client: Any, sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place(extend_params={"royalty_freeze": "true"})
    trade_no = sandbox.control("alipay/pay", {"serial_no": number})["channel_serial_no"]
    receiver = {"type": "userId", "account": HEADQUARTERS, "memo": "总公司"}
    binding = {"out_request_no": "B1", "receiver_list": [receiver]}
    bound = json.loads(client.execute(_asked(AlipayTradeRoyaltyRelationBindRequest, binding)))
    assert bound["result_code"] == "SUCCESS"

    share = {"trans_in_type": "userId", "trans_in": HEADQUARTERS, "amount": "5.00", "desc": "分成"}
    settlement = {"out_request_no": "S1", "trade_no": trade_no}
    wanted = settlement | {"royalty_parameters": [share]}
    settled = json.loads(client.execute(_asked(AlipayTradeOrderSettleRequest, wanted)))
    assert settled["trade_no"] == trade_no

    answer = client.execute(_asked(AlipayTradeOrderSettleQueryRequest, settlement))
    read = AlipayTradeOrderSettleQueryResponse()
    read.parse_response_content(answer)
    (told,) = read.royalty_detail_list
    assert (told.trans_in, told.amount, told.state) == (HEADQUARTERS, "5.00", "SUCCESS")
    which = {"trade_no": trade_no}
    left = json.loads(client.execute(_asked(AlipayTradeOrderOnsettleQueryRequest, which)))
    assert left["unsettled_amount"] == "123.50"


def test_link_is_opened(client: Any, sandbox: Sandbox, merchant: Merchant) -> None:
    order = merchant.order(product_code="FAST_INSTANT_TRADE_PAY")
    request = _asked(AlipayTradePagePayRequest, order)
    link = client.page_execute(request, http_method="GET")

    paid = sandbox.control("alipay/pay", {"serial_no": order["out_trade_no"], "launch": link})

    assert (paid["state"], paid["description"]) == ("succeeded", "2026 物业费")


def test_refusal_is_verified_too(client: Any) -> None:
    answer = client.execute(_asked(AlipayTradeQueryRequest, {"out_trade_no": "NONE"}))

    assert json.loads(answer)["sub_msg"] == "交易不存在"


@pytest.mark.parametrize("fault", ["bad_signature", "tampered_body", "unsigned"])
def test_bent_answers_are_refused_by_the_client(
    client: Any, sandbox: Sandbox, merchant: Merchant, fault: str
) -> None:
    number = merchant.place()
    sandbox.fault("query", fault, channel="alipay")

    with pytest.raises(ResponseException):
        client.execute(_asked(AlipayTradeQueryRequest, {"out_trade_no": number}))


def test_channel_bill_is_found(client: Any, sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.control("alipay/pay", {"serial_no": merchant.create()})
    day = sandbox.look("alipay/books")["orders"][0]["paid_at"][:10]
    sandbox.control("clock", {"advance_seconds": 33 * 3600})

    kind = bill_request.AlipayDataDataserviceBillDownloadurlQueryRequest
    found = json.loads(client.execute(_asked(kind, {"bill_type": "trade", "bill_date": day})))

    with urlopen(found["bill_download_url"], timeout=5) as response:
        assert response.read(4) == b"PK\x03\x04"
