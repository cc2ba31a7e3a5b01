"""RSA2 signatures of Alipay, as pure functions over bytes.

Rules: Alipay Open Platform, "Signature" and "Verify an asynchronous notification". RSA2 is
SHA256withRSA with PKCS#1 v1.5 padding. It is the only algorithm here: none is ever taken from a
message.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from paycenter.kernel import clock

SIGN_TYPE = "RSA2"


class NotAuthentic(Exception):
    """A message that Alipay did not provably send; the text says why.

    ``unknown_key``: it may be signed by a certificate that a refresh would bring.
    """

    def __init__(self, reason: str, *, unknown_key: bool = False) -> None:
        super().__init__(reason)
        self.unknown_key = unknown_key


@dataclass(frozen=True, slots=True)
class Signer:
    """The private key of an application."""

    key: RSAPrivateKey = field(repr=False)

    def sign(self, message: bytes) -> str:
        """Return the base64 RSA2 signature."""
        signature = self.key.sign(message, PKCS1v15(), SHA256())
        return base64.b64encode(signature).decode("ascii")


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A key Alipay signs with; a certificate brings its validity, a bare public key none."""

    key: RSAPublicKey = field(repr=False)
    not_before: datetime | None = None
    not_after: datetime | None = None

    @property
    def is_certificate(self) -> bool:
        """Whether a newer one can be downloaded."""
        return self.not_after is not None

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether the key may be used at this moment."""
        started = self.not_before is None or self.not_before <= moment
        return started and (self.not_after is None or moment <= self.not_after)

    def fits(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature was made over these bytes with this key's other half."""
        try:
            self.key.verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


def joined(parameters: Mapping[bytes, bytes]) -> bytes:
    """Return the bytes that a signature over parameters covers: sorted, raw, never URL-encoded."""
    return b"&".join(name + b"=" + value for name, value in sorted(parameters.items()))


def signed_parameters(parameters: Mapping[str, str], signer: Signer) -> dict[str, str]:
    """Return the parameters of a request with their ``sign``; empty ones are left out."""
    filled = {name: value for name, value in parameters.items() if value.strip()}
    content = joined({name.encode(): value.encode() for name, value in filled.items()})
    return {**filled, "sign": signer.sign(content)}


def verify(
    trusted: Mapping[str, VerificationKey],
    messages: Iterable[bytes],
    signature: str,
    *,
    serial: str = "",
) -> None:
    """Check that one of ``messages`` is what the signature covers. Raises ``NotAuthentic``.

    ``serial`` names the certificate; a message without one may be signed by any trusted key.
    """
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raise NotAuthentic("the signature is not base64") from None
    if not raw:
        raise NotAuthentic("the signature is missing")
    keys = _keys(trusted, serial)
    if not any(key.fits(raw, message) for message in messages for key in keys):
        # Only a certificate can have been replaced by one that is not known yet.
        replaced = not serial and _has_certificate(trusted)
        raise NotAuthentic("the signature is wrong", unknown_key=replaced)


def _keys(trusted: Mapping[str, VerificationKey], serial: str) -> list[VerificationKey]:
    moment = clock.now()
    if not serial:
        return [key for key in trusted.values() if key.is_valid_at(moment)]
    found = trusted.get(serial)
    if found is None:
        refreshable = _has_certificate(trusted)
        raise NotAuthentic("the serial is not on the allow list", unknown_key=refreshable)
    if not found.is_valid_at(moment):
        raise NotAuthentic("the certificate is not valid now", unknown_key=True)
    return [found]


def _has_certificate(trusted: Mapping[str, VerificationKey]) -> bool:
    return any(key.is_certificate for key in trusted.values())
