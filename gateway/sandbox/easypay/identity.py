"""The parties of the simulated EasyPay platform: one merchant, and the platform's key.

Pure: only the standard library and the key helpers.
"""

import secrets
import string
from dataclasses import dataclass, field
from typing import Any

from gateway.sandbox import keys

_KEY_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class EasypayMerchant:
    """What a merchant finds in the platform's console: ``key`` signs V1, the key pair V2."""

    pid: str
    name: str
    key: str = field(repr=False)
    private_key_pem: str = field(repr=False)
    public_key_pem: str


@dataclass(frozen=True)
class EasypayIdentity:
    """The merchant known from the start, and the one key the platform signs V2 with."""

    merchant: EasypayMerchant
    platform_private_key_pem: str = field(repr=False)
    platform_public_key_pem: str


def generate() -> EasypayIdentity:
    """New keys for everybody; the merchant's number is the same in every sandbox."""
    platform_key = keys.new_private_key_pem()
    return EasypayIdentity(
        merchant=new_merchant("1000", name="Sandbox Property Company"),
        platform_private_key_pem=platform_key,
        platform_public_key_pem=keys.public_key_pem(platform_key),
    )


def parse(section: dict[str, Any]) -> EasypayIdentity:
    """The identity from its JSON."""
    return EasypayIdentity(**{**section, "merchant": EasypayMerchant(**section["merchant"])})


def new_merchant(pid: str, *, name: str) -> EasypayMerchant:
    """A merchant with fresh keys."""
    private_key = keys.new_private_key_pem()
    return EasypayMerchant(
        pid=pid,
        name=name,
        key=new_key(),
        private_key_pem=private_key,
        public_key_pem=keys.public_key_pem(private_key),
    )


def new_key() -> str:
    """32 letters and digits, as the console prints them."""
    return "".join(secrets.choice(_KEY_ALPHABET) for _ in range(32))
