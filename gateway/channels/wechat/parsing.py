"""WeChat Pay's JSON turned into the center's reports; reads verified messages only.

Rules: WeChat Pay APIv3, "Query order", "Query a single refund", "Payment result callback", "Refund
result callback". An optional field may be missing, a field of the wrong type makes the whole
message unreadable: nothing is guessed.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.channels.wechat.statuses import (
    REFUND_NEEDS_PERSON,
    REFUND_STATES,
    TRADE_STATES,
)
from gateway.messages import ChannelAccount, Failure, Outcome, PaymentReport, RefundReport
from paycenter.kernel import strict_json

Json = Mapping[str, Any]

_NUMBER = re.compile(r"[0-9A-Za-z_|*@-]{0,64}", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 2000, 9000
"""A time that is not set comes as year 1."""


class Unreadable(ValueError):
    """An authentic message that is not as documented; the text says where."""


def parse_object(raw: bytes) -> Json:
    """Return the JSON object in ``raw``. Raises ``Unreadable``, also for duplicate keys."""
    try:
        value = strict_json.loads(raw)
    except ValueError as error:  # InvalidJSON, or a number of more digits than Python converts
        raise Unreadable(str(error)) from None
    if not isinstance(value, dict):
        raise Unreadable("the message is not a JSON object")
    return value


def words(value: object, limit: int = 256) -> str:
    """Return a text meant for people: bounded, without control characters, empty if it is none."""
    if not isinstance(value, str):
        return ""
    return "".join(character for character in value if character.isprintable())[:limit]


def text(data: Json, name: str) -> str:
    """Return a string member, empty when missing."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"{name} is not a string")
    return value


def required_text(data: Json, name: str) -> str:
    """Return a string member that must be there and not empty."""
    value = text(data, name)
    if not value:
        raise Unreadable(f"{name} is missing")
    return value


def member(data: Json, name: str) -> Json:
    """Return an object member, empty when missing."""
    value = data.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is not an object")
    return value


def moment(data: Json, name: str) -> datetime | None:
    """Return an RFC 3339 time, None when missing or not set."""
    value = text(data, name)
    if not value:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable(f"{name} is not a time") from None
    if parsed.tzinfo is None:
        raise Unreadable(f"{name} has no offset")
    return parsed if _FIRST_YEAR <= parsed.year <= _LAST_YEAR else None


def number(data: Json, name: str, *, required: bool = False) -> str:
    """Return one of the numbers that name an order, a refund or a share."""
    value = required_text(data, name) if required else text(data, name)
    if not _NUMBER.fullmatch(value):
        raise Unreadable(f"{name} has characters that no number has")
    return value


def fen(data: Json, name: str) -> int | None:
    """Return an amount in fen, None when missing."""
    value = data.get(name)
    if value is None:
        return None
    # bool is an int to isinstance, and 1.0 equals 1.
    if type(value) is not int:
        raise Unreadable(f"{name} is not an integer of fen")
    return value


def signed_mchid(account: ChannelAccount, data: Json) -> str:
    """Return the merchant the message is for; for a partner message that is the sub-merchant."""
    return text(data, "sub_mchid" if account.is_partner else "mchid")


def signed_provider(data: Json) -> str:
    """Return the service provider the message names, empty for a direct merchant's."""
    return text(data, "sp_mchid")


def payment_report(account: ChannelAccount, data: Json) -> PaymentReport:
    """Read an order, as a query answers it and a payment callback carries it."""
    state = required_text(data, "trade_state")
    outcome = TRADE_STATES.get(state, Outcome.UNKNOWN)
    amount = member(data, "amount")
    paid = outcome is Outcome.SUCCEEDED
    explained = outcome in (Outcome.FAILED, Outcome.UNKNOWN)
    return PaymentReport(
        outcome=outcome,
        serial_no=number(data, "out_trade_no", required=True),
        channel_serial_no=number(data, "transaction_id", required=paid),
        amount=fen(amount, "total"),
        payer_amount=fen(amount, "payer_total"),
        currency=text(amount, "currency"),
        mchid=signed_mchid(account, data),
        appid=text(data, "sub_appid" if account.is_partner else "appid"),
        paid_at=moment(data, "success_time") if paid else None,
        payer_id=_payer_id(member(data, "payer")),
        closed=outcome is Outcome.FAILED,
        failure=Failure(state, words(data.get("trade_state_desc"))) if explained else None,
    )


def refund_report(account: ChannelAccount, data: Json, *, state_field: str) -> RefundReport:
    """Read a refund: ``state_field`` is ``status`` in answers and ``refund_status`` in callbacks.

    ``success_time`` proves nothing: it has been seen on refunds still in progress.
    """
    state = required_text(data, state_field)
    outcome = REFUND_STATES.get(state, Outcome.UNKNOWN)
    amount = member(data, "amount")
    done = outcome is Outcome.SUCCEEDED
    return RefundReport(
        outcome=outcome,
        refund_serial_no=number(data, "out_refund_no", required=True),
        serial_no=number(data, "out_trade_no"),
        channel_refund_no=number(data, "refund_id"),
        amount=fen(amount, "refund"),
        currency=text(amount, "currency"),
        mchid=signed_mchid(account, data),
        succeeded_at=moment(data, "success_time") if done else None,
        needs_person=state == REFUND_NEEDS_PERSON,
        failure=None if done or state == "PROCESSING" else Failure(state, ""),
    )


def _payer_id(payer: Json) -> str:
    return text(payer, "openid") or text(payer, "sub_openid") or text(payer, "sp_openid")
