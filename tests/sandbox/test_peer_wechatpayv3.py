"""An independent client, PyPI wechatpayv3, takes the sandbox for WeChat Pay in both key modes."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from wechatpayv3 import WeChatPay, WeChatPayType  # type: ignore[import-untyped]

from tests.sandbox.merchant import Merchant, new_number
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


@pytest.fixture(params=["public_key", "certificate"])
def client(
    request: pytest.FixtureRequest, sandbox: Sandbox, merchant: Merchant, tmp_path: Path
) -> Any:
    """The client as its documentation sets it up, pointed at the sandbox."""
    sandbox.settle(signing_mode=request.param)
    if request.param == "public_key":
        keys = {
            "public_key": merchant.holder.public_key_pem,
            "public_key_id": merchant.holder.public_key_id,
        }
    else:
        # It would ask the real host for certificates if it found none of its own.
        (tmp_path / "old.pem").write_text(sandbox.identity.wechat.platform_certificate_pem)
        keys = {"cert_dir": str(tmp_path)}
    client = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=merchant.holder.mchid,
        private_key=merchant.holder.private_key_pem,
        cert_serial_no=merchant.holder.serial_no,
        appid=merchant.holder.appid,
        apiv3_key=merchant.holder.apiv3_key,
        notify_url="http://127.0.0.1:9/notify",
        **keys,
    )
    client._core._gate_way = sandbox.url
    return client


def test_order_payment_and_refund(client: Any, sandbox: Sandbox, receiver: Receiver) -> None:
    number, refund_number = new_number(), new_number("R")
    status, text = client.pay(
        description="2026 物业费",
        out_trade_no=number,
        amount={"total": 12850, "currency": "CNY"},
        notify_url=receiver.url,
    )
    assert (status, "code_url" in text) == (200, True)
    sandbox.control("wechat/pay", {"serial_no": number})

    (callback,) = receiver.wait()
    told = client.callback(callback.headers, callback.body)["resource"]
    status, text = client.query(out_trade_no=number)
    assert (status, json.loads(text)) == (200, told)
    assert client.query(transaction_id=told["transaction_id"]) == (200, text)

    status, text = client.refund(
        out_refund_no=refund_number,
        transaction_id=told["transaction_id"],
        amount={"refund": 850, "total": 12850, "currency": "CNY"},
        notify_url=receiver.url,
    )
    assert (status, json.loads(text)["status"]) == (200, "PROCESSING")
    sandbox.control("clock", {"advance_seconds": 1})
    refund_callback = receiver.wait(2)[1]
    told = client.callback(refund_callback.headers, refund_callback.body)["resource"]
    assert (told["out_refund_no"], told["refund_status"]) == (refund_number, "SUCCESS")
    assert json.loads(client.query_refund(refund_number)[1])["status"] == "SUCCESS"


def test_splitting(client: Any, sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place(settle_info={"profit_sharing": True})
    sandbox.control("wechat/pay", {"serial_no": number})
    paid = json.loads(client.query(out_trade_no=number)[1])["transaction_id"]
    provider = sandbox.identity.wechat.service_provider
    bound = client.profitsharing_add_receiver(
        account_type="MERCHANT_ID",
        account=provider.mchid,
        relation_type="HEADQUARTER",
        name=provider.name,
    )
    assert bound[0] == 200
    share = {
        "type": "MERCHANT_ID",
        "account": provider.mchid,
        "name": provider.name,
        "amount": 500,
        "description": "物业费分成",
    }

    status, text = client.profitsharing_order(
        transaction_id=paid, out_order_no="S-1", receivers=[share], unfreeze_unsplit=False
    )
    assert (status, json.loads(text)["state"]) == (200, "PROCESSING")
    sandbox.control("clock", {"advance_seconds": 1})
    status, text = client.profitsharing_order_query(transaction_id=paid, out_order_no="S-1")
    (line,) = json.loads(text)["receivers"]
    assert (status, line["result"], line["amount"]) == (200, "SUCCESS", 500)
    back = client.profitsharing_return(
        out_order_no="S-1",
        out_return_no="T-1",
        return_mchid=provider.mchid,
        amount=200,
        description="用户退款",
    )
    assert (back[0], json.loads(back[1])["result"]) == (200, "SUCCESS")
    assert client.profitsharing_return_query(out_order_no="S-1", out_return_no="T-1")[0] == 200

    left = json.loads(client.profitsharing_amount_query(paid)[1])["unsplit_amount"]
    status, text = client.profitsharing_unfreeze(
        transaction_id=paid, out_order_no="L-1", description="解冻全部剩余资金"
    )
    assert (status, json.loads(text)["receivers"][0]["amount"]) == (200, left)
    gone = client.profitsharing_delete_receiver(account_type="MERCHANT_ID", account=provider.mchid)
    assert gone[0] == 200


def test_closing(client: Any) -> None:
    number = new_number()
    client.pay(description="x", out_trade_no=number, amount={"total": 1})

    assert client.close(number)[0] == 204
    assert json.loads(client.query(out_trade_no=number)[1])["trade_state"] == "CLOSED"


def test_new_certificate_is_fetched_and_trusted(
    client: Any, sandbox: Sandbox, merchant: Merchant
) -> None:
    sandbox.settle(signing_mode="certificate")
    new = sandbox.control("wechat/certificates/rotate")["serial_no"]
    number = merchant.place()

    client._core._update_certificates()

    serials = {f"{one.serial_number:040X}" for one in client._core._certificates}
    assert new in serials
    assert client.query(out_trade_no=number)[0] == 200


@pytest.mark.parametrize("fault", ["bad_signature", "tampered_body", "missing_signature_type"])
def test_bent_answers_are_refused_by_the_client(
    client: Any, sandbox: Sandbox, merchant: Merchant, fault: str
) -> None:
    number = merchant.place()
    sandbox.fault("query", fault)

    with pytest.raises(Exception, match=r"verify|algorithm"):
        client.query(out_trade_no=number)


def test_raw_pipe_of_the_client_is_refused_as_in_production(client: Any) -> None:
    status, text = client.query(out_trade_no="ABCDEF|1")

    assert (status, json.loads(text)["code"]) == (401, "SIGN_ERROR")


def test_channel_bills_are_fetched(client: Any, sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    sandbox.control("wechat/pay", {"serial_no": number})
    day = sandbox.look("wechat/books")["orders"][0]["paid_at"][:10]
    sandbox.control("clock", {"advance_seconds": 33 * 3600})

    for ask in (client.trade_bill, client.fundflow_bill):
        status, text = ask(day)
        link = json.loads(text)
        assert (status, link["hash_type"]) == (200, "SHA1")
        status, content = client.download_bill(link["download_url"])
        raw = gzip.decompress(content)
        assert (status, hashlib.sha1(raw).hexdigest()) == (200, link["hash_value"])
        assert number in raw.decode()
