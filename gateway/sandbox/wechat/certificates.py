"""GET /v3/certificates: the platform certificates, encrypted for the calling merchant.

While a certificate is being replaced two are listed, the old one and its successor.
"""

import secrets

from gateway.sandbox import keys
from gateway.sandbox.wechat import fields, times
from gateway.sandbox.wechat.call import Call
from gateway.sandbox.wechat.errors import ApiError
from gateway.sandbox.wechat.records import JsonObject, PlatformKey
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.wechat.signing import encrypt


def list_certificates(call: Call) -> JsonObject:
    """Every platform certificate, oldest first."""
    call.read_query(fields.CERTIFICATES_QUERY)
    if not call.server.switches.certificates_available:
        raise ApiError(
            404,
            "RESOURCE_NOT_EXISTS",
            "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。",
        )
    listed = sorted(call.server.platform_keys.all(), key=lambda one: one.effective_at)
    return {"data": [_entry(platform, call.merchant.apiv3_key) for platform in listed]}


def rotate(server: WechatServer, *, effective_in_seconds: int) -> PlatformKey:
    """List a second certificate from now on; it signs once it is effective (virtual clock)."""
    private_key = keys.new_private_key_pem()
    certificate = keys.self_signed_certificate_pem(private_key, owner="Sandbox WeChat Pay platform")
    successor = PlatformKey(
        serial_no=keys.certificate_serial(certificate),
        certificate_pem=certificate,
        private_key_pem=private_key,
        effective_at=server.now() + effective_in_seconds,
    )
    return server.platform_keys.put(successor)


def _entry(platform: PlatformKey, apiv3_key: str) -> JsonObject:
    certificate = keys.load_certificate(platform.certificate_pem)
    begin = int(certificate.not_valid_before_utc.timestamp())
    nonce = secrets.token_hex(6)
    return {
        "serial_no": platform.serial_no,
        "effective_time": times.to_text(max(begin, platform.effective_at)),
        "expire_time": times.to_text(int(certificate.not_valid_after_utc.timestamp())),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": encrypt(
                apiv3_key,
                platform.certificate_pem.encode(),
                nonce=nonce,
                associated_data="certificate",
            ),
        },
    }
