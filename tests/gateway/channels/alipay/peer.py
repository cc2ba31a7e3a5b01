"""Alipay's side in tests: signs answers and notifications with the keys of the test vectors.

It lives at ``NOW``; tests stop their clock there too.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.channels.alipay.certificates import sn_of
from gateway.messages import ChannelAccount, RawCallback
from gateway.split_messages import Share
from paycenter.kernel.credential import Credential
from paycenter.kernel.http import WireRequest, WireResponse
from tests.gateway.channels.alipay import authority

_FILE: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "alipay.json").read_text(encoding="utf-8")
)
KEYS: dict[str, str] = _FILE["keys"]
VECTORS: dict[str, dict[str, Any]] = {vector["name"]: vector for vector in _FILE["vectors"]}

NOW = datetime(2026, 1, 1, tzinfo=UTC)
APPID = "2021000000000001"
SELLER_ID = "2088000000000001"
SERIAL_NO = "P260101080000ABCDEFGHJKM"
REFUND_SERIAL_NO = "R260101080000ABCDEFGHJKM"
TRADE_NO = "2026010122001400000000000001"

APP_KEY = Credential("app_private_key", "", KEYS["app_private_key_pkcs8_pem"])
ALIPAY_KEY = Credential("alipay_public_key", "", KEYS["alipay_public_key_base64"])
TOKEN = Credential("app_auth_token", "", "202601BBcanary0123456789abcdefghijklmnop")

_versions = count(100)


def private_key(pem: str) -> RSAPrivateKey:
    """Read a key of the vectors."""
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


def pem_of(key: RSAPrivateKey) -> str:
    """Write a key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass(frozen=True)
class Pen:
    """A key that signs as Alipay, with its certificate's SN in certificate mode."""

    key: RSAPrivateKey
    serial: str = ""

    def sign(self, message: bytes) -> str:
        """Return the base64 signature."""
        return base64.b64encode(self.key.sign(message, PKCS1v15(), SHA256())).decode()


BY_ALIPAY = Pen(private_key(KEYS["alipay_private_key_pkcs8_pem"]))
BY_STRANGER = Pen(private_key(KEYS["app_private_key_pkcs8_pem"]))
"""Signs with our own application key and claims to be Alipay."""


@dataclass(frozen=True)
class Certificates:
    """The files of certificate mode, and the pen whose certificate is among them."""

    root: authority.Authority
    intermediate: authority.Authority
    credentials: tuple[Credential, ...]
    pen: Pen

    def pen_of(self, organisation: str = "Alipay Test") -> tuple[Pen, str]:
        """Return somebody with a certificate under the same root, and its file."""
        key = authority.new_key()
        name = authority.named("leaf", organisation)
        leaf = self.intermediate.issue(name, key.public_key())
        return Pen(key, sn_of(leaf)), authority.pem(leaf, self.intermediate.certificate)


@cache
def certificates() -> Certificates:
    """Return the one authority of all tests: keys take time to make."""
    root = authority.root("Ant Test Authority R1")
    second = authority.root("Ant Test Authority E1", elliptic=True)
    intermediate = root.below("Ant Test Class 2 R1")
    bare = Certificates(root, intermediate, (), BY_ALIPAY)
    pen, alipays = bare.pen_of()
    own = intermediate.issue(
        authority.named(f"{SELLER_ID}-{APPID}", "Test Merchant"),
        private_key(APP_KEY.value).public_key(),
    )
    files = {
        "app_certificate": authority.pem(own, intermediate.certificate),
        "alipay_certificate": alipays,
        "alipay_root_certificate": authority.pem(second.certificate, root.certificate),
    }
    credentials = tuple(Credential(kind, "", file) for kind, file in files.items())
    return replace(bare, credentials=credentials, pen=pen)


def account(**changes: Any) -> ChannelAccount:
    """Return a merchant in public-key mode; other credentials get a version of their own."""
    base = ChannelAccount(
        channel="alipay",
        payment_no="P0000000001",
        channel_merchant_id=1,
        mchid=SELLER_ID,
        appid=APPID,
        base_url="https://alipay.test",
        callback_url="https://center.test/callbacks/alipay/P0000000001/",
        credentials=(APP_KEY, ALIPAY_KEY),
        version=1,
    )
    if "credentials" in changes:
        changes.setdefault("version", next(_versions))
    return replace(base, **changes)


def certified_account(**changes: Any) -> ChannelAccount:
    """Return a merchant in certificate mode."""
    return account(**{"credentials": (APP_KEY, *certificates().credentials), **changes})


def provider_account(**changes: Any) -> ChannelAccount:
    """Return a merchant of a service provider."""
    provider = {
        "appid": "2021000000000777",
        "provider_mchid": "2088000000000009",
        "provider_appid": APPID,
        "credentials": (APP_KEY, ALIPAY_KEY, TOKEN),
    }
    return account(**{**provider, **changes})


