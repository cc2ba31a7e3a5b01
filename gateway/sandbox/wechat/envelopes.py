"""Signed messages of the platform: which key signs, and the Wechatpay-* headers.

The key is the one a request names in its Wechatpay-Serial header, else the default of the setup:
a platform certificate (40 hexadecimal digits) or the merchant's WeChat Pay public key
(PUB_KEY_ID_...).
"""

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.sandbox.faults import Fault
from gateway.sandbox.wechat import signing
from gateway.sandbox.wechat.errors import param_error
from gateway.sandbox.wechat.records import JsonObject, Merchant, PlatformKey
from gateway.sandbox.wechat.server import WechatServer


@dataclass(frozen=True)
class Signer:
    """A serial and its private key."""

    serial_no: str
    private_key_pem: str = field(repr=False)


def default_signer(server: WechatServer, merchant: Merchant) -> Signer:
    """The key of the present signing mode; ``mixed`` takes either kind by chance."""
    mode = server.switches.signing_mode
    if mode == "mixed":
        mode = secrets.choice(("public_key", "certificate"))
    return _certificate_signer(server) if mode == "certificate" else _public_key_signer(merchant)


def named_signer(server: WechatServer, merchant: Merchant, serial_no: str) -> Signer:
    """The key a request asks to be answered with; raises PARAM_ERROR for an unknown serial."""
    if not serial_no:
        return default_signer(server, merchant)
    if serial_no == merchant.public_key_id:
        return _public_key_signer(merchant)
    platform = server.platform_keys.get(serial_no)
    if platform is None:
        raise param_error("平台证书序列号Wechatpay-Serial错误", value=serial_no, location="header")
    return Signer(platform.serial_no, platform.private_key_pem)


def newest_platform_key(server: WechatServer) -> PlatformKey:
    """The platform certificate that signs now: the latest one already effective."""
    now = server.now()
    effective = [one for one in server.platform_keys.all() if one.effective_at <= now]
    # Of several that became effective in the same second, the one that was made last.
    return sorted(effective, key=lambda one: one.effective_at)[-1]


def signed_headers(body: bytes, signer: Signer, faults: Sequence[Fault] = ()) -> dict[str, str]:
    """The five Wechatpay-* headers over ``body``, bent by the faults."""
    moment = int(time.time())
    for fault in faults:
        moment = fault.timestamp(moment)
    timestamp, nonce = str(moment), secrets.token_hex(16)
    headers = {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": signing.sign(
            signer.private_key_pem, signing.answer_message(timestamp, nonce, body)
        ),
        "Wechatpay-Serial": signer.serial_no,
        "Wechatpay-Signature-Type": signing.SCHEME,
    }
    for fault in faults:
        headers = fault.headers(headers)
    return headers


def to_json(document: JsonObject) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def new_request_id(internal_code: int = 0) -> str:
    """A Request-ID: hexadecimal digits, a dash, 0 or the internal number of the error."""
    return f"08{secrets.token_hex(18).upper()}-{internal_code}"


def _public_key_signer(merchant: Merchant) -> Signer:
    return Signer(merchant.public_key_id, merchant.public_key_private_pem)


def _certificate_signer(server: WechatServer) -> Signer:
    platform = newest_platform_key(server)
    return Signer(platform.serial_no, platform.private_key_pem)
