"""An independent client, PyPI python-alipay-sdk, takes the sandbox for Alipay in every mode.

It shares the package name ``alipay`` with alipay-sdk-python. Installed together, as by the
development requirements, both work; should that one be installed again alone, do so with this one.
"""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.sandbox.alipay.identity import AlipayApp
from tests.sandbox.alipay.merchant import read_form
from tests.sandbox.alipay.peer import Peer
from tests.sandbox.alipay.sharing import HEADQUARTERS
from tests.sandbox.merchant import new_number
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


def _arguments(kind: str, sandbox: Sandbox) -> dict[str, Any]:
    alipay = sandbox.identity.alipay
    holders = {
        "public_key": alipay.merchant,
        "certificate": alipay.certificate_merchant,
        "provider": alipay.service_provider,
    }
    holder: AlipayApp = holders[kind]
    arguments: dict[str, Any] = {
        "appid": holder.app_id,
        "app_private_key_string": holder.app_private_key_pem,
    }
    if kind == "certificate":
        return arguments | {
            "app_public_key_cert_string": holder.app_certificate_pem,
            "alipay_public_key_cert_string": holder.alipay_certificate_pem,
            "alipay_root_cert_string": alipay.root_certificates_pem,
        }
    arguments |= {
        "app_notify_url": None,
        "alipay_public_key_string": holder.alipay_public_key_pem,
    }
    return arguments | ({"app_auth_token": holder.app_auth_token} if kind == "provider" else {})


@pytest.fixture(params=["public_key", "certificate", "provider"])
def client(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Peer]:
    """The client as its documentation sets it up, pointed at the sandbox."""
    client = Peer(
        sys.executable,
        "alipay_fzlee.py",
        setup={
            "kind": request.param,
            "arguments": _arguments(request.param, sandbox),
            "gateway": f"{sandbox.url}/gateway.do",
        },
    )
    yield client
    client.close()


def test_payment_and_refund(client: Peer, sandbox: Sandbox, receiver: Receiver) -> None:
    number = new_number()
    order = {"subject": "2026 物业费", "out_trade_no": number, "total_amount": 128.5}
    placed = client.ask(
        call="api_alipay_trade_precreate", arguments=order | {"notify_url": receiver.url}
    )["data"]
    assert placed["qr_code"].startswith("https://qr.alipay.com/")
    sandbox.control("alipay/pay", {"serial_no": number})

    (callback,) = receiver.wait()
    assert client.ask(verify=read_form(callback.body)) == {"data": True}
    which = {"out_trade_no": number}
    found = client.ask(call="api_alipay_trade_query", arguments=which)["data"]
    assert (found["trade_status"], found["total_amount"]) == ("TRADE_SUCCESS", "128.50")

    part = which | {"refund_amount": "8.50", "out_request_no": "R1"}
    refunded = client.ask(call="api_alipay_trade_refund", arguments=part)["data"]
    assert (refunded["fund_change"], refunded["refund_fee"]) == ("Y", "8.50")
    assert client.ask(verify=read_form(receiver.wait(2)[1].body)) == {"data": True}
    asked = client.ask(
        call="api_alipay_trade_fastpay_refund_query",
        arguments={"out_trade_no": number, "out_request_no": "R1"},
    )["data"]
    assert asked["refund_status"] == "REFUND_SUCCESS"


def test_split(client: Peer, sandbox: Sandbox) -> None:
    number = new_number()
    order = {"subject": "2026 物业费", "out_trade_no": number, "total_amount": 128.5}
    frozen = {"extend_params": {"royalty_freeze": "true"}}
    client.ask(call="api_alipay_trade_precreate", arguments=order | frozen)
    trade_no = sandbox.control("alipay/pay", {"serial_no": number})["channel_serial_no"]
    share = {"trans_in_type": "userId", "trans_in": HEADQUARTERS, "amount": 5}

    refused = client.ask(
        call="api_alipay_trade_order_settle",
        arguments={
            "out_request_no": "S1",
            "trade_no": trade_no,
            "royalty_parameters": [share],
        },
    )["data"]
    released = client.ask(
        call="api_alipay_trade_order_settle",
        arguments={
            "out_request_no": "L1",
            "trade_no": trade_no,
            "royalty_parameters": [],
            "extend_params": {"royalty_finish": "true"},
        },
    )["data"]

    assert refused["sub_code"] == "ACQ.ROYALTY_RECEIVER_INVALID"
    assert released["trade_no"] == trade_no


@pytest.mark.parametrize("product", ["page", "wap", "app"])
def test_links_and_order_strings_are_opened(
    client: Peer, sandbox: Sandbox, receiver: Receiver, product: str
) -> None:
    number = new_number()
    text = client.ask(
        call=f"api_alipay_trade_{product}_pay",
        arguments={
            "subject": "车位费 100%",
            "out_trade_no": number,
            "total_amount": "0.01",
            "notify_url": receiver.url,
        },
    )["data"]

    paid = sandbox.control("alipay/pay", {"serial_no": number, "launch": text})

    assert (paid["state"], paid["amount"]) == ("succeeded", 1)
    assert client.ask(verify=read_form(receiver.wait()[0].body)) == {"data": True}


def test_closing(client: Peer) -> None:
    number = new_number()
    order = {"subject": "x", "out_trade_no": number, "total_amount": "1.00"}
    created = client.ask(
        call="api_alipay_trade_create", arguments=order | {"buyer_id": "2088260200000055"}
    )["data"]

    closed = client.ask(call="api_alipay_trade_close", arguments={"out_trade_no": number})["data"]

    assert closed["trade_no"] == created["trade_no"]


@pytest.mark.parametrize("fault", ["bad_signature", "tampered_body"])
def test_bent_answers_are_refused_by_the_client(client: Peer, sandbox: Sandbox, fault: str) -> None:
    number = new_number()
    order = {"subject": "x", "out_trade_no": number, "total_amount": "1.00"}
    client.ask(call="api_alipay_trade_precreate", arguments=order)
    sandbox.fault("query", fault, channel="alipay")

    answer = client.ask(call="api_alipay_trade_query", arguments={"out_trade_no": number})

    assert "error" in answer
