"""Signatures of notifications: Standard Webhooks 1.0, symmetric (``v1``).

Signed is ``id.timestamp.body``. The secret reads ``whsec_`` and base64 of 24 to 64 bytes. While it
rotates, every notification carries one signature per secret.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
SHORTEST_KEY_BYTES = 24


class UnusableSecret(Exception):
    """There is no secret, or it is none: nothing is ever signed with an empty key."""


def sign(body: bytes, *, secrets: Sequence[str], message_id: str, timestamp: int) -> dict[str, str]:
    """Return the three headers; ``timestamp`` is in Unix seconds. Raises ``UnusableSecret``."""
    if not secrets:
        raise UnusableSecret("the application has no notification secret")
    message = f"{message_id}.{timestamp}.".encode() + body
    signatures = (hmac.digest(_key(secret), message, hashlib.sha256) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            "v1," + base64.b64encode(signature).decode() for signature in signatures
        ),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or len(key) < SHORTEST_KEY_BYTES:
        raise UnusableSecret("the notification secret is not whsec_ and base64 of 24 bytes or more")
    return key
