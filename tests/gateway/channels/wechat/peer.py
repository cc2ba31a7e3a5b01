"""WeChat Pay's side in tests: signs answers and callbacks with the keys of the test vectors.

It always lives in the second in which the vectors were signed (``VECTOR_TIME``); tests stop their
clock there too.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.messages import ChannelAccount, PaymentRef, RawCallback
from paycenter.kernel.credential import Credential
from paycenter.kernel.http import WireResponse

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "wechat_pay.json").read_text(encoding="utf-8")
)
VECTOR_TIME = 1767225600
"""2026-01-01T08:00:00+08:00, when the generated vectors were signed."""

KEYS: dict[str, Any] = VECTORS["generated"]["keys"]
MCHID: str = KEYS["merchant"]["mchid"]
APPID: str = KEYS["appid"]
PROVIDER_MCHID: str = KEYS["sp_mchid"]
SUB_MCHID: str = KEYS["sub_mchid"]
APIV3_KEY: str = KEYS["apiv3_key"]
PUBLIC_KEY_ID: str = KEYS["public_key_mode"]["public_key_id"]
CERTIFICATE_SERIAL: str = KEYS["platform_certificate_mode"]["serial_no"]

MERCHANT_KEY = Credential(
    "merchant_private_key", KEYS["merchant"]["serial_no"], KEYS["merchant"]["private_key_pem"]
)
SEAL_KEY = Credential("apiv3_key", "", APIV3_KEY)
PUBLIC_KEY = Credential(
    "wechat_public_key", PUBLIC_KEY_ID, KEYS["public_key_mode"]["public_key_pem"]
)
CERTIFICATE = Credential(
    "platform_certificate",
    CERTIFICATE_SERIAL,
    KEYS["platform_certificate_mode"]["certificate_pem"],
)
APP_SECRET = Credential("official_account_secret", APPID, "canary0123456789ABCDEF0123456789")

_versions = count(100)


@dataclass(frozen=True)
class Pen:
    """A key that signs as WeChat Pay under a serial."""

    serial: str
    pem: str

    def sign(self, message: bytes) -> str:
        """Return the base64 signature."""
        return base64.b64encode(_private_key(self.pem).sign(message, PKCS1v15(), SHA256())).decode()

    def headers(self, body: bytes, *, timestamp: str = "", nonce: str = "n" * 32) -> dict[str, str]:
        """Return the four signature headers for these bytes, in lower case."""
        timestamp = timestamp or str(VECTOR_TIME)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        return {
            "wechatpay-timestamp": timestamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": self.serial,
            "wechatpay-signature": self.sign(message),
        }


BY_PUBLIC_KEY = Pen(PUBLIC_KEY_ID, KEYS["public_key_mode"]["private_key_pem"])
BY_CERTIFICATE = Pen(CERTIFICATE_SERIAL, KEYS["platform_certificate_mode"]["private_key_pem"])
BY_STRANGER = Pen(PUBLIC_KEY_ID, KEYS["merchant"]["private_key_pem"])
"""Signs with our own merchant key and claims to be WeChat Pay."""


def account(**changes: Any) -> ChannelAccount:
    """Return a direct merchant in both key modes; other credentials get a version of their own."""
    base = ChannelAccount(
        channel="wechat",
        payment_no="P0000000001",
        channel_merchant_id=1,
        mchid=MCHID,
        appid=APPID,
        base_url="https://wechat.test",
        callback_url="https://center.test/callbacks/wechat/P0000000001/",
        credentials=(MERCHANT_KEY, SEAL_KEY, PUBLIC_KEY, CERTIFICATE),
        version=1,
    )
    if "credentials" in changes:
        changes.setdefault("version", next(_versions))
    return replace(base, **changes)


def partner_account(**changes: Any) -> ChannelAccount:
    """Return a sub-merchant of a service provider, without an app id of its own."""
    partner = {
        "mchid": SUB_MCHID,
        "appid": "",
        "provider_mchid": PROVIDER_MCHID,
        "provider_appid": APPID,
    }
    return account(**{**partner, **changes})


def encoded(content: object) -> bytes:
    """Return JSON bytes as WeChat Pay writes them."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def answer(content: object, *, status: int = 200, pen: Pen = BY_PUBLIC_KEY) -> WireResponse:
    """Return a signed answer; ``content`` is JSON to be, or the exact bytes."""
    body = content if isinstance(content, bytes) else encoded(content)
    return WireResponse(status, pen.headers(body), body)


def unsigned(response: WireResponse) -> WireResponse:
    """Return the same answer without any signature header."""
    return replace(response, headers={})


def error(status: int, code: str, message: str = "words of the channel") -> WireResponse:
    """Return a signed error answer."""
    return answer({"code": code, "message": message}, status=status)


def sealed(plaintext: bytes, *, key: str = APIV3_KEY, aad: str = "transaction") -> dict[str, str]:
    """Return the sealed members of a resource."""
    nonce = "fG1l57vn9BCX"
    ciphertext = AESGCM(key.encode()).encrypt(nonce.encode(), plaintext, aad.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(ciphertext).decode(),
        "associated_data": aad,
        "nonce": nonce,
    }


