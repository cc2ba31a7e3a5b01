"""A merchant's program in a few lines, written from Alipay's public rules of gateway.do."""

import base64
import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlencode

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from gateway.sandbox.alipay.identity import AlipayApp
from tests.sandbox.merchant import new_number

PRODUCT_CODES = {
    "page": "FAST_INSTANT_TRADE_PAY",
    "wap": "QUICK_WAP_WAY",
    "app": "QUICK_MSECURITY_PAY",
}
SHANGHAI = timezone(timedelta(hours=8))


def moment(seconds_ahead: float = 0) -> str:
    """A time in Alipay's form."""
    at = datetime.fromtimestamp(time.time() + seconds_ahead, SHANGHAI)
    return at.strftime("%Y-%m-%d %H:%M:%S")


class Answer:
    """One answer of the gateway: its node, and whether its signature is good."""

    def __init__(self, response: requests.Response, public_key_pem: str) -> None:
        self.response = response
        self.body = response.content
        self.envelope: dict[str, Any] = response.json()
        self.name = next(iter(self.envelope))
        self.node: dict[str, Any] = self.envelope[self.name]
        self._public_key_pem = public_key_pem

    @property
    def code(self) -> str:
        """The gateway's code, and the cause behind a colon if there is one."""
        return ":".join(self.node[name] for name in ("code", "sub_code") if name in self.node)

    @property
    def raw_node(self) -> bytes:
        """The bytes that are signed."""
        return raw_node(self.body)

    @property
    def is_signed(self) -> bool:
        """Whether Alipay signed these very bytes."""
        signature = self.envelope.get("sign")
        return signature is not None and verifies(self._public_key_pem, self.raw_node, signature)


class Merchant:
    """Signs and sends; ``holder`` is one of the sandbox's apps."""

    def __init__(self, url: str, holder: AlipayApp, **common: str) -> None:
        self.url = f"{url}/gateway.do"
        self.holder = holder
        self._common = common
        self._key: Any = serialization.load_pem_private_key(
            holder.app_private_key_pem.encode(), password=None
        )

    def order(self, **changes: Any) -> dict[str, Any]:
        """The biz_content of a payment; None as a change leaves a member out."""
        biz = {"out_trade_no": new_number(), "total_amount": "128.50", "subject": "2026 物业费"}
        return {name: value for name, value in (biz | changes).items() if value is not None}

    def parameters(
        self, method: str, biz: Mapping[str, Any] | str, /, **changes: str | None
    ) -> dict[str, str]:
        """All parameters of a call, signed; None as a change leaves a parameter out."""
        wanted = {
            "app_id": self.holder.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": moment(),
            "version": "1.0",
            "biz_content": biz if isinstance(biz, str) else json.dumps(biz, ensure_ascii=False),
            **self._common,
        }
        named = {name: value for name, value in (wanted | changes).items() if value is not None}
        return {**named, "sign": self.sign(named)} if "sign" not in named else named

    def sign(self, parameters: Mapping[str, str], codec: str | None = None) -> str:
        """RSA2 over everything but the signature, in the charset declared unless told."""
        pairs = (f"{name}={parameters[name]}" for name in sorted(parameters) if name != "sign")
        content = "&".join(pairs).encode(codec or parameters.get("charset", "utf-8"))
        signature = self._key.sign(content, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signature).decode()

    def call(self, method: str, biz: Mapping[str, Any] | str, /, **changes: str | None) -> Answer:
        """Call ``alipay.trade.<method>``: common parameters in the query, the rest as a form."""
        name = method if method.startswith("alipay.") else f"alipay.trade.{method}"
        return self.send(self.parameters(name, biz, **changes))

    def send(self, parameters: Mapping[str, str]) -> Answer:
        """Send what is given."""
        charset = parameters.get("charset", "utf-8")
        query = {name: value for name, value in parameters.items() if name != "biz_content"}
        form = {name: value for name, value in parameters.items() if name == "biz_content"}
        response = requests.post(
            f"{self.url}?{urlencode(query, encoding=charset)}",
            data=urlencode(form, encoding=charset),
            headers={"Content-Type": f"application/x-www-form-urlencoded;charset={charset}"},
            timeout=30,
        )
        return Answer(response, self.holder.alipay_public_key_pem)

    def link(self, product: str = "page", **changes: Any) -> tuple[str, str]:
        """A link (or an order string) for page, wap or app, and its number; sends nothing."""
        common = {
            name: changes.pop(name)
            for name in ("notify_url", "return_url", "timestamp", "app_auth_token")
            if name in changes
        }
        biz = self.order(product_code=PRODUCT_CODES[product], **changes)
        parameters = self.parameters(f"alipay.trade.{product}.pay", biz, **common)
        query = urlencode(parameters)
        return biz["out_trade_no"], query if product == "app" else f"{self.url}?{query}"

    def place(self, notify_url: str | None = None, **changes: Any) -> str:
        """Place a QR code payment that must be accepted; its number."""
        biz = self.order(**changes)
        answer = self.call("precreate", biz, notify_url=notify_url)
        assert answer.code == "10000", answer.node
        return str(biz["out_trade_no"])

    def create(self, notify_url: str | None = None, **changes: Any) -> str:
        """Make a trade for a mini program's payer; its number."""
        biz = self.order(product_code="JSAPI_PAY", buyer_id="2088260200000099", **changes)
        answer = self.call("create", biz, notify_url=notify_url)
        assert answer.code == "10000", answer.node
        return str(biz["out_trade_no"])

    def query(self, number: str, **more: Any) -> Answer:
        """Query by the merchant's number."""
        return self.call("query", {"out_trade_no": number, **more})

    def close(self, number: str) -> Answer:
        """Close an unpaid trade."""
        return self.call("close", {"out_trade_no": number})

    def refund(self, number: str, yuan: str, request_no: str | None = None) -> Answer:
        """Refund a part or all."""
        biz = {"out_trade_no": number, "refund_amount": yuan}
        return self.call("refund", biz | ({"out_request_no": request_no} if request_no else {}))

    def query_refund(self, number: str, request_no: str, **more: Any) -> Answer:
        """Query a refund."""
        biz = {"out_trade_no": number, "out_request_no": request_no, **more}
        return self.call("fastpay.refund.query", biz)


def raw_node(body: bytes, codec: str = "utf-8") -> bytes:
    """The first value of an answer's envelope, as it stands there."""
    text = body.decode(codec)
    start = text.index(":") + 1
    _, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end].encode(codec)


def verifies(public_key_pem: str, content: bytes, signature: str) -> bool:
    """Whether the key made the signature."""
    key: Any = serialization.load_pem_public_key(public_key_pem.encode())
    try:
        key.verify(base64.b64decode(signature), content, padding.PKCS1v15(), hashes.SHA256())
    except Exception:  # noqa: BLE001 - any reason is a no
        return False
    return True


def read_form(body: bytes, codec: str = "utf-8") -> dict[str, str]:
    """The parameters of a notification, decoded once."""
    return dict(parse_qsl(body.decode("ascii"), encoding=codec, strict_parsing=True))


def is_genuine(parameters: Mapping[str, str], public_key_pem: str, codec: str = "utf-8") -> bool:
    """Whether Alipay signed a notification or return address."""
    names = sorted(parameters.keys() - {"sign", "sign_type"})
    content = "&".join(f"{name}={parameters[name]}" for name in names).encode(codec)
    return verifies(public_key_pem, content, parameters["sign"])
