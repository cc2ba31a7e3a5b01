"""How the PHP platform writes things: yuan, dates, its own numbers, escaped texts, JSON."""

import json
import re
import secrets
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from html import escape
from typing import Any

_BEIJING = timezone(timedelta(hours=8))
_NAME_BYTES = 127
_MONEY = re.compile(r"[0-9.]+")


def to_fen(money: str) -> int | None:
    """Fen from yuan as the platform stores them, rounded to cents; None when it is no money."""
    if _MONEY.fullmatch(money) is None:
        return None
    try:
        yuan = Decimal(money)
    except InvalidOperation:
        return None
    return int((yuan * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_yuan(fen: int) -> str:
    """``1.10`` from 110."""
    return f"{fen // 100}.{fen % 100:02d}"


def to_short_yuan(fen: int) -> str:
    """``1.1`` from 110 and ``2`` from 200: a PHP float printed as text."""
    return to_yuan(fen).rstrip("0").rstrip(".")


def date_text(moment: int) -> str | None:
    """``2026-01-01 08:00:00`` in Beijing; None for a moment that has not come."""
    return (
        datetime.fromtimestamp(moment, _BEIJING).strftime("%Y-%m-%d %H:%M:%S") if moment else None
    )


def iso_text(moment: int) -> str | None:
    """RFC 3339 for the control API; None for a moment that has not come."""
    return datetime.fromtimestamp(moment, _BEIJING).isoformat() if moment else None


def day_text(moment: int) -> str:
    """``20260101`` in Beijing."""
    return datetime.fromtimestamp(moment, _BEIJING).strftime("%Y%m%d")


def new_number(moment: int) -> str:
    """19 digits: the second in Beijing and five by chance, for orders and refunds alike."""
    second = datetime.fromtimestamp(moment, _BEIJING).strftime("%Y%m%d%H%M%S")
    return f"{second}{secrets.randbelow(90000) + 10000}"


def escaped(text: str) -> str:
    """What PHP's htmlspecialchars makes of a text; it comes back to the merchant like this."""
    return escape(text).replace("&#x27;", "&#039;")


def cut_name(name: str) -> str:
    """At most 127 bytes, never half a letter."""
    return name.encode()[:_NAME_BYTES].decode(errors="ignore")


def to_json(document: dict[str, Any]) -> bytes:
    """PHP's json_encode: ASCII only, and slashes escaped."""
    text = json.dumps(document, separators=(",", ":"))
    return text.replace("/", "\\/").encode()
