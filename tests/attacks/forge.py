"""WeChat Pay's pen in the hands of a test: genuine callbacks, and whatever can be made of them.

Keys come from the simulator's key maker; signatures and seals are made here anew, from WeChat Pay
APIv3, "Payment result callback" and "Decrypt callbacks".
"""

import base64
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from gateway.sandbox.wechat.identity import WechatMerchant, new_merchant
from transactions.models import Payment, Refund

Json = dict[str, Any]

SIGNATURE = "Wechatpay-Signature"
SERIAL = "Wechatpay-Serial"
TIMESTAMP = "Wechatpay-Timestamp"
NONCE = "Wechatpay-Nonce"


@cache
def merchant(mchid: str) -> WechatMerchant:
    """Return a merchant with all its keys, the same one every time."""
    return new_merchant(mchid, name=mchid, appid=f"wx{mchid}", mini_program_appid=f"wxm{mchid}")


OUR_MCHID = "1900000101"
OTHER_MCHID = "1900000102"


@dataclass(frozen=True)
class Message:
    """One callback, ready to be delivered."""

    body: bytes
    headers: Mapping[str, str]

    def without(self, header: str) -> "Message":
        """Return it lacking a header."""
        return replace(self, headers={k: v for k, v in self.headers.items() if k != header})

    def having(self, header: str, value: str) -> "Message":
        """Return it with another value of a header."""
        return replace(self, headers={**self.headers, header: value})

    def saying(self, body: bytes) -> "Message":
        """Return it with another body under the same signature."""
        return replace(self, body=body)


@dataclass(frozen=True)
class Pen:
    """A private key that signs under a serial."""

    serial: str
    private_key_pem: str

    def signed(self, body: bytes, *, timestamp: str = "") -> Message:
        """Return a message over exactly these bytes, as of now."""
        timestamp, nonce = timestamp or str(int(time.time())), secrets.token_hex(16)
        text = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        headers = {
            TIMESTAMP: timestamp,
            NONCE: nonce,
            SERIAL: self.serial,
            SIGNATURE: base64.b64encode(self.sign(text)).decode(),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Content-Type": "application/json",
        }
        return Message(body, headers)

    def sign(self, text: bytes) -> bytes:
        """Return the raw signature."""
        return private_key(self.private_key_pem).sign(text, PKCS1v15(), SHA256())


class WeChatPay:
    """Speaks as WeChat Pay to one merchant."""

    def __init__(self, known: WechatMerchant) -> None:
        self.merchant = known
        self.pen = Pen(known.public_key_id, known.public_key_private_pem)

    def paid(self, payment: Payment, **changes: Any) -> Json:
        """Return the document of a success; ``changes`` replace members, None removes one."""
        document = {
            "mchid": self.merchant.mchid,
            "appid": self.merchant.appid,
            "out_trade_no": payment.serial_no,
            "transaction_id": f"42{payment.pk:026d}",
            "trade_type": "NATIVE",
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "attach": "",
            "success_time": "2026-11-22T16:00:00+08:00",
            "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
            "amount": {
                "total": payment.amount,
                "payer_total": payment.amount,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }
        return changed(document, **changes)

    def refunded(self, refund: Refund, **changes: Any) -> Json:
        """Return the document of a refund that succeeded."""
        document = {
            "mchid": self.merchant.mchid,
            "transaction_id": refund.payment.channel_serial_no,
            "out_trade_no": refund.payment.serial_no,
            "refund_id": f"503{refund.pk:026d}",
            "out_refund_no": refund.refund_serial_no,
            "refund_status": "SUCCESS",
            "success_time": "2026-11-22T16:10:00+08:00",
            "user_received_account": "支付用户零钱",
            "amount": {
                "total": refund.payment.amount,
                "refund": refund.amount,
                "payer_total": refund.payment.amount,
                "payer_refund": refund.amount,
            },
        }
        return changed(document, **changes)

    def envelope(self, document: Json | bytes, *, kind: str = "transaction", **seal: Any) -> Json:
        """Return the JSON around a sealed document; ``seal`` replaces members of the resource."""
        plain = document if isinstance(document, bytes) else encoded(document)
        nonce = secrets.token_hex(6)
        resource = {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": sealed(self.merchant.apiv3_key, plain, nonce=nonce, extra=kind),
            "associated_data": kind,
            "nonce": nonce,
        }
        return {
            "id": "a2b4c6d8-0000-4000-8000-000000000001",
            "create_time": "2026-11-22T16:00:01+08:00",
            "event_type": "REFUND.SUCCESS" if kind == "refund" else "TRANSACTION.SUCCESS",
            "resource_type": "encrypt-resource",
            "summary": "支付成功",
            "resource": changed(resource, **seal),
        }

    def message(self, document: Json | bytes, *, kind: str = "transaction", **seal: Any) -> Message:
        """Return a genuine callback that carries the document."""
        return self.pen.signed(encoded(self.envelope(document, kind=kind, **seal)))


def changed(document: Json, **changes: Any) -> Json:
    """Return a document with members replaced; None removes one."""
    return {name: value for name, value in (document | changes).items() if value is not None}


def encoded(document: Any) -> bytes:
    """Return JSON bytes as WeChat Pay writes them."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def sealed(apiv3_key: str, plain: bytes, *, nonce: str, extra: str) -> str:
    """Return the base64 of the AES-256-GCM ciphertext and tag."""
    cipher = AESGCM(apiv3_key.encode())
    return base64.b64encode(cipher.encrypt(nonce.encode(), plain, extra.encode())).decode()


@cache
def private_key(pem: str) -> RSAPrivateKey:
    """Return the loaded key of a PEM."""
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


def certificate(private_key_pem: str, *, valid_until: datetime) -> tuple[str, str]:
    """Return a platform certificate valid for the year up to a moment: its serial and its PEM."""
    key = private_key(private_key_pem)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "WeChat Pay platform")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_until - timedelta(days=365))
        .not_valid_after(valid_until)
        .sign(key, SHA256())
    )
    return f"{made.serial_number:040X}", made.public_bytes(Encoding.PEM).decode()


def days_from_now(days: int) -> datetime:
    """Return a moment so many days ahead."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)


Spoil = Callable[[Message], Message]
