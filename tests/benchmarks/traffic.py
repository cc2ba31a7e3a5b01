"""Requests as bytes, ready to be sent: an application's initiations and the channel's callbacks."""

import json
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.sandbox.wechat import signing
from gateway.sandbox.wechat.identity import WechatMerchant
from paycenter.local.client import signature, string_to_sign
from paycenter.local.credentials import Credentials
from paycenter.local.sample import payment_request

AMOUNT = 12850  # fen
INITIATE = "/api/v1/payments"


def initiations(
    credentials: Credentials, count: int, *, channel: str = "wechat", invoke_method: str = "qr_code"
) -> list[bytes]:
    """Return signed requests, each for a new order; for a QR code unless told otherwise."""
    return [_initiation(credentials, channel, invoke_method) for _ in range(count)]


def callbacks(
    merchant: WechatMerchant, path: str, payments: Iterable[tuple[str, int]]
) -> list[bytes]:
    """Return the callbacks that tell of the success of ``(serial_no, amount in fen)``."""
    return [_callback(merchant, path, serial_no, amount) for serial_no, amount in payments]


def get(target: str) -> bytes:
    """Return a browser's request, whose connection ends with the answer."""
    head = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: a=b\r\n\r\n"
    return head.encode()


def _initiation(credentials: Credentials, channel: str, invoke_method: str) -> bytes:
    order = payment_request(
        credentials,
        order_no=f"BENCH-{secrets.token_hex(8)}",
        amount=AMOUNT,
        channel=channel,
        invoke_method=invoke_method,
    )
    body = _json(order)
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    text = string_to_sign(
        timestamp=timestamp, nonce=nonce, method="POST", target=INITIATE, body=body
    )
    application = credentials.raw["application"]
    headers = {
        "X-Pc-Key": application["key_id"],
        "X-Pc-Timestamp": timestamp,
        "X-Pc-Nonce": nonce,
        "X-Pc-Signature": signature(application["secret"], text),
    }
    return _post(INITIATE, headers, body)


def _callback(merchant: WechatMerchant, path: str, serial_no: str, amount: int) -> bytes:
    """Return what WeChat Pay APIv3 sends as "payment result callback"."""
    paid_at = time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(time.time() + 8 * 3600))
    order = {
        "mchid": merchant.mchid,
        "appid": merchant.appid,
        "out_trade_no": serial_no,
        "transaction_id": f"42000{secrets.randbelow(10**23):023d}",
        "trade_type": "NATIVE",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "",
        "success_time": paid_at,
        "payer": {"openid": "oBenchmark0000000000000000000"},
        "amount": {
            "total": amount,
            "payer_total": amount,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    }
    body = _json(_envelope(merchant, order, paid_at))
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    message = signing.answer_message(timestamp, nonce, body)
    headers = {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": merchant.public_key_id,
        "Wechatpay-Signature": signing.sign(merchant.public_key_private_pem, message),
        "Wechatpay-Signature-Type": signing.SCHEME,
    }
    return _post(path, headers, body)


def _envelope(merchant: WechatMerchant, order: Mapping[str, Any], at: str) -> dict[str, Any]:
    nonce, kind = secrets.token_hex(6), "transaction"
    ciphertext = signing.encrypt(
        merchant.apiv3_key, _json(order), nonce=nonce, associated_data=kind
    )
    return {
        "id": secrets.token_hex(16),
        "create_time": at,
        "event_type": "TRANSACTION.SUCCESS",
        "resource_type": "encrypt-resource",
        "summary": "支付成功",
        "resource": {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": ciphertext,
            "associated_data": kind,
            "nonce": nonce,
        },
    }


def _post(target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{lines}\r\n"
    )
    return head.encode() + body


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
