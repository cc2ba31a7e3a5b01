"""A merchant's program in a few lines, written from the public rules of WeChat Pay APIv3."""

import base64
import itertools
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.sandbox.wechat.identity import WechatMerchant

SCHEME = "WECHATPAY2-SHA256-RSA2048"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
_numbers = itertools.count(1)


def new_number(prefix: str = "P") -> str:
    """A number no test has used before."""
    return f"{prefix}{secrets.token_hex(6).upper()}{next(_numbers):04d}"


class Merchant:
    """Signs and sends; ``holder`` is one of the sandbox's merchants."""

    def __init__(self, url: str, holder: WechatMerchant) -> None:
        self.url = url
        self.holder = holder
        self._key: Any = serialization.load_pem_private_key(
            holder.private_key_pem.encode(), password=None
        )

    def order(self, **changes: Any) -> dict[str, Any]:
        """The body of a native order; None as a change leaves a field out."""
        body = {
            "appid": self.holder.appid,
            "mchid": self.holder.mchid,
            "description": "2026 物业费",
            "out_trade_no": new_number(),
            "notify_url": "http://127.0.0.1:9/notify",
            "amount": {"total": 12850, "currency": "CNY"},
        }
        return {name: value for name, value in (body | changes).items() if value is not None}

    def place(self, product: str = "native", **changes: Any) -> str:
        """Place an order that must be accepted; its number."""
        body = self.order(**changes)
        response = self.post(f"/v3/pay/transactions/{product}", body)
        assert response.status_code == 200, response.text
        return str(body["out_trade_no"])

    def prepay(self, **changes: Any) -> tuple[str, str]:
        """Place an order for a page inside WeChat; its number and prepay_id."""
        body = self.order(payer={"openid": OPENID}, **changes)
        response = self.post("/v3/pay/transactions/jsapi", body)
        assert response.status_code == 200, response.text
        return body["out_trade_no"], response.json()["prepay_id"]

    def present(self, prepay_id: str, **signed: str) -> dict[str, str]:
        """What such a page presents; ``signed`` replaces what is signed."""
        params = {
            "appId": self.holder.appid,
            "timeStamp": str(int(time.time())),
            "nonceStr": secrets.token_hex(16),
            "package": f"prepay_id={prepay_id}",
            **signed,
        }
        message = "".join(f"{value}\n" for value in params.values())
        return {**params, "signType": "RSA", "paySign": self._sign(message.encode())}

    def query(self, number: str) -> requests.Response:
        """Query by the merchant's number."""
        return self.get(f"/v3/pay/transactions/out-trade-no/{number}?mchid={self.holder.mchid}")

    def close(self, number: str) -> requests.Response:
        """Close an order."""
        path = f"/v3/pay/transactions/out-trade-no/{number}/close"
        return self.post(path, {"mchid": self.holder.mchid})

    def refund(self, number: str, fen: int, /, **changes: Any) -> requests.Response:
        """Ask for a refund of an order of 12850 fen, or of ``total``."""
        total = changes.pop("total", 12850)
        body = {
            "out_trade_no": number,
            "out_refund_no": new_number("R"),
            "amount": {"refund": fen, "total": total, "currency": "CNY"},
        }
        return self.post("/v3/refund/domestic/refunds", body | changes)

    def query_refund(self, number: str) -> requests.Response:
        """Query a refund."""
        return self.get(f"/v3/refund/domestic/refunds/{number}")

    def get(self, target: str, **options: Any) -> requests.Response:
        """A signed GET."""
        return self.send("GET", target, b"", **options)

    def post(self, target: str, body: Mapping[str, Any], **options: Any) -> requests.Response:
        """A signed POST of JSON."""
        return self.send("POST", target, json.dumps(body).encode(), **options)

    def send(
        self,
        method: str,
        target: str,
        body: bytes,
        *,
        headers: Mapping[str, str | None] | None = None,
        signed_target: str | None = None,
        signed_body: bytes | None = None,
    ) -> requests.Response:
        """Send what is given; sign that, unless something else is to be signed."""
        authorization = self.authorization(
            method, signed_target or target, body if signed_body is None else signed_body
        )
        given: dict[str, Any] = {"Authorization": authorization, "Accept": "application/json"}
        request = requests.Request(
            method, self.url + target, data=body or None, headers=given | dict(headers or {})
        )
        with requests.Session() as session:
            prepared = session.prepare_request(request)
            return session.send(prepared, timeout=30)

    def authorization(self, method: str, target: str, body: bytes = b"", /, **changes: str) -> str:
        """The Authorization header; ``changes`` replace its parts after signing."""
        timestamp = changes.pop("signed_timestamp", str(int(time.time())))
        nonce = secrets.token_hex(16)
        message = f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
        parts = {
            "mchid": self.holder.mchid,
            "nonce_str": nonce,
            "signature": self._sign(message),
            "timestamp": timestamp,
            "serial_no": self.holder.serial_no,
        }
        parts |= changes
        return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in parts.items())

    def _sign(self, message: bytes) -> str:
        signature = self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signature).decode()


def is_signed(headers: Mapping[str, str], body: bytes, public_key_pem: str) -> bool:
    """Whether the Wechatpay-* headers hold a good signature over the body."""
    key: Any = serialization.load_pem_public_key(public_key_pem.encode())
    head = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n"
    try:
        key.verify(
            base64.b64decode(headers["Wechatpay-Signature"]),
            head.encode() + body + b"\n",
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
    except Exception:  # noqa: BLE001 - any reason is a no
        return False
    return True


def decrypt(resource: Mapping[str, str], apiv3_key: str) -> bytes:
    """The content of a callback's resource or of a listed certificate."""
    return AESGCM(apiv3_key.encode()).decrypt(
        resource["nonce"].encode(),
        base64.b64decode(resource["ciphertext"]),
        resource["associated_data"].encode(),
    )
