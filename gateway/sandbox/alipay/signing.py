"""RSA2, Alipay's signature: SHA256withRSA (PKCS #1 v1.5) in base64.

What is signed is either sorted ``key=value`` pairs joined by ``&`` with raw, not URL-encoded
values, or the raw bytes of an answer's node.
"""

import base64
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.sandbox import keys

SIGN_TYPE = "RSA2"

_private_key = lru_cache(maxsize=256)(keys.load_private_key)


def request_content(parameters: Mapping[bytes, bytes]) -> bytes:
    """What signs a request: every parameter that has a value, but for ``sign`` itself."""
    return _joined({name: value for name, value in parameters.items() if value.strip()}, b"sign")


def notification_content(parameters: Mapping[str, str], charset: str) -> bytes:
    """What signs a notification or a return address: neither ``sign`` nor ``sign_type``."""
    raw = {name.encode(charset): value.encode(charset) for name, value in parameters.items()}
    return _joined(raw, b"sign", b"sign_type")


def sign(private_key_pem: str, content: bytes) -> str:
    """The signature as base64 without line breaks."""
    signature = _private_key(private_key_pem).sign(content, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def verifies(public_key_pem: str, content: bytes, signature: str) -> bool:
    """Whether that key signed the content; False for anything malformed."""
    try:
        _public_key(public_key_pem).verify(
            base64.b64decode(signature, validate=True), content, padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _joined(parameters: Mapping[bytes, bytes], *left_out: bytes) -> bytes:
    pairs = (name + b"=" + parameters[name] for name in sorted(parameters) if name not in left_out)
    return b"&".join(pairs)


@lru_cache(maxsize=256)
def _public_key(public_key_pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(public_key_pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("RSA2 takes an RSA key")
    return key
