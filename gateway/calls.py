"""One call to a channel: deadline, pooled session, a masked record of what was said, health.

No transaction may be open here: a channel may take its ten seconds.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from django.db import connection

from gateway.accounts import channel_account
from gateway.contract import Channel
from gateway.health.clock_skew import note_skew
from gateway.health.recording import count_call
from gateway.masking import masked_body, masked_url
from gateway.messages import ChannelAccount, Failure, Operation, Outcome, PaymentReport
from gateway.models import ChannelCall
from gateway.registry import channel_of
from gateway.tasks import request_refresh
from gateway.transport import CHANNEL_LIMITS, RecordingTransport, transport_for
from gateway.words import CLOSED
from merchants.models import PaymentAccount
from paycenter.kernel.clock import now
from paycenter.kernel.http import Limits
from paycenter.kernel.metrics import CHANNEL_CALLS

logger = logging.getLogger(__name__)

REQUEST_ID_HEADERS = ("request-id", "x-request-id")


class HasOutcome(Protocol):
    """Whatever a channel answers says how sure it is."""

    @property
    def outcome(self) -> Outcome:
        """How sure the center may be."""

    @property
    def failure(self) -> Failure | None:
        """The channel's words, where it refused or could not be believed."""


R = TypeVar("R", bound=HasOutcome)


@dataclass(frozen=True, slots=True)
class Called(Generic[R]):
    """The channel's answer, and the record of the call, to be saved with its effect."""

    answer: R
    record: ChannelCall


def call_channel(
    account: PaymentAccount,
    operation: Operation,
    number: str,
    ask: Callable[[Channel, ChannelAccount, RecordingTransport], R],
    *,
    limits: Limits = CHANNEL_LIMITS,
) -> Called[R]:
    """Ask a channel something and return its answer with an unsaved, masked record.

    ``number`` is the serial number the call is about, blank for a call about none. Raises
    ``ConfigurationError`` when the account cannot work; nothing was sent then.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a channel must not be called inside a transaction")
    channel = channel_of(account.channel_merchant.channel)
    transport = transport_for(account.channel_merchant, limits=limits)
    started = time.monotonic()
    answer = ask(channel, channel_account(account), transport)
    record = _record(account, channel, transport)
    record.operation, record.number, record.outcome = operation, number, _outcome(answer)
    seconds = time.monotonic() - started
    record.milliseconds = int(seconds * 1000)
    CHANNEL_CALLS.labels(channel.code, operation, record.outcome).observe(seconds)
    _log(channel, record)
    count_call(account, record, answer.failure)
    note_skew(channel.code, transport.response)
    if answer.failure is not None and answer.failure.unknown_key:
        request_refresh(account.channel_merchant_id, unknown_serial=True)
    return Called(answer=answer, record=record)


def _log(channel: Channel, record: ChannelCall) -> None:
    """Say what was asked and what came of it; by its id the channel finds it in its own log."""
    logger.info(
        "%s %s %s: %s in %d ms",
        channel.code,
        record.operation,
        record.number,
        record.outcome,
        record.milliseconds,
        extra={"channel_request_id": record.request_id},
    )


def _outcome(answer: HasOutcome) -> str:
    """Return what came of the call; a payment that is found or made closed is no failure."""
    if isinstance(answer, PaymentReport) and answer.closed:
        return CLOSED
    return answer.outcome


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
        record.url = masked_url(transport.request.url, channel.masked_fields)[:500]
        record.request_body = masked_body(transport.request.body, channel.masked_fields)
    if transport.response is not None:
        record.status = transport.response.status
        record.response_body = masked_body(transport.response.body, channel.masked_fields)
        headers = transport.response.headers
        record.request_id = next((headers[n] for n in REQUEST_ID_HEADERS if n in headers), "")[:80]
    return record
