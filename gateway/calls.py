"""One call to a channel: deadline, pooled session, and a masked record of what was said.

No transaction may be open here: a channel may take its ten seconds.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import requests
from django.db import connection

from gateway.accounts import channel_account
from gateway.contract import Channel
from gateway.masking import masked_body
from gateway.messages import ChannelAccount, Operation, Outcome
from gateway.models import ChannelCall
from gateway.registry import channel_of
from merchants.models import PaymentAccount
from paycenter.kernel.clock import now
from paycenter.kernel.http import (
    Limits,
    NoAnswer,
    NotSent,
    WireRequest,
    WireResponse,
    exchange,
    pooled_session,
)

CHANNEL_LIMITS = Limits(connect=3.0, total=10.0, max_bytes=1_048_576)
REQUEST_ID_HEADERS = ("request-id", "x-request-id")


class HasOutcome(Protocol):
    """Whatever a channel answers says how sure it is."""

    @property
    def outcome(self) -> Outcome:
        """How sure the center may be."""


R = TypeVar("R", bound=HasOutcome)


@dataclass(frozen=True, slots=True)
class Called(Generic[R]):
    """The channel's answer, and the record of the call, to be saved with its effect."""

    answer: R
    record: ChannelCall


class RecordingTransport:
    """Sends for one call and remembers the last exchange for its record."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self.request: WireRequest | None = None
        self.response: WireResponse | None = None
        self.error = ""

    def send(self, request: WireRequest) -> WireResponse:
        """Send within the limits. Raises ``NotSent`` or ``NoAnswer``."""
        self.request, self.response, self.error = request, None, ""
        try:
            self.response = exchange(self._session, request, CHANNEL_LIMITS)
        except (NotSent, NoAnswer) as error:
            self.error = f"{type(error).__name__}: {error}"[:200]
            raise
        return self.response


def call_channel(
    account: PaymentAccount,
    operation: Operation,
    number: str,
    ask: Callable[[Channel, ChannelAccount, RecordingTransport], R],
) -> Called[R]:
    """Ask a channel something and return its answer with an unsaved, masked record.

    ``number`` is the serial number the call is about. Raises ``ConfigurationError`` when the
    account cannot work; nothing was sent then.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a channel must not be called inside a transaction")
    channel = channel_of(account.channel_merchant.channel)
    transport = RecordingTransport(session_of(channel.code))
    started = time.monotonic()
    answer = ask(channel, channel_account(account), transport)
    record = _record(account, channel, transport)
    record.operation, record.number, record.outcome = operation, number, answer.outcome
    record.milliseconds = int((time.monotonic() - started) * 1000)
    return Called(answer=answer, record=record)


def _record(
    account: PaymentAccount, channel: Channel, transport: RecordingTransport
) -> ChannelCall:
    record = ChannelCall(
        merchant_id=account.channel_merchant.merchant_id,
        payment_account_id=account.pk,
        error=transport.error,
        created_at=now(),
    )
    if transport.request is not None:
        record.method = transport.request.method
        record.url = transport.request.url[:500]
        record.request_body = masked_body(transport.request.body, channel.masked_fields)
    if transport.response is not None:
        record.status = transport.response.status
        record.response_body = masked_body(transport.response.body, channel.masked_fields)
        headers = transport.response.headers
        record.request_id = next((headers[n] for n in REQUEST_ID_HEADERS if n in headers), "")[:80]
    return record


_sessions: dict[str, requests.Session] = {}
_sessions_lock = threading.Lock()


def session_of(code: str) -> requests.Session:
    """Return this process's session for a channel, made on first use (after any fork)."""
    with _sessions_lock:
        if code not in _sessions:
            _sessions[code] = pooled_session()
        return _sessions[code]
