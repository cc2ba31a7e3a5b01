"""What one call says of a channel's health: its infrastructure counts, and never a payer.

A success, a refusal, "not decided yet" and "no such number" are answers, whatever they mean for the
payment. So is whatever leaves the outcome open for a reason of the payment's own (paid already, the
number was used before).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.contract import Channel
from gateway.messages import Failure, Operation, Outcome, Trouble
from gateway.models import ChannelCall

WATCHED = frozenset(
    {
        Operation.PAY,
        Operation.QUERY,
        Operation.CLOSE,
        Operation.REFUND,
        Operation.REFUND_QUERY,
    }
)
OF_ONE_ACCOUNT = frozenset({Trouble.LIMITED, Trouble.UNVERIFIED})
"""Speaks of one account's pace or keys: no reason to refuse everybody else's payments."""

_NO_EXCHANGE: Mapping[str, Trouble] = {
    "NotSent": Trouble.NOT_SENT,
    "NoAnswer": Trouble.NO_ANSWER,
}
_OF_EVERY_CHANNEL: Mapping[str, Trouble] = {
    "unreadable_answer": Trouble.UNREADABLE,
    "unverified_answer": Trouble.UNVERIFIED,
}
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Observation:
    """One call as health sees it. Without ``trouble`` the channel answered."""

    is_payment: bool
    milliseconds: int
    trouble: Trouble | None = None
    is_refusal: bool = False


def observed(record: ChannelCall, channel: Channel, failure: Failure | None) -> Observation | None:
    """Return what a recorded call says, or None where it says nothing: nobody was asked.

    ``failure`` is what the channel, or its plugin, said of an answer that is no success.
    """
    if record.operation not in WATCHED or not record.method:
        return None
    return Observation(
        is_payment=record.operation == Operation.PAY,
        milliseconds=record.milliseconds,
        trouble=_NO_EXCHANGE.get(record.error.partition(":")[0])
        or _trouble(record, channel, failure),
        is_refusal=record.outcome == Outcome.FAILED,
    )


def _trouble(record: ChannelCall, channel: Channel, failure: Failure | None) -> Trouble | None:
    if record.outcome != Outcome.UNKNOWN:
        return None
    status = record.status or 0
    if status >= 500:
        return Trouble.SERVER_ERROR
    if status == _TOO_MANY_REQUESTS:
        return Trouble.LIMITED
    code = failure.code if failure else ""
    if status >= 300 and code == f"http_{status}":
        # A page of somebody on the way: nothing in it is the channel's.
        return Trouble.UNREADABLE
    return _OF_EVERY_CHANNEL.get(code) or channel.troubles.get(code)
