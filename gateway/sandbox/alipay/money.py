"""Yuan as decimal strings on the wire, fen as integers inside."""

import re
from decimal import Decimal

_YUAN = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


def to_yuan(fen: int) -> str:
    """``128.50`` from 12850."""
    return f"{fen // 100}.{fen % 100:02d}"


def to_fen(value: object) -> int:
    """12850 from ``"128.50"``, 12800 from 128; ``ValueError`` for anything else."""
    text = str(value) if type(value) in (str, int) else ""
    if _YUAN.fullmatch(text) is None:
        raise ValueError("not an amount in yuan")
    return int(Decimal(text) * 100)
