"""EasyPay's messages as named texts, and those turned into the center's reports.

Rules: EasyPay protocol V1 and V2, "order query" and "payment result callback". Platforms answer the
same member as a number or as a string; both become the text that V2 signs. What is needed and not
exactly of its form makes the whole message unreadable: nothing is guessed.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.channels.easypay.signing import Texts
from gateway.channels.easypay.statuses import ORDER_STATES
from gateway.messages import ChannelAccount, Failure, Outcome, PaymentReport
from paycenter.kernel import strict_json
from paycenter.kernel.clock import BUSINESS_ZONE
from paycenter.kernel.money import CURRENCY, parse_yuan

_NUMBER = re.compile(r"[0-9A-Za-z._|-]{1,64}", re.ASCII)
_LOCAL_TIME = "%Y-%m-%d %H:%M:%S"
_FIRST_YEAR, _LAST_YEAR = 2000, 9000


class Unreadable(ValueError):
    """A message that is not as documented; the text says where."""


def texts_of(raw: bytes) -> dict[str, str]:
    """Return the members of a JSON object as texts; those without one (lists ...) are left out.

    Raises ``Unreadable``, also for duplicate keys. Answers come as ``text/html``: only the body
    tells what it is.
    """
    return _texts(_object(raw))


def rows_of(raw: bytes) -> list[dict[str, str]]:
    """Return the orders that a JSON object lists, each as texts. Raises ``Unreadable``."""
    rows = _object(raw).get("data")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("data is not a list of orders")
    return [_texts(row) for row in rows]


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = strict_json.loads(raw)
    except ValueError as error:  # InvalidJSON, or a number of more digits than Python converts
        raise Unreadable(str(error)) from None
    if not isinstance(value, dict):
        raise Unreadable("the message is not a JSON object")
    return value


def _texts(members: Mapping[str, Any]) -> dict[str, str]:
    found = {name: _text_of(item) for name, item in members.items()}
    return {name: text for name, text in found.items() if text is not None}


def _text_of(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    if type(value) is float:
        # The shortest text of the number is what was sent; without zeros at its end, as signed.
        return format(Decimal(str(value)).normalize(), "f")
    return None


def words(text: str, limit: int = 256) -> str:
    """Return a text meant for people: bounded, without control characters."""
    return "".join(character for character in text if character.isprintable())[:limit]


def number(texts: Texts, name: str) -> str:
    """Return an order or refund number, which must be there."""
    value = texts.get(name, "")
    if not _NUMBER.fullmatch(value):
        raise Unreadable(f"{name} is missing or no number")
    return value


def fen(texts: Texts, name: str) -> int:
    """Return an amount, which must be there; ``1.1``, ``1.10`` and ``1.1000`` yuan are equal."""
    try:
        return parse_yuan(texts.get(name, ""))
    except ValueError as error:
        raise Unreadable(f"{name} {error}") from None


def moment(texts: Texts, name: str) -> datetime | None:
    """Return a time of the platform's clock (China), None when it is not set or not one.

    Some platforms write the year 1 where nothing is set.
    """
    try:
        parsed = datetime.strptime(texts.get(name, ""), _LOCAL_TIME)  # noqa: DTZ007
    except ValueError:
        return None
    if not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        return None
    return parsed.replace(tzinfo=BUSINESS_ZONE)


def payment_report(account: ChannelAccount, texts: Texts) -> PaymentReport:
    """Read an order as a query answers it. Raises ``Unreadable``.

    The oldest platforms leave ``pid`` empty; they found the order by ours and its key.
    """
    status = texts.get("status", "")
    outcome = ORDER_STATES.get(status, Outcome.UNKNOWN)
    unclear = outcome is Outcome.UNKNOWN
    return PaymentReport(
        outcome=outcome,
        serial_no=number(texts, "out_trade_no"),
        channel_serial_no=number(texts, "trade_no"),
        amount=fen(texts, "money"),
        currency=CURRENCY,
        mchid=texts.get("pid") or account.mchid,
        paid_at=moment(texts, "endtime") if outcome is Outcome.SUCCEEDED else None,
        payer_id=words(texts.get("buyer", ""), 64),
        failure=Failure("order_status", words(status, 64)) if unclear else None,
    )


def required(texts: Mapping[str, str], name: str) -> str:
    """Return a text that must be there and not empty."""
    value = texts.get(name, "")
    if not value:
        raise Unreadable(f"{name} is missing")
    return value
