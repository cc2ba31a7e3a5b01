"""Secrets at rest: AES-256-GCM under keys from the environment (``SEALING_KEYS``).

A sealed value reads ``s1.<key id>.<base64 of nonce, ciphertext, tag>``. Its place (model, row,
field) is authenticated with it, so that a sealed value copied to another row or field does not
open. The first configured key seals, all of them open: rotation is "put a new key first, run
``manage.py rotate_sealed``, drop the old one".
"""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "s1"
_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[a-z0-9_-]{1,16}")


class SealError(Exception):
    """A sealed value does not open: wrong place, unknown key, or altered."""


class Keyring:
    """The keys that seal and open, by id; the first one seals."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ValueError("no sealing key")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.sealing_key_id = next(iter(keys))

    def seal(self, plaintext: str, *, place: str) -> str:
        """Encrypt ``plaintext`` for one place (``model:row:field``)."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._ciphers[self.sealing_key_id]
        data = cipher.encrypt(nonce, plaintext.encode(), place.encode())
        payload = base64.urlsafe_b64encode(nonce + data).decode()
        return f"{VERSION}.{self.sealing_key_id}.{payload}"

    def unseal(self, sealed: str, *, place: str) -> str:
        """Decrypt a value sealed for ``place``. Raises ``SealError``."""
        try:
            version, key_id, payload = sealed.split(".")
            data = base64.urlsafe_b64decode(payload)
            if version != VERSION:
                raise SealError("unknown sealing version")
            cipher = self._ciphers[key_id]
            return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], place.encode()).decode()
        except (ValueError, KeyError, binascii.Error, InvalidTag):
            raise SealError(f"a sealed value does not open at {place}") from None

    def is_current(self, sealed: str) -> bool:
        """Whether ``sealed`` was made with the key that seals now."""
        return sealed.startswith(f"{VERSION}.{self.sealing_key_id}.")


@lru_cache(maxsize=4)
def parse_keyring(text: str) -> Keyring:
    """Read ``kid:base64,kid2:base64`` (32 bytes each). Raises ``ValueError`` with what to do."""
    keys: dict[str, bytes] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, encoded = item.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not _KEY_ID.fullmatch(key_id) or len(key) != 32 or key_id in keys:
            raise ValueError(
                "write it as id:key[,id:key...], each id [a-z0-9_-] and used once, each key the "
                "base64 of 32 random bytes; make one with: openssl rand -base64 32"
            )
        keys[key_id] = key
    return Keyring(keys)
