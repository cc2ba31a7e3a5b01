"""An EasyPay platform in tests: answers and calls back with the keys of the test vectors.

It signs with code of its own. It lives in the second ``NOW``; tests stop their clock there too.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

from gateway.messages import ChannelAccount, RawCallback
from paycenter.kernel.credential import Credential
from paycenter.kernel.http import WireRequest, WireResponse

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "easypay.json").read_text(encoding="utf-8")
)
KEYS: dict[str, str] = VECTORS["keys"]
PID, MD5_KEY = KEYS["pid"], KEYS["md5_key"]
NOW = 1767225600
"""2026-01-01T08:00:00+08:00."""

SERIAL_NO = "P260101080000ABCDEFGHJKM"
REFUND_SERIAL_NO = "R260101080000ABCDEFGHJKM"
TRADE_NO = "2026010108000012345"
REFUND_NO = "2026010108000054321"

SHARED_KEY = Credential("easypay_key", "", MD5_KEY)
PRIVATE_KEY = Credential(
    "merchant_private_key", "0123456789abcdef", KEYS["merchant_private_key_pkcs8_base64"]
)
PUBLIC_KEY = Credential(
    "platform_public_key", "fedcba9876543210", KEYS["platform_public_key_base64"]
)
OPTIONS = {"version": "v1", "type": "alipay", "key_suffix": "plain", "refund_success": "0"}

_versions = count(100)


def vector(name: str) -> dict[str, Any]:
    """Return one of the test vectors."""
    found: dict[str, Any] = next(item for item in VECTORS["vectors"] if item["name"] == name)
    return found


def v1_account(**changes: Any) -> ChannelAccount:
    """Return an account that speaks V1; ``options`` are laid over the usual ones."""
    base = ChannelAccount(
        channel="easypay",
        payment_no="P0000000001",
        channel_merchant_id=31,
        mchid=PID,
        appid="",
        base_url="https://pay.test/epay/",
        callback_url="https://center.test/callbacks/easypay/P0000000001/",
        credentials=(SHARED_KEY,),
        version=1,
        options=OPTIONS,
    )
    if "credentials" in changes:
        changes.setdefault("version", next(_versions))
    options = {**base.options, **changes.pop("options", {})}
    return replace(base, **changes, options=options)


def v2_account(**changes: Any) -> ChannelAccount:
    """Return an account that speaks V2."""
    options = {"version": "v2", **changes.pop("options", {})}
    v2 = {"channel_merchant_id": 32, "credentials": (PRIVATE_KEY, PUBLIC_KEY), "version": 1}
    return v1_account(**{**v2, **changes}, options=options)


def content(texts: Mapping[str, str]) -> bytes:
    """Return what is signed, written down once more by the rule of the protocol."""
    names = sorted(name for name in texts if name not in ("sign", "sign_type"))
    return "&".join(f"{name}={texts[name]}" for name in names if texts[name] != "").encode()


def md5_signed(texts: Mapping[str, str], key: str = MD5_KEY) -> dict[str, str]:
    """Return the texts with a V1 signature."""
    sign = hashlib.md5(content(texts) + key.encode()).hexdigest()
    return {**texts, "sign": sign, "sign_type": "MD5"}


def rsa_signed(
    texts: Mapping[str, str],
    key: str = KEYS["platform_private_key_pkcs8_base64"],
    *,
    timestamp: int | str = NOW,
) -> dict[str, str]:
    """Return the texts with timestamp and V2 signature."""
    dated = {**texts, "timestamp": str(timestamp)}
    private = load_der_private_key(base64.b64decode(key), password=None)
    assert isinstance(private, RSAPrivateKey)
    sign = base64.b64encode(private.sign(content(dated), PKCS1v15(), SHA256())).decode()
    return {**dated, "sign": sign, "sign_type": "RSA"}


def by_merchant(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts with a V2 signature by our own key instead of the platform's."""
    return rsa_signed(texts, KEYS["merchant_private_key_pkcs8_base64"])


def answer(members: Mapping[str, Any], *, status: int = 200) -> WireResponse:
    """Return an answer as PHP writes it: escaped JSON that calls itself HTML."""
    body = json.dumps(members).replace("/", "\\/").encode()
    return WireResponse(status, {"content-type": "text/html; charset=utf-8"}, body)


def signed_answer(members: Mapping[str, Any]) -> WireResponse:
    """Return an answer of V2: its numbers stay numbers, the signature is of their texts."""
    texts = {name: str(value) for name, value in members.items()}
    extra = {name: value for name, value in rsa_signed(texts).items() if name not in members}
    return answer({**members, **extra})


def without(response: WireResponse, *names: str) -> WireResponse:
    """Return the answer without some of its members."""
    members = json.loads(response.body)
    return answer({name: value for name, value in members.items() if name not in names})


def signed_by_merchant(response: WireResponse) -> WireResponse:
    """Return an answer with its signature made by our own key."""
    members = json.loads(response.body)
    texts = {name: str(value) for name, value in members.items() if name != "timestamp"}
    return answer({**members, "sign": by_merchant(texts)["sign"]})


def error(code: int, message: str) -> WireResponse:
    """Return a refusal as V1, and validation in V2, writes it."""
    return answer({"code": code, "msg": message})


def html() -> WireResponse:
    """Return a page with an error, as platforms send even where JSON was asked for."""
    return WireResponse(200, {"content-type": "text/html"}, "<html>站点提示信息</html>".encode())


def order(status: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the members of an order as both versions tell it."""
    return {
        "trade_no": TRADE_NO,
        "out_trade_no": SERIAL_NO,
        "type": "alipay",
        "pid": int(PID),
        "addtime": "2026-01-01 07:59:00",
        "endtime": "2026-01-01 08:00:00",
        "name": "物业费",
        "money": "19.90",
        "buyer": "2088102146225135",
        "status": status,
        **changes,
    }


def refund(**changes: Any) -> dict[str, Any]:
    """Return the members of a refund as both versions tell it."""
    return {
        "refund_no": REFUND_NO,
        "out_refund_no": REFUND_SERIAL_NO,
        "trade_no": TRADE_NO,
        "out_trade_no": SERIAL_NO,
        "uid": int(PID),
        "money": "9.90",
        "reducemoney": "9.90",
        **changes,
    }


def told(**changes: str) -> dict[str, str]:
    """Return the parameters of a callback; an empty change leaves one out."""
    parameters = {
        "pid": PID,
        "trade_no": TRADE_NO,
        "out_trade_no": SERIAL_NO,
        "type": "alipay",
        "name": "product",
        "money": "19.9",
        "trade_status": "TRADE_SUCCESS",
        "param": "a=1&amp;b=中",
        **changes,
    }
    return {name: value for name, value in parameters.items() if value}


def v1_callback(**changes: str) -> RawCallback:
    """Return a V1 callback by GET."""
    return get(md5_signed(told(**changes)))


def v2_callback(*, timestamp: int = NOW, **changes: str) -> RawCallback:
    """Return a V2 callback by GET."""
    parameters = told(api_trade_no="2026010122001400000000000001", buyer="2088102146225135")
    return get(rsa_signed({**parameters, **changes}, timestamp=timestamp))


def get(parameters: Mapping[str, str]) -> RawCallback:
    """Return a callback by GET with these parameters."""
    return RawCallback("GET", urlencode(parameters), {}, b"")


def post(parameters: Mapping[str, str]) -> RawCallback:
    """Return a callback by POST with these parameters."""
    return RawCallback("POST", "", {}, urlencode(parameters).encode())


def form_of(request: WireRequest) -> dict[str, str]:
    """Return the form a request carries."""
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
