"""Signatures and sealed resources of WeChat Pay, as pure functions over bytes.

Rules: WeChat Pay APIv3, "Generate a signature", "Verify a signature", "Decrypt callbacks and
certificates", "Encrypt sensitive information". Every line of a signed message ends with a newline,
the last one included.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from paycenter.kernel import clock

SCHEME = "WECHATPAY2-SHA256-RSA2048"
SEAL_ALGORITHM = "AEAD_AES_256_GCM"
MAX_PLAIN_BYTES = 214
"""What a key of 2048 bits encrypts at once."""
FRESHNESS_SECONDS = 300
SERIAL_HEADER = "wechatpay-serial"
SIGNATURE_HEADER = "wechatpay-signature"
TIMESTAMP_HEADER = "wechatpay-timestamp"
NONCE_HEADER = "wechatpay-nonce"

_SEAL_NONCE_BYTES = 12
"""RFC 5116 fixes the nonce of AEAD_AES_256_GCM at 12 octets."""

_TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)
_CERTIFICATE_SERIAL = re.compile(r"[0-9A-Fa-f]{8,40}", re.ASCII)


class NotAuthentic(Exception):
    """A message that WeChat Pay did not provably send, or not now; the text says why.

    ``unknown_key``: it names a certificate that a refresh might bring.
    """

    def __init__(self, reason: str, *, unknown_key: bool = False) -> None:
        super().__init__(reason)
        self.unknown_key = unknown_key


class Stamp(NamedTuple):
    """When a message is signed (Unix seconds as text) and what makes it unique."""

    timestamp: str
    nonce: str

    @classmethod
    def fresh(cls) -> "Stamp":
        """Return the current second and a new 32-character nonce."""
        return cls(str(int(clock.now().timestamp())), secrets.token_hex(16).upper())


@dataclass(frozen=True, slots=True)
class Signer:
    """The private key of a merchant or service provider, and its certificate's serial."""

    serial: str
    key: RSAPrivateKey = field(repr=False)

    def sign(self, message: bytes) -> str:
        """Return the base64 RSA-SHA256 signature."""
        signature = self.key.sign(message, PKCS1v15(), SHA256())
        return base64.b64encode(signature).decode("ascii")

    def authorization(
        self, *, mchid: str, method: str, target: str, body: bytes, stamp: Stamp
    ) -> str:
        """Return the ``Authorization`` value for exactly this request target and these bytes."""
        head = f"{method}\n{target}\n{stamp.timestamp}\n{stamp.nonce}\n".encode()
        signature = self.sign(head + body + b"\n")
        return (
            f'{SCHEME} mchid="{mchid}",nonce_str="{stamp.nonce}",signature="{signature}",'
            f'timestamp="{stamp.timestamp}",serial_no="{self.serial}"'
        )

    def launch_signature(self, *, appid: str, package: str, stamp: Stamp) -> str:
        """Return what the payer's device presents: ``paySign``, or ``sign`` of the APP product."""
        return self.sign(f"{appid}\n{stamp.timestamp}\n{stamp.nonce}\n{package}\n".encode())


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A key WeChat Pay signs with; a platform certificate brings its validity, a bare key none."""

    key: RSAPublicKey = field(repr=False)
    not_before: datetime | None = None
    not_after: datetime | None = None

    @property
    def started_at(self) -> float:
        """Unix seconds since which the certificate is valid; 0 for a bare key."""
        return self.not_before.timestamp() if self.not_before else 0.0

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether the certificate may be used at this moment."""
        started = self.not_before is None or self.not_before <= moment
        return started and (self.not_after is None or moment <= self.not_after)


def verify(trusted: Mapping[str, VerificationKey], headers: Mapping[str, str], body: bytes) -> None:
    """Check a callback or an answer against the trusted keys; header names are in lower case.

    A probe (a signature beginning with ``WECHATPAY/SIGNTEST/``) needs no rule of its own: it
    fails like any other wrong signature. Raises ``NotAuthentic``.
    """
    stamp = Stamp(_header(headers, TIMESTAMP_HEADER), _header(headers, NONCE_HEADER))
    signature = _header(headers, SIGNATURE_HEADER)
    serial = _header(headers, SERIAL_HEADER)
    _check_fresh(stamp.timestamp)
    key = _trusted_key(trusted, serial)
    message = f"{stamp.timestamp}\n{stamp.nonce}\n".encode() + body + b"\n"
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        raise NotAuthentic("the signature is wrong") from None


def unseal(keys: Sequence[bytes], *, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """Open a sealed resource with the first of ``keys`` (APIv3 keys) that fits.

    Raises ``NotAuthentic`` with one and the same text for a wrong key and a changed resource.
    """
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
    except (binascii.Error, ValueError):
        raise NotAuthentic("the resource is not base64") from None
    if len(nonce.encode()) != _SEAL_NONCE_BYTES:
        raise NotAuthentic("the resource's nonce has the wrong length")
    for key in keys:
        try:
            return AESGCM(key).decrypt(nonce.encode(), sealed, associated_data.encode())
        except InvalidTag:
            continue
    raise NotAuthentic("the resource cannot be opened")


def encrypted(key: RSAPublicKey, text: str) -> str:
    """Return a text that only WeChat Pay can read, as base64; it differs at every call.

    ``text`` is at most ``MAX_PLAIN_BYTES`` long in UTF-8. SHA-1 is what WeChat Pay prescribes; its
    collisions do no harm in this padding.
    """
    padding = OAEP(mgf=MGF1(SHA1()), algorithm=SHA1(), label=None)  # noqa: S303
    return base64.b64encode(key.encrypt(text.encode(), padding)).decode("ascii")


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise NotAuthentic(f"{name} is missing")
    return value


def _check_fresh(timestamp: str) -> None:
    if not _TIMESTAMP.fullmatch(timestamp):
        raise NotAuthentic("the timestamp is not a number of seconds")
    if abs(int(clock.now().timestamp()) - int(timestamp)) > FRESHNESS_SECONDS:
        raise NotAuthentic("the timestamp is too far from the clock")


def _trusted_key(trusted: Mapping[str, VerificationKey], serial: str) -> RSAPublicKey:
    found = trusted.get(serial)
    if found is None:
        # A bare public key cannot be downloaded, so only a certificate is worth a refresh.
        refreshable = _CERTIFICATE_SERIAL.fullmatch(serial) is not None
        raise NotAuthentic("the serial is not on the allow list", unknown_key=refreshable)
    if not found.is_valid_at(clock.now()):
        raise NotAuthentic("the certificate is not valid now")
    return found.key
