"""The parties of the simulated WeChat Pay: a direct merchant, a service provider, the platform.

Pure: only the standard library and the key helpers.
"""

import secrets
import string
from dataclasses import dataclass, field
from typing import Any

from gateway.sandbox import keys

_KEY_ALPHABET = string.ascii_letters + string.digits


def new_app_secret() -> str:
    """32 hexadecimal digits, as WeChat's console shows an AppSecret once."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class WechatMerchant:
    """What one merchant holds after onboarding; every credential a program needs to call us.

    ``sub_mchid`` and ``sub_appid`` are set for the service provider only. ``app_secret`` is that of
    every official account among its apps, and among those of its sub-merchants.
    """

    mchid: str
    name: str
    appid: str
    mini_program_appid: str
    serial_no: str
    certificate_pem: str
    private_key_pem: str = field(repr=False)
    apiv3_key: str = field(repr=False)
    public_key_id: str
    public_key_pem: str
    public_key_private_pem: str = field(repr=False)
    sub_mchid: str | None = None
    sub_appid: str | None = None
    app_secret: str = field(default_factory=new_app_secret, repr=False)


@dataclass(frozen=True)
class WechatIdentity:
    """The merchants known from the start, and the platform's first certificate and key."""

    merchant: WechatMerchant
    service_provider: WechatMerchant
    platform_certificate_pem: str
    platform_private_key_pem: str = field(repr=False)


def generate() -> WechatIdentity:
    """New keys for everybody; account numbers are the same in every sandbox."""
    platform_key = keys.new_private_key_pem()
    return WechatIdentity(
        merchant=new_merchant(
            "1900012601",
            name="Sandbox Property Company",
            appid="wx5a4db0c0de260001",
            mini_program_appid="wx5a4db0c0de260002",
        ),
        service_provider=new_merchant(
            "1900012602",
            name="Sandbox Service Provider",
            appid="wx5a4db0c0de260003",
            mini_program_appid="wx5a4db0c0de260004",
            sub=("1900012603", "wx5a4db0c0de260005"),
        ),
        platform_certificate_pem=keys.self_signed_certificate_pem(
            platform_key, owner="Sandbox WeChat Pay platform"
        ),
        platform_private_key_pem=platform_key,
    )


def parse(section: dict[str, Any]) -> WechatIdentity:
    """The identity from its JSON."""
    return WechatIdentity(
        merchant=WechatMerchant(**section["merchant"]),
        service_provider=WechatMerchant(**section["service_provider"]),
        platform_certificate_pem=section["platform_certificate_pem"],
        platform_private_key_pem=section["platform_private_key_pem"],
    )


def new_merchant(
    mchid: str,
    *,
    name: str,
    appid: str,
    mini_program_appid: str,
    sub: tuple[str, str] | None = None,
) -> WechatMerchant:
    """A merchant with fresh keys; ``sub`` is the (mchid, appid) of a provider's sub-merchant."""
    private_key = keys.new_private_key_pem()
    certificate = keys.self_signed_certificate_pem(private_key, owner=mchid)
    wechat_key = keys.new_private_key_pem()
    return WechatMerchant(
        mchid=mchid,
        name=name,
        appid=appid,
        mini_program_appid=mini_program_appid,
        serial_no=keys.certificate_serial(certificate),
        certificate_pem=certificate,
        private_key_pem=private_key,
        apiv3_key=new_apiv3_key(),
        public_key_id=new_public_key_id(mchid),
        public_key_pem=keys.public_key_pem(wechat_key),
        public_key_private_pem=wechat_key,
        sub_mchid=sub[0] if sub else None,
        sub_appid=sub[1] if sub else None,
    )


def new_apiv3_key() -> str:
    """32 letters and digits, as a merchant types them into WeChat's console."""
    return "".join(secrets.choice(_KEY_ALPHABET) for _ in range(32))


def new_public_key_id(mchid: str) -> str:
    """``PUB_KEY_ID_`` and 34 digits that carry the merchant's number, as WeChat's do."""
    return f"PUB_KEY_ID_01{mchid:0>12}{secrets.randbelow(10**20):020d}"
