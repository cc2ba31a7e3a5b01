"""The parties of the simulated Alipay: apps of merchants, an app of a service provider, roots.

Pure: only the standard library, cryptography and the key helpers.
"""

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.sandbox import keys
from gateway.sandbox.alipay import authority

PUBLIC_KEY = "public_key"
CERTIFICATE = "certificate"


@dataclass(frozen=True)
class AlipayApp:
    """What the owner of one app holds after onboarding, and the key Alipay signs with for it.

    ``key_mode`` is ``public_key`` or ``certificate``: what the gateway demands of this app. The
    credentials of both modes exist, so that either can be tried. ``seller_id`` is the Alipay
    account (2088...) that takes the money. A service provider's app has ``app_auth_token``, which
    lets it act for the app ``auth_app_id`` of the account ``auth_seller_id``.
    """

    app_id: str
    name: str
    seller_id: str
    key_mode: str
    app_private_key_pem: str = field(repr=False)
    app_certificate_pem: str
    alipay_public_key_pem: str
    alipay_private_key_pem: str = field(repr=False)
    alipay_certificate_pem: str
    expired_alipay_certificate_pem: str
    app_auth_token: str | None = field(default=None, repr=False)
    auth_app_id: str | None = None
    auth_seller_id: str | None = None


@dataclass(frozen=True)
class AlipayIdentity:
    """The apps known from the start, and the authority that certifies their keys."""

    merchant: AlipayApp
    certificate_merchant: AlipayApp
    service_provider: AlipayApp
    root_certificates_pem: str
    authority_private_key_pem: str = field(repr=False)


def generate() -> AlipayIdentity:
    """New keys for everybody; account numbers are the same in every sandbox."""
    authority_key = keys.new_private_key_pem()
    return AlipayIdentity(
        merchant=new_app(
            "9021000126010001",
            name="Sandbox Property Company",
            seller_id="2088260100000011",
            authority_key_pem=authority_key,
        ),
        certificate_merchant=new_app(
            "9021000126010002",
            name="Sandbox Property Company (certificates)",
            seller_id="2088260100000029",
            authority_key_pem=authority_key,
            key_mode=CERTIFICATE,
        ),
        service_provider=replace(
            new_app(
                "9021000126010003",
                name="Sandbox Service Provider",
                seller_id="2088260100000037",
                authority_key_pem=authority_key,
            ),
            app_auth_token=new_app_auth_token(),
            auth_app_id="9021000126010004",
            auth_seller_id="2088260100000045",
        ),
        root_certificates_pem=authority.root_certificates_pem(authority_key),
        authority_private_key_pem=authority_key,
    )


def parse(section: dict[str, Any]) -> AlipayIdentity:
    """The identity from its JSON."""
    apps = ("merchant", "certificate_merchant", "service_provider")
    return AlipayIdentity(**section | {name: AlipayApp(**section[name]) for name in apps})


def new_app(
    app_id: str,
    *,
    name: str,
    seller_id: str,
    authority_key_pem: str,
    key_mode: str = PUBLIC_KEY,
) -> AlipayApp:
    """An app with fresh keys, certified by the authority."""
    app_key, alipay_key = keys.new_private_key_pem(), keys.new_private_key_pem()
    alipay_public_key = keys.public_key_pem(alipay_key)
    return AlipayApp(
        app_id=app_id,
        name=name,
        seller_id=seller_id,
        key_mode=key_mode,
        app_private_key_pem=app_key,
        app_certificate_pem=authority.issue_certificate_pem(
            authority_key_pem, keys.public_key_pem(app_key), owner=app_id
        ),
        alipay_public_key_pem=alipay_public_key,
        alipay_private_key_pem=alipay_key,
        alipay_certificate_pem=authority.issue_certificate_pem(
            authority_key_pem, alipay_public_key, owner=f"Sandbox Alipay for {app_id}"
        ),
        expired_alipay_certificate_pem=authority.issue_expired_certificate_pem(
            authority_key_pem, alipay_public_key, owner=f"Sandbox Alipay for {app_id}"
        ),
    )


def new_app_auth_token() -> str:
    """What a merchant's authorisation gives to a service provider: 40 characters."""
    return f"202601BB{secrets.token_hex(16)}"
