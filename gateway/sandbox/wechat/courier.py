"""WeChat Pay's callbacks: an encrypted resource in a signed envelope, repeated for a day.

Same id and content at every repetition; timestamp, nonce and signature are new each time. A share
is told to the merchant that gets it, at the address its console names.
"""

import json
import secrets
import string
from collections.abc import Sequence

from gateway.sandbox.callbacks import Callback, Outgoing
from gateway.sandbox.faults import Fault, Menu
from gateway.sandbox.wechat import times
from gateway.sandbox.wechat.documents import order_document, refund_callback_document
from gateway.sandbox.wechat.envelopes import (
    default_signer,
    new_request_id,
    signed_headers,
    to_json,
)
from gateway.sandbox.wechat.faults import MENU
from gateway.sandbox.wechat.records import JsonObject, Merchant, Order, Refund
from gateway.sandbox.wechat.server import CHANNEL, WechatServer
from gateway.sandbox.wechat.signing import encrypt
from gateway.sandbox.wechat.split_documents import receiver_document
from gateway.sandbox.wechat.split_records import Share, Split

_MINUTE = 60
_HOUR = 3600
_NONCE_LETTERS = string.ascii_letters + string.digits
_SHARE_SUMMARIES = {"PROFITSHARING.SUCCESS": "分账", "PROFITSHARING.RETURN": "分账回退"}
_REFUND_SUMMARIES = {"SUCCESS": "退款成功", "ABNORMAL": "退款异常", "CLOSED": "退款关闭"}


class WechatCourier:
    """Writes, signs and judges callbacks to merchants."""

    menu: Menu = MENU
    delays: Sequence[int] = (
        15,
        15,
        30,
        3 * _MINUTE,
        10 * _MINUTE,
        20 * _MINUTE,
        30 * _MINUTE,
        30 * _MINUTE,
        30 * _MINUTE,
        1 * _HOUR,
        3 * _HOUR,
        3 * _HOUR,
        3 * _HOUR,
        6 * _HOUR,
        6 * _HOUR,
    )

    def __init__(self, server: WechatServer) -> None:
        self._server = server

    def compose(self, callback: Callback, faults: Sequence[Fault]) -> Outgoing:
        """The request as of now, bent by the faults."""
        merchant = self._server.merchants.get(callback.message["mchid"])
        if merchant is None:
            raise LookupError("merchants are never removed")
        body = to_json(_envelope(callback, merchant, faults))
        headers = signed_headers(body, default_signer(self._server, merchant), faults)
        for fault in faults:
            body = fault.body(body)
        headers |= {
            "Content-Type": "application/json",
            "Accept": "*/*",
            "User-Agent": "Mozilla/4.0",
            "Request-ID": new_request_id(),
        }
        return Outgoing("POST", callback.url, headers, body)

    def accepted(self, status: int, body: bytes) -> bool:
        """200 or 204; a body, if any, must not say anything but SUCCESS."""
        if status not in (200, 204):
            return False
        try:
            answer = json.loads(body or b"{}")
        except ValueError:
            return True
        return not isinstance(answer, dict) or answer.get("code", "SUCCESS") == "SUCCESS"


def owe_payment_callback(server: WechatServer, order: Order) -> None:
    """Tell the merchant that the order is paid; WeChat tells nothing else about orders."""
    server.engine.callbacks.enqueue(
        CHANNEL,
        subject=order.out_trade_no,
        url=order.request["notify_url"],
        message=_message(
            order, "transaction", event="TRANSACTION.SUCCESS", document=order_document(order)
        )
        | {"summary": "支付成功"},
    )


def owe_refund_callback(server: WechatServer, order: Order, refund: Refund) -> None:
    """Tell the merchant how the refund ended, if the refund call named an address for it."""
    url = refund.request.get("notify_url")
    if url is None:
        return
    server.engine.callbacks.enqueue(
        CHANNEL,
        subject=refund.out_refund_no,
        url=url,
        message=_message(
            order,
            "refund",
            event=f"REFUND.{refund.status}",
            document=refund_callback_document(order, refund),
        )
        | {"summary": _REFUND_SUMMARIES[refund.status]},
    )


def owe_share_callback(server: WechatServer, split: Split, share: Share, *, event: str) -> None:
    """Tell a receiver of what it got (or gave back), if it is a merchant that wants to know."""
    url = server.account_of(share.account).notify_url
    receiver = server.merchants.get(share.account)
    if not url or receiver is None:
        return
    document = receiver_document(server.order_of(split), split, share)
    server.engine.callbacks.enqueue(
        CHANNEL,
        subject=split.out_order_no,
        url=url,
        message={
            "mchid": receiver.mchid,
            "event_type": event,
            "original_type": "profitsharing",
            "nonce": _new_nonce(),
            "document": document,
            "summary": _SHARE_SUMMARIES[event],
        },
    )


def _message(order: Order, original_type: str, *, event: str, document: JsonObject) -> JsonObject:
    return {
        "mchid": order.mchid,
        "event_type": event,
        "original_type": original_type,
        "nonce": _new_nonce(),
        "document": document,
    }


def _envelope(callback: Callback, merchant: Merchant, faults: Sequence[Fault]) -> JsonObject:
    message = callback.message
    document: JsonObject = message["document"]
    secret, nonce = merchant.apiv3_key, message["nonce"]
    for fault in faults:
        document, secret = fault.document(document), fault.secret(secret)
    if (document, secret) != (message["document"], merchant.apiv3_key):
        nonce = _new_nonce()  # a nonce never serves two plaintexts
    original_type = message["original_type"]
    ciphertext = encrypt(secret, to_json(document), nonce=nonce, associated_data=original_type)
    return {
        "id": callback.id,
        "create_time": times.to_text(int(callback.created_at)),
        "resource_type": "encrypt-resource",
        "event_type": message["event_type"],
        "summary": message["summary"],
        "resource": {
            "original_type": original_type,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": ciphertext,
            "associated_data": original_type,
            "nonce": nonce,
        },
    }


def _new_nonce() -> str:
    return "".join(secrets.choice(_NONCE_LETTERS) for _ in range(12))
