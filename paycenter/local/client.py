"""A client of the payment center's API, and the example to copy for an application's own.

Every request is signed with the application's key (`PC1-HMAC-SHA256`, docs/api.md "Signing a
request"): method, path with query, body, time and a number used once, so that nobody who saw a
request can change it or send it again.

    center = PaymentCenter("http://127.0.0.1:8000", key_id="...", secret="...")
    answer = center.post("/api/v1/payments", {"merchant_id": "M...", ...})
    answer.status, answer.body["serial_no"]
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.auth import AuthBase

SCHEME = "PC1-HMAC-SHA256"


def string_to_sign(*, timestamp: str, nonce: str, method: str, target: str, body: bytes) -> str:
    """Return what the signature covers; `target` is the path with its query exactly as sent."""
    parts = (SCHEME, timestamp, nonce, method, target, hashlib.sha256(body).hexdigest())
    return "".join(f"{part}\n" for part in parts)


def signature(secret: str, text: str) -> str:
    """Return the base64 signature of a string to sign."""
    mac = hmac.new(secret.encode(), text.encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


@dataclass(frozen=True)
class SignedRequest(AuthBase):
    """Puts the four signature headers on every request of a session."""

    key_id: str
    secret: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign the request as it will go over the wire."""
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        body = request.body or b""
        text = string_to_sign(
            timestamp=timestamp,
            nonce=nonce,
            method=request.method or "GET",
            target=request.path_url,
            body=body if isinstance(body, bytes) else body.encode(),
        )
        request.headers["X-Pc-Key"] = self.key_id
        request.headers["X-Pc-Timestamp"] = timestamp
        request.headers["X-Pc-Nonce"] = nonce
        request.headers["X-Pc-Signature"] = signature(self.secret, text)
        return request


@dataclass(frozen=True)
class Answer:
    """The center's answer: HTTP status, headers, and the JSON body."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]


class PaymentCenter:
    """One application's connection to the payment center. Times out after `timeout` seconds."""

    def __init__(self, base_url: str, *, key_id: str, secret: str, timeout: float = 35) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._session = requests.Session()
        # The environment's proxies and .netrc are not meant for signed requests.
        self._session.trust_env = False
        self._session.auth = SignedRequest(key_id, secret)

    def get(self, path: str, **query: str | int) -> Answer:
        """Read something: `get("/api/v1/payments", order_no="A1")`."""
        return self._send("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Send something, as JSON."""
        return self._send("POST", path, json=body or {})

    def _send(self, method: str, path: str, **content: Any) -> Answer:
        response = self._session.request(
            method,
            self._base_url + path,
            timeout=self._timeout,
            allow_redirects=False,  # a redirected request would carry a signature for another path
            **content,
        )
        return Answer(response.status_code, response.headers, json.loads(response.content))
