"""The two signatures of EasyPay (易支付) over named texts.

Rules: EasyPay protocol V1 "MD5 signature" and V2 "RSA signature". Both sign the same string: all
filled parameters in the order of their names, as raw ``name=value`` joined by ``&``. V1 appends the
shared key and takes the MD5, V2 signs with SHA256withRSA and dates every message. The string is
ambiguous (a value may contain ``&``), so readers hold every value they use to a strict form.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from paycenter.kernel import clock

FRESHNESS_SECONDS = 300

_UNSIGNED = frozenset({"sign", "sign_type"})
_BLANKS = " \t\n\r\0\x0b"
"""What the platforms' ``trim`` takes for nothing; other blanks of Unicode count as content."""

_TIMESTAMP = re.compile(r"[0-9]{10}", re.ASCII)

Texts = Mapping[str, str]


class NotAuthentic(Exception):
    """A message the platform did not provably send, or not now; the text says why."""


class Scheme(Protocol):
    """How one account signs and verifies. Its name is what ``sign_type`` says."""

    @property
    def name(self) -> str:
        """The word in ``sign_type``."""

    def signed(self, texts: Texts) -> dict[str, str]:
        """Return the filled ``texts`` with everything that signing adds."""

    def verify(self, texts: Texts) -> None:
        """Raise ``NotAuthentic`` unless the platform signed exactly these texts."""


def content_to_sign(texts: Texts) -> str:
    """Return the string that is signed: everything filled except the signature itself."""
    filled = (name for name, value in texts.items() if value.strip(_BLANKS))
    return "&".join(f"{name}={texts[name]}" for name in sorted(filled) if name not in _UNSIGNED)


@dataclass(frozen=True, slots=True)
class SharedKeys:
    """V1: MD5 with a key both sides know. The newest of ``keys`` signs, each of them verifies.

    ``joint`` stands between content and key: nothing, or ``&key=`` on some platforms.
    """

    keys: tuple[str, ...] = field(repr=False)
    joint: str = ""
    name: str = "MD5"

    def signed(self, texts: Texts) -> dict[str, str]:
        """Return the filled texts with ``sign`` and ``sign_type``."""
        filled = _filled(texts)
        return {**filled, "sign": self._digest(filled, self.keys[0]), "sign_type": self.name}

    def verify(self, texts: Texts) -> None:
        """Compare in constant time, as bytes: a signature may hold any text."""
        given = _signature(texts, self.name).encode()
        expected = [self._digest(texts, key).encode() for key in self.keys]
        if not any(hmac.compare_digest(given, item) for item in expected):
            raise NotAuthentic("the signature is wrong")

    def _digest(self, texts: Texts, key: str) -> str:
        message = f"{content_to_sign(texts)}{self.joint}{key}".encode()
        return hashlib.md5(message, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class KeyPairs:
    """V2: RSA. The merchant's private key signs, each of the platform's public keys verifies."""

    private_key: RSAPrivateKey = field(repr=False)
    public_keys: tuple[RSAPublicKey, ...] = field(repr=False)
    name: str = "RSA"

    def signed(self, texts: Texts) -> dict[str, str]:
        """Return the filled texts with ``timestamp``, ``sign`` and ``sign_type``."""
        dated = {**_filled(texts), "timestamp": str(int(clock.now().timestamp()))}
        signature = self.private_key.sign(content_to_sign(dated).encode(), PKCS1v15(), SHA256())
        sign = base64.b64encode(signature).decode("ascii")
        return {**dated, "sign": sign, "sign_type": self.name}

    def verify(self, texts: Texts) -> None:
        """Verify the signature, then that it was made within the last five minutes."""
        try:
            signature = base64.b64decode(_signature(texts, self.name), validate=True)
        except (binascii.Error, ValueError):
            raise NotAuthentic("the signature is not base64") from None
        content = content_to_sign(texts).encode()
        if not any(_is_signed_by(key, signature, content) for key in self.public_keys):
            raise NotAuthentic("the signature is wrong")
        _check_fresh(texts.get("timestamp", ""))


def _filled(texts: Texts) -> dict[str, str]:
    return {name: value for name, value in texts.items() if value.strip(_BLANKS)}


def _signature(texts: Texts, scheme: str) -> str:
    """Return the signature. The account decides the algorithm; a message may not name another."""
    if texts.get("sign_type", "") not in ("", scheme):
        raise NotAuthentic(f"the signature is not of the account's kind ({scheme})")
    given = texts.get("sign", "")
    if not given:
        raise NotAuthentic("there is no signature")
    return given


def _is_signed_by(key: RSAPublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _check_fresh(timestamp: str) -> None:
    if not _TIMESTAMP.fullmatch(timestamp):
        raise NotAuthentic("the timestamp is not a number of seconds")
    if abs(int(clock.now().timestamp()) - int(timestamp)) > FRESHNESS_SECONDS:
        raise NotAuthentic("the timestamp is too far from the clock")
