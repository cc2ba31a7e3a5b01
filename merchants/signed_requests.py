"""Who is calling: ``PC1-HMAC-SHA256`` over the request exactly as it was sent.

The rule is in the API documentation, "Signing a request". Order of checks: shape, clock, key and
signature, application, address. An unknown key is checked against a decoy secret, so that it takes
as long and answers the same as a wrong signature.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest

from merchants.models import Application, ApplicationKey
from paycenter.kernel.addresses import client_address, is_within
from paycenter.kernel.api import raw_target
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.kernel.prepared import PreparedRow
from paycenter.kernel.statements import prepared_cursor

SCHEME = "PC1-HMAC-SHA256"
CLOCK_TOLERANCE_SECONDS = 300
# A nonce is remembered until a request bearing it is too old on any clock we would accept.
NONCE_LIFETIME = timedelta(seconds=2 * CLOCK_TOLERANCE_SECONDS + 60)
TRIES = 3

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_DECOY_SECRET = "decoy-secret-for-keys-nobody-has"  # noqa: S105 (a decoy, signs nothing)

_KEY = PreparedRow(
    lambda key_id: ApplicationKey.objects.select_related("application").filter(
        key_id=key_id, revoked_at=None
    ),
    str,
)

T = TypeVar("T")


def string_to_sign(*, timestamp: str, nonce: str, method: str, target: str, body: bytes) -> bytes:
    """Return the bytes a caller signs: six parts, each followed by a line feed.

    ``target`` is the path with its query exactly as sent.
    """
    parts = (SCHEME, timestamp, nonce, method, target, hashlib.sha256(body).hexdigest())
    return "".join(f"{part}\n" for part in parts).encode()


def signature(secret: str, message: bytes) -> bytes:
    """Return the raw HMAC-SHA256 with the secret's UTF-8 bytes."""
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated application, with the nonce of this one request."""

    application: Application
    key: ApplicationKey
    nonce: str

    def spend_nonce(self) -> None:
        """Remember the nonce; one statement. Raises ``Problem`` ``nonce_reused``.

        PostgreSQL lets a second insert wait for the first one's transaction, so of two identical
        requests in parallel exactly one passes.
        """
        with prepared_cursor() as cursor:
            cursor.execute(
                "INSERT INTO merchants_usednonce (key_id, nonce, expires_at) VALUES (%s, %s, %s) "
                "ON CONFLICT DO NOTHING RETURNING id",
                [self.key.pk, self.nonce, now() + NONCE_LIFETIME],
            )
            if cursor.fetchone() is None:
                raise Problem("nonce_reused", "Sign the request again with a fresh X-Pc-Nonce.")

    def commit_once(self, work: Callable[[], T]) -> T:
        """Run ``work`` in one transaction that also spends the nonce.

        A refusal rolls the work back and spends the nonce all the same. A lost race on a unique
        key, a deadlock or a serialization failure repeats the whole transaction.
        """
        for attempt in range(1, TRIES + 1):
            try:
                with transaction.atomic():
                    self.spend_nonce()
                    return work()
            except Problem:
                self.spend_nonce()
                raise
            except IntegrityError:
                if attempt == TRIES:
                    raise
            except OperationalError as error:
                if attempt == TRIES or not _may_repeat(error):
                    raise
        raise AssertionError("unreachable")


def authenticate(request: HttpRequest) -> Caller:
    """Return who signed this request, or raise the ``Problem`` that says why not."""
    key_id = _header(request, "X-Pc-Key", _KEY_ID)
    timestamp = _header(request, "X-Pc-Timestamp", _TIMESTAMP)
    nonce = _header(request, "X-Pc-Nonce", _NONCE)
    _check_clock(timestamp)
    key = _KEY.find(key_id)
    secret = key.unseal("sealed_secret") if key else _DECOY_SECRET
    message = string_to_sign(
        timestamp=timestamp,
        nonce=nonce,
        method=request.method or "",
        target=raw_target(request),
        body=request.body,
    )
    expected = signature(secret, message)
    given = decoded(request.headers.get("X-Pc-Signature", ""))
    if not hmac.compare_digest(expected, given) or key is None:
        raise _refused()
    _check_application(key.application, client_address(request))
    return Caller(application=key.application, key=key, nonce=nonce)


def _header(request: HttpRequest, name: str, shape: re.Pattern[str]) -> str:
    value = request.headers.get(name, "")
    if not shape.fullmatch(value):
        raise Problem("signature_invalid", f"The header {name} is missing or malformed.")
    return value


def _check_clock(timestamp: str) -> None:
    server_time = int(now().timestamp())
    if abs(server_time - int(timestamp)) > CLOCK_TOLERANCE_SECONDS:
        raise Problem(
            "timestamp_out_of_range",
            "X-Pc-Timestamp is Unix seconds and may be off by 300; set the clock by server_time.",
            extra={"server_time": server_time},
        )


def _check_application(application: Application, address: str) -> None:
    if not application.is_active:
        raise Problem("application_disabled", "Ask the operator of the center to enable it.")
    if application.ip_allow_list and not is_within(address, application.ip_allow_list):
        raise Problem("ip_not_allowed", f"The request came from {address or 'an unknown address'}.")


def decoded(text: str) -> bytes:
    """Return the signature that a base64 text stands for, or nothing where it stands for none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _refused() -> Problem:
    return Problem(
        "signature_invalid",
        "The key is unknown or the signature does not match method, path, query and body as sent.",
    )


def _may_repeat(error: OperationalError) -> bool:
    """Whether PostgreSQL rolled back for a reason that another try may not meet again."""
    return getattr(error.__cause__, "sqlstate", None) in {"40001", "40P01"}
