"""Keys handed over as bare base64, framed as PEM so that everything else reads one form only.

Payment consoles and their key tools show the base64 inside a PEM file without its first and last
line, of PKCS#1 and PKCS#8 alike.
"""

import base64
import binascii

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)


def framed(text: str) -> str:
    """Return bare base64 of a key or certificate as PEM; any other text as it is, trimmed."""
    if "-----" in text:
        return text.strip()
    try:
        der = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return text.strip()
    for read in (_private, _public, _certificate):
        try:
            return read(der).decode("ascii").strip()
        except _UNREADABLE:
            continue
    return text.strip()


def _private(der: bytes) -> bytes:
    key = load_der_private_key(der, password=None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _public(der: bytes) -> bytes:
    return load_der_public_key(der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _certificate(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
