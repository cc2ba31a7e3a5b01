"""A calling application in tests: signs with PC1-HMAC-SHA256, written from the contract anew."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from django.test import Client


@dataclass(frozen=True)
class Answer:
    """What the center answered."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The problem's code, blank when there is none."""
        return str(self.body.get("code", ""))

    def __getitem__(self, name: str) -> Any:
        """Return a member of the body."""
        return self.body[name]


@dataclass(frozen=True)
class SigningClient:
    """Sends signed requests through Django's test client; safe to use from several threads."""

    key_id: str
    secret: str = field(repr=False)

    def get(self, path: str, **headers: str) -> Answer:
        """Send a signed GET."""
        return self.send("GET", path, b"", **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a signed POST with ``body`` as JSON, or the very bytes given."""
        if not isinstance(body, bytes):
            body = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        return self.send("POST", path, body, **headers)

    def send(self, method: str, path: str, raw: bytes, **changes: str) -> Answer:
        """Send a signed request; ``changes`` replace headers (``X_Pc_Nonce=...``) after signing.

        ``nonce`` and ``timestamp`` are signed as given.
        """
        nonce = changes.pop("nonce", None) or secrets.token_hex(16)
        timestamp = changes.pop("timestamp", None) or str(int(time.time()))
        headers = self.headers(method, path, raw, nonce=nonce, timestamp=timestamp)
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        response = Client().generic(
            method, path, data=raw, content_type="application/json", headers=headers
        )
        is_json = response.headers.get("Content-Type", "").endswith("json")
        body = json.loads(response.content) if is_json and response.content else {}
        return Answer(response.status_code, body, dict(response.items()))

    def headers(
        self, method: str, path: str, raw: bytes, *, nonce: str, timestamp: str
    ) -> dict[str, str]:
        """Return the four headers of a request."""
        digest = hashlib.sha256(raw).hexdigest()
        parts = ("PC1-HMAC-SHA256", timestamp, nonce, method, path, digest)
        message = "".join(part + "\n" for part in parts).encode()
        mac = hmac.new(self.secret.encode(), message, hashlib.sha256).digest()
        return {
            "X-Pc-Key": self.key_id,
            "X-Pc-Timestamp": timestamp,
            "X-Pc-Nonce": nonce,
            "X-Pc-Signature": base64.b64encode(mac).decode(),
        }