def envelope(content: Mapping[str, Any], kind: str, **resource: str) -> dict[str, Any]:
    """Return the body of a callback; ``resource`` replaces members of its resource."""
    events = {"transaction": "TRANSACTION.SUCCESS", "refund": "REFUND.SUCCESS"}
    return {
        "id": "b62e271c-3389-58a0-8146-4a704966e8f1",
        "create_time": "2026-01-01T08:00:00+08:00",
        "event_type": events.get(kind, "OTHER"),
        "resource_type": "encrypt-resource",
        "summary": "...",
        "resource": {"original_type": kind, **sealed(encoded(content), aad=kind), **resource},
    }


def callback(body: object, *, pen: Pen = BY_PUBLIC_KEY, **stamp: str) -> RawCallback:
    """Return a signed callback; ``body`` is JSON to be, or the exact bytes."""
    raw = body if isinstance(body, bytes) else encoded(body)
    headers = {"content-type": "application/json", **pen.headers(raw, **stamp)}
    return RawCallback("POST", "", headers, raw)


def vector_callback(vector: Mapping[str, Any]) -> RawCallback:
    """Return a callback of the test vectors."""
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    return RawCallback("POST", "", headers, vector["body"].encode())


def vector_answer(vector: Mapping[str, Any]) -> WireResponse:
    """Return an answer of the test vectors."""
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    return WireResponse(int(vector["status"]), headers, vector["body"].encode())


def order(state: str = "SUCCESS", **changes: Any) -> dict[str, Any]:
    """Return an order as WeChat Pay tells it, paid unless another state is given."""
    return {
        "mchid": MCHID,
        "appid": APPID,
        "out_trade_no": "P260101080000ABCDEFGHJKM",
        "transaction_id": "4200000000202601010000000001",
        "trade_type": "JSAPI",
        "trade_state": state,
        "trade_state_desc": "words of the channel",
        "success_time": "2026-01-01T08:00:00+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "amount": {"total": 1990, "payer_total": 1890, "currency": "CNY"},
        **changes,
    }


def refund(state: str = "SUCCESS", **changes: Any) -> dict[str, Any]:
    """Return a refund as WeChat Pay answers it."""
    return {
        "refund_id": "50300000002026010100000000001",
        "out_refund_no": "R260101080000ABCDEFGHJKM",
        "transaction_id": "4200000000202601010000000001",
        "out_trade_no": "P260101080000ABCDEFGHJKM",
        "status": state,
        "success_time": "2026-01-01T08:00:00+08:00",
        "amount": {"total": 1990, "refund": 990, "payer_refund": 940, "currency": "CNY"},
        **changes,
    }


def refund_event(state: str = "SUCCESS", **changes: Any) -> dict[str, Any]:
    """Return a refund as a callback carries it: another state field, and the merchant."""
    content = {**refund(), "mchid": MCHID, "refund_status": state, **changes}
    del content["status"]
    return content


SPLIT_PAYMENT = PaymentRef("P260101080000ABCDEFGHJKM", "4200000000202601010000000001")


def split_order(
    state: str = "FINISHED",
    *shares: tuple[str, int, str],
    number: str = "S260101080000ABCDEFGHJKM",
    **changes: Any,
) -> dict[str, Any]:
    """Return a split as WeChat Pay answers it; a share is a merchant, fen and a result."""
    return {
        "transaction_id": SPLIT_PAYMENT.channel_serial_no,
        "out_order_no": number,
        "order_id": "30000000002026010100000000001",
        "state": state,
        "receivers": [share_line(*share) for share in shares],
        **changes,
    }


def share_line(account: str, amount: int, result: str, **changes: Any) -> dict[str, Any]:
    """Return one receiver of a split; the time of one that is not paid is a placeholder."""
    paid = result == "SUCCESS"
    line = {
        "type": "MERCHANT_ID",
        "account": account,
        "amount": amount,
        "description": "物业费分成",
        "result": result,
        "detail_id": f"3601{account}",
        "create_time": "2026-01-01T08:01:30.120+08:00",
        "finish_time": f"{'2026-01-01T08:01:31' if paid else '1970-01-01T08:00:00'}.000+08:00",
        **({"fail_reason": "NO_RELATION"} if result == "CLOSED" else {}),
        **changes,
    }
    return {name: value for name, value in line.items() if value is not None}


def split_event(*, receiver: str, mchid: str | None = MCHID, **changes: Any) -> dict[str, Any]:
    """Return what the receiver of a share is told of it."""
    content = {
        "mchid": mchid,
        "transaction_id": SPLIT_PAYMENT.channel_serial_no,
        "order_id": "30000000002026010100000000001",
        "out_order_no": "S260101080000ABCDEFGHJKM",
        "receiver": {
            "type": "MERCHANT_ID",
            "account": receiver,
            "amount": 500,
            "description": "物业费分成",
        },
        "success_time": "2026-01-01T08:01:31+08:00",
        **changes,
    }
    return {name: value for name, value in content.items() if value is not None}


@cache
def _private_key(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key