def encoded(content: object) -> str:
    """Return JSON as Alipay writes it."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def node_of(method: str) -> str:
    """Return the member that answers a method."""
    return f"{method.replace('.', '_')}_response"


def answer(
    method: str, content: Mapping[str, Any] | str, *, pen: Pen = BY_ALIPAY, node: str = ""
) -> WireResponse:
    """Return a signed answer; ``content`` is JSON to be, or the exact characters of it."""
    raw = content if isinstance(content, str) else encoded(content)
    serial = f'"alipay_cert_sn":"{pen.serial}",' if pen.serial else ""
    signature = pen.sign(raw.encode())
    body = f'{{"{node or node_of(method)}":{raw},{serial}"sign":"{signature}"}}'
    return WireResponse(200, {"content-type": "text/html;charset=utf-8"}, body.encode())


def done(method: str, *, pen: Pen = BY_ALIPAY, **members: Any) -> WireResponse:
    """Return a signed "handled"."""
    return answer(method, {"code": "10000", "msg": "Success", **members}, pen=pen)


def failed(
    method: str, sub_code: str, code: str = "40004", sub_msg: str = "words of the channel"
) -> WireResponse:
    """Return a signed refusal."""
    content = {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": sub_msg}
    return answer(method, content)


def unsigned(response: WireResponse) -> WireResponse:
    """Return the same answer without its signature."""
    members = json.loads(response.body)
    del members["sign"]
    return replace(response, body=encoded(members).encode())


def signed_by(response: WireResponse, pen: Pen) -> WireResponse:
    """Return the same answer signed by somebody else."""
    members = json.loads(response.body)
    (node,) = [name for name, value in members.items() if isinstance(value, dict)]
    return answer("", members[node], pen=pen, node=node)


def trade(status: str = "TRADE_SUCCESS", **changes: Any) -> dict[str, Any]:
    """Return what a query says of a trade, paid unless another status is given."""
    members = {
        "code": "10000",
        "msg": "Success",
        "out_trade_no": SERIAL_NO,
        "trade_no": TRADE_NO,
        "trade_status": status,
        "total_amount": "19.90",
        "buyer_logon_id": "csq***@sandbox.com",
        "buyer_user_id": "2088102146225135",
        "buyer_pay_amount": "18.90",
        "receipt_amount": "19.90",
        "send_pay_date": "2026-01-01 08:00:00",
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def transfer(share: Share, state: str = "SUCCESS", **changes: Any) -> dict[str, Any]:
    """Return one share of a split as a query tells it."""
    failed = {"error_code": "USER_ACCOUNT_HAD_FREEZEN", "error_desc": "words of the channel"}
    detail = {
        "operation_type": "transfer",
        "execute_dt": "2026-01-01 08:01:31",
        "trans_in": share.receiver.account,
        "trans_in_type": "userId",
        "amount": f"{share.amount // 100}.{share.amount % 100:02d}",
        "state": state,
        "detail_id": "2026010110032004370215900000",
        **(failed if state == "FAIL" else {}),
        **changes,
    }
    return {name: value for name, value in detail.items() if value is not None}


MEMBERS: dict[str, str] = {
    "gmt_create": "2026-01-01 07:59:00",
    "charset": "utf-8",
    "subject": "物业费 2026-01 100%",
    "buyer_id": "2088102146225135",
    "invoice_amount": "19.90",
    "notify_id": "2026010100222080000014000000000001",
    "fund_bill_list": '[{"amount":"19.90","fundChannel":"ALIPAYACCOUNT"}]',
    "notify_type": "trade_status_sync",
    "trade_status": "TRADE_SUCCESS",
    "receipt_amount": "19.90",
    "buyer_pay_amount": "18.90",
    "app_id": APPID,
    "auth_app_id": APPID,
    "seller_id": SELLER_ID,
    "gmt_payment": "2026-01-01 08:00:00",
    "notify_time": "2026-01-01 08:00:01",
    "version": "1.0",
    "out_trade_no": SERIAL_NO,
    "total_amount": "19.90",
    "trade_no": TRADE_NO,
    "buyer_logon_id": "csq***@sandbox.com",
    "sign_type": "RSA2",
}
"""A notification of a payment that succeeded, before it is signed."""


def notification(pen: Pen = BY_ALIPAY, /, **changes: str | None) -> RawCallback:
    """Return the notification of a payment that succeeded, signed; None leaves a member out."""
    members = {**MEMBERS, **changes}
    return form({name: value for name, value in members.items() if value is not None}, pen=pen)


def form(
    members: Mapping[str, str], *, pen: Pen = BY_ALIPAY, charset: str = "utf-8"
) -> RawCallback:
    """Return members as a notification, signed over their bytes in ``charset``."""
    signed = {name: value for name, value in members.items() if name not in ("sign", "sign_type")}
    content = "&".join(f"{name}={value}" for name, value in sorted(signed.items()))
    fields = {**members, "sign": pen.sign(content.encode(charset))}
    return posted(urlencode(fields, encoding=charset).encode())


def posted(body: bytes) -> RawCallback:
    """Return a form body as a callback."""
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    return RawCallback("POST", "", headers, body)


def parameters_in(request: WireRequest) -> dict[str, str]:
    """Return what a request says in query and body together; nothing may be said twice."""
    pairs = parse_qsl(urlsplit(request.url).query) + parse_qsl(request.body.decode())
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def content_in(request: WireRequest) -> dict[str, Any]:
    """Return the business content of a request."""
    content: dict[str, Any] = json.loads(parameters_in(request)["biz_content"])
    return content
