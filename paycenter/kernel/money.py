"""Money is an integer of fen from edge to edge. This is the only place that knows yuan.

Channels' bills, EasyPay and people write yuan with decimals. They are parsed through Decimal, and
whatever is not exactly a number of fen is refused: ``int(19.9 * 100)`` is 1989.
"""

import re
from decimal import Decimal

CURRENCY = "CNY"
MAX_AMOUNT = 10_000_000_000
"""Largest amount of one payment in fen (100 million yuan)."""

_YUAN = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,8})?", re.ASCII)


class FractionOfFen(ValueError):
    """An amount of yuan that is no whole number of fen."""


def parse_yuan(text: str) -> int:
    """Return the fen of a plain decimal number of yuan such as ``128.50``.

    Trailing zeros beyond two decimals are allowed, a fraction of a fen is not (``FractionOfFen``).
    Raises ``ValueError`` for anything else: signs other than ``-``, exponents, separators, blanks,
    digits of other scripts.
    """
    if not _YUAN.fullmatch(text):
        raise ValueError("not a plain decimal amount of yuan")
    fen = Decimal(text) * 100
    if fen != fen.to_integral_value():
        raise FractionOfFen("has a fraction of a fen")
    return int(fen)


def format_yuan(fen: int) -> str:
    """Write fen as yuan with two decimals, without separators: ``12850`` is ``128.50``."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan}.{rest:02d}"
