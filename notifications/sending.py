"""One request that tells an application of an event, in the delivery's dialect, and its outcome."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime

from notifications.dialects import Dialect, dialect_named
from notifications.models import Delivery
from notifications.models.deliveries import ANSWER_LENGTH
from notifications.signing import UnusableSecret
from paycenter.kernel.clock import now
from paycenter.kernel.guarded_http import guarded_session
from paycenter.kernel.http import Limits, NoAnswer, NotSent, WireResponse, exchange
from paycenter.kernel.metrics import NOTIFICATIONS
from paycenter.kernel.sealing import SealError
from paycenter.kernel.tracing import note_numbers

logger = logging.getLogger(__name__)

LIMITS = Limits(connect=5.0, total=15.0, max_bytes=65_536, truncate=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one request; ``status`` is None when there was no whole answer in time.

    What counts as delivered is for the dialect to say.
    """

    at: datetime
    milliseconds: int
    delivered: bool = False
    status: int | None = None
    answer: str = ""
    retry_after: str = ""
    error: str = ""

    @property
    def word(self) -> str:
        """How it is counted."""
        if self.delivered:
            return "delivered"
        return "no_answer" if self.status is None else "refused"


def send(delivery: Delivery) -> Outcome:
    """Tell a delivery's URL of its event. Never raises for what the receiver or its URL does."""
    note_numbers(delivery.event.data)
    outcome = _sent(delivery)
    NOTIFICATIONS.labels(outcome.word).observe(outcome.milliseconds / 1000)
    logger.info("notification %s: %s", delivery.event.event_id, outcome.word)
    return outcome


def _sent(delivery: Delivery) -> Outcome:
    at, started = now(), time.monotonic()
    dialect = dialect_named(delivery.dialect)
    try:
        response = exchange(guarded_session(), dialect.request(delivery, at), LIMITS)
    except (NotSent, NoAnswer, SealError, UnusableSecret) as error:
        milliseconds = _milliseconds_since(started)
        return Outcome(at, milliseconds, error=_too_late(milliseconds) or str(error)[:200])
    return _outcome(dialect, response, at=at, milliseconds=_milliseconds_since(started))


def _outcome(
    dialect: Dialect, response: WireResponse, *, at: datetime, milliseconds: int
) -> Outcome:
    error = _too_late(milliseconds) or dialect.refusal(response)
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
