"""One POST of an event to an application: what is sent, and what counts as delivered."""

import time
from dataclasses import dataclass
from datetime import datetime

from merchants.models import Application
from notifications.models import Delivery, Event
from notifications.models.deliveries import ANSWER_LENGTH
from notifications.signing import UnusableSecret, sign
from paycenter.kernel import strict_json
from paycenter.kernel.clock import now, rfc3339
from paycenter.kernel.guarded_http import guarded_session
from paycenter.kernel.http import Limits, NoAnswer, NotSent, WireRequest, WireResponse, exchange
from paycenter.kernel.sealing import SealError

LIMITS = Limits(connect=5.0, total=15.0, max_bytes=65_536, truncate=True)
USER_AGENT = "paycenter-notifications/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one POST; ``status`` is None when there was no whole answer in time.

    Delivered is a 2xx and nothing else: a redirect is a failure.
    """

    at: datetime
    milliseconds: int
    delivered: bool = False
    status: int | None = None
    answer: str = ""
    retry_after: str = ""
    error: str = ""


def event_body(event: Event) -> bytes:
    """Return the JSON of a numbered event: the same bytes on every retry."""
    document = {
        "id": event.event_id,
        "type": event.type,
        "occurred_at": rfc3339(event.occurred_at),
        "position": event.position,
        "data": event.data,
    }
    return strict_json.dumps(document).encode()


def send(delivery: Delivery) -> Outcome:
    """POST a delivery's event to its URL. Never raises for what the receiver or its URL does."""
    at, started = now(), time.monotonic()
    try:
        response = exchange(guarded_session(), _request(delivery, at), LIMITS)
    except (NotSent, NoAnswer, SealError, UnusableSecret) as error:
        milliseconds = _milliseconds_since(started)
        return Outcome(at, milliseconds, error=_too_late(milliseconds) or str(error)[:200])
    return _outcome(response, at=at, milliseconds=_milliseconds_since(started))


def _request(delivery: Delivery, at: datetime) -> WireRequest:
    body = event_body(delivery.event)
    headers = sign(
        body,
        secrets=_secrets(delivery.application),
        message_id=delivery.event.event_id,
        timestamp=int(at.timestamp()),
    )
    headers |= {"Content-Type": "application/json", "User-Agent": USER_AGENT}
    return WireRequest("POST", delivery.url, headers, body)


def _secrets(application: Application) -> list[str]:
    """Return the secrets that sign now: the current one, and the former one while it rotates."""
    fields = ("sealed_webhook_secret", "sealed_previous_webhook_secret")
    return [secret for secret in map(application.unseal, fields) if secret]


def _outcome(response: WireResponse, *, at: datetime, milliseconds: int) -> Outcome:
    refusal = "" if 200 <= response.status < 300 else f"HTTP {response.status}"
    error = _too_late(milliseconds) or refusal
    return Outcome(
        at,
        milliseconds,
        delivered=not error,
        status=response.status,
        answer=_text(response.body),
        retry_after=response.headers.get("retry-after", ""),
        error=error,
    )


def _too_late(milliseconds: int) -> str:
    """Say so when the time was used up: an answer cut off then may look like a whole one."""
    seconds = LIMITS.total
    return f"no whole answer within {seconds:g} s" if milliseconds >= seconds * 1000 else ""


def _text(body: bytes) -> str:
    """Keep the beginning of an answer as text PostgreSQL can store."""
    return body[:ANSWER_LENGTH].decode("utf-8", "replace").replace("\x00", "�")[:ANSWER_LENGTH]


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
