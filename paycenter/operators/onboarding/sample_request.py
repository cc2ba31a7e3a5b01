"""A request that is really signed with a new key, for developers to compare theirs with."""

import base64
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from merchants.models import PaymentAccount
from merchants.signed_requests import signature, string_to_sign
from paycenter.kernel import strict_json
from paycenter.kernel.clock import now


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """A request as it goes over the wire, and the text that its signature covers.

    It may be sent once, within the time its signature counts. Its parts are no secret, but whoever
    has them may send it.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: str
    string_to_sign: str

    @property
    def url(self) -> str:
        """Where it is sent."""
        return settings.PUBLIC_BASE_URL + self.target

    @property
    def curl(self) -> str:
        """The command that sends it."""
        words = ["curl", "-X", self.method, self.url]
        for name, value in self.headers.items():
            words += ["-H", f"{name}: {value}"]
        return shlex.join([*words, "--data-raw", self.body] if self.body else words)


def sample_request(key_id: str, secret: str, account: PaymentAccount | None) -> SampleRequest:
    """Return a request for a page to pay the least that ``account`` takes.

    Where the application may use no account yet, it asks which ones it may use.
    """
    if account is None:
        return _signed(key_id, secret, "GET", "/api/v1/payment-accounts")
    body = {
        "merchant_id": account.channel_merchant.merchant.merchant_no,
        "payment_ids": [account.payment_no],
        "order_no": f"sample-{secrets.token_hex(6)}",
        "amount": account.min_amount,
        "subject": "sample",
    }
    return _signed(key_id, secret, "POST", "/api/v1/checkouts", strict_json.dumps(body))


def _signed(key_id: str, secret: str, method: str, target: str, body: str = "") -> SampleRequest:
    timestamp, nonce = str(int(now().timestamp())), secrets.token_hex(16)
    message = string_to_sign(
        timestamp=timestamp, nonce=nonce, method=method, target=target, body=body.encode()
    )
    headers = {
        "X-Pc-Key": key_id,
        "X-Pc-Timestamp": timestamp,
        "X-Pc-Nonce": nonce,
        "X-Pc-Signature": base64.b64encode(signature(secret, message)).decode(),
    }
    if body:
        headers = {"Content-Type": "application/json", **headers}
    return SampleRequest(method, target, headers, body, message.decode())
