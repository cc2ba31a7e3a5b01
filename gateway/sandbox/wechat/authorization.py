"""Who calls? The checks of the Authorization header, in production's order.

WeChat Pay APIv3, request signature: presence and form, scheme, clock, merchant and certificate
serial, then the signature itself over the bytes and the request target as they arrived.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.sandbox import keys
from gateway.sandbox.wechat import signing
from gateway.sandbox.wechat.errors import NotAuthenticated
from gateway.sandbox.wechat.records import JsonObject, Merchant
from gateway.sandbox.wechat.server import WechatServer

_TOLERANCE_SECONDS = 300
_PARTS = frozenset({"mchid", "nonce_str", "signature", "timestamp", "serial_no"})
_PAIR = re.compile(r'\s*(\w+)="([^"]*)"\s*')
_SHOWN_BODY = 16


@dataclass(frozen=True)
class SignedRequest:
    """What the signature covers, and the header that carries it."""

    method: str
    target: str
    body: bytes
    authorization: str


def authenticate(server: WechatServer, request: SignedRequest, *, strict_form: bool) -> Merchant:
    """The merchant that signed the request; raises NotAuthenticated otherwise.

    ``strict_form`` picks the wording of the certificate and refund calls; the order calls have
    another one, without a Request-ID.
    """
    claim = _parse(request.authorization, strict_form=strict_form)
    _check_clock(claim["timestamp"])
    merchant = server.merchants.get(claim["mchid"])
    certificate = merchant.certificates.get(claim["serial_no"]) if merchant else None
    if merchant is None or certificate is None:
        raise _sign_error("商户证书序列号有误。请使用签名私钥匹配的证书序列号")
    if keys.load_certificate(certificate).not_valid_after_utc < datetime.now(UTC):
        raise _sign_error("商户证书已过期")
    _check_signature(request, claim, certificate)
    return merchant


def _parse(header: str, *, strict_form: bool) -> Mapping[str, str]:
    scheme, _, rest = header.partition(" ")
    if header and scheme != signing.SCHEME and strict_form:
        raise _sign_error("HTTP头Authorization认证类型不正确")
    pairs = [_PAIR.fullmatch(part) for part in rest.split(",")]
    claim = {pair[1]: pair[2] for pair in pairs if pair}
    is_whole = all(pairs) and len(pairs) == len(_PARTS) and claim.keys() == _PARTS
    if scheme == signing.SCHEME and is_whole and all(claim.values()):
        return claim
    if strict_form:
        raise _sign_error("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
    raise NotAuthenticated(401, "SIGN_ERROR", "签名信息错误，验签失败", traced=False)


def _check_clock(timestamp: str) -> None:
    is_number = re.fullmatch(r"[0-9]{1,12}", timestamp) is not None
    if not is_number or abs(time.time() - int(timestamp)) > _TOLERANCE_SECONDS:
        raise _sign_error("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")


def _check_signature(request: SignedRequest, claim: Mapping[str, str], certificate: str) -> None:
    message = signing.request_message(
        request.method,
        request.target,
        timestamp=claim["timestamp"],
        nonce=claim["nonce_str"],
        body=request.body,
    )
    if not signing.verifies(certificate, message, claim["signature"]):
        raise _sign_error("签名错误，请检查后再试", detail=_explain(request, message))


def _explain(request: SignedRequest, message: bytes) -> JsonObject:
    """What we would have signed: the best help for whoever writes a client."""
    shown = message[: len(message) - len(request.body) - 1 + _SHOWN_BODY]
    return {
        "detail": {"issue": "sign not match"},
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": request.method,
            "url": request.target,
            "sign_message_length": len(message),
            "truncated_sign_message": shown.decode(errors="replace"),
        },
    }


def _sign_error(message: str, *, detail: JsonObject | None = None) -> NotAuthenticated:
    return NotAuthenticated(401, "SIGN_ERROR", message, detail=detail)
