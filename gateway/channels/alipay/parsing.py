"""Alipay's words turned into the center's reports; reads verified messages only.

Rules: Alipay Open Platform, "alipay.trade.query", "alipay.trade.fastpay.refund.query",
"Asynchronous notification". Every value is a text: amounts in yuan, times of Beijing without an
offset. A missing optional value is nothing, a malformed one makes the whole message unreadable.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.channels.alipay.statuses import TRADE_CLOSED, TRADE_STATES
from gateway.messages import Failure, Outcome, PaymentReport
from paycenter.kernel import strict_json
from paycenter.kernel.clock import BUSINESS_ZONE
from paycenter.kernel.money import CURRENCY, parse_yuan

Json = Mapping[str, Any]

_NUMBER = re.compile(r"[0-9A-Za-z_|*@-]{0,64}", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 2000, 9000
_PAID_TIMES = ("send_pay_date", "gmt_payment", "gmt_refund")
_PAID_AMOUNTS = ("receipt_amount", "buyer_pay_amount", "refund_fee")
_PAYER_IDS = ("buyer_user_id", "buyer_id", "buyer_open_id")


class Unreadable(ValueError):
    """An authentic message that is not as documented; the text says where."""


def parse_object(raw: bytes) -> Json:
    """Return the JSON object in ``raw``. Raises ``Unreadable``, also for duplicate keys."""
    try:
        value = strict_json.loads(raw)
    except ValueError as error:
        raise Unreadable(str(error)) from None
    if not isinstance(value, dict):
        raise Unreadable("the message is not a JSON object")
    return value


def text(data: Json, name: str) -> str:
    """Return a text, empty when missing."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"{name} is not a string")
    return value


def required_text(data: Json, name: str) -> str:
    """Return a text that must be there and not empty."""
    value = text(data, name)
    if not value:
        raise Unreadable(f"{name} is missing")
    return value


def number(data: Json, name: str, *, required: bool = False) -> str:
    """Return one of the numbers that name a trade, a refund or a person."""
    value = required_text(data, name) if required else text(data, name)
    if not _NUMBER.fullmatch(value):
        raise Unreadable(f"{name} has characters that no number has")
    return value


def fen(data: Json, name: str) -> int | None:
    """Return an amount in fen, None when missing."""
    value = text(data, name)
    if not value:
        return None
    try:
        return parse_yuan(value)
    except ValueError:
        raise Unreadable(f"{name} is not an amount of yuan") from None


def moment(data: Json, name: str) -> datetime | None:
    """Return a time, None when missing or not set.

    Alipay writes it in Beijing, with or without fractions.
    """
    value = text(data, name)
    if not value:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable(f"{name} is not a time") from None
    if not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=BUSINESS_ZONE)


def payment_report(data: Json, *, mchid: str, appid: str = "") -> PaymentReport:
    """Read a trade, as a query answers it and a notification carries it.

    ``mchid`` and ``appid`` are those it is authentic for.
    """
    status = required_text(data, "trade_status")
    outcome = _outcome(status, data)
    paid = outcome is Outcome.SUCCEEDED
    explained = outcome in (Outcome.FAILED, Outcome.UNKNOWN)
    return PaymentReport(
        outcome=outcome,
        serial_no=number(data, "out_trade_no", required=True),
        channel_serial_no=number(data, "trade_no", required=paid),
        amount=fen(data, "total_amount"),
        payer_amount=fen(data, "buyer_pay_amount"),
        currency=text(data, "trans_currency") or CURRENCY,
        mchid=mchid,
        appid=appid,
        paid_at=_paid_at(data) if paid else None,
        payer_id=next(filter(None, (number(data, name) for name in _PAYER_IDS)), ""),
        closed=outcome is Outcome.FAILED,
        failure=Failure(words(status, 64), "") if explained else None,
    )


def words(value: object, limit: int = 256) -> str:
    """Return a text meant for people: bounded, without control characters, empty if it is none."""
    if not isinstance(value, str):
        return ""
    return "".join(character for character in value if character.isprintable())[:limit]


def _outcome(status: str, data: Json) -> Outcome:
    """``TRADE_CLOSED`` has two meanings: never paid, or paid and wholly refunded.

    Any trace of money makes it the second, which is a success whose refund is told elsewhere.
    Reading it as closed would deny a payment that took place.
    """
    if status == TRADE_CLOSED and _was_paid(data):
        return Outcome.SUCCEEDED
    return TRADE_STATES.get(status, Outcome.UNKNOWN)


def _was_paid(data: Json) -> bool:
    amounts = (fen(data, name) or 0 for name in _PAID_AMOUNTS)
    return any(text(data, name) for name in _PAID_TIMES) or any(amount > 0 for amount in amounts)


def _paid_at(data: Json) -> datetime | None:
    return moment(data, "send_pay_date") or moment(data, "gmt_payment")
