"""WeChat Pay's channel bills in tests: those of the vectors, and any other built from them."""

import base64
import gzip
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tests.gateway.channels.wechat.peer import VECTORS

DAY = date(2025, 12, 31)
PRODUCTION_DAY, PRODUCTION_MCHID = date(2021, 1, 28), "1601959334"

_GENERATED = {bill["name"]: bill for bill in VECTORS["generated"]["bills"]}
TRADES: dict[str, Any] = _GENERATED["tradebill_ALL"]
FLOW: dict[str, Any] = _GENERATED["fundflow_BASIC"]
PRODUCTION: dict[str, Any] = next(
    item for item in VECTORS["sdk_published"] if item["name"] == "tradebill_ALL_production_sha1"
)


def raw_of(vector: dict[str, Any]) -> bytes:
    """Return the file of a vector as WeChat Pay sends it unpacked."""
    return base64.b64decode(vector["bytes_base64"])


def packed_of(vector: dict[str, Any]) -> bytes:
    """Return the file of a vector packed, as it is downloaded."""
    return base64.b64decode(vector["gzip_base64"])


def head_of(vector: dict[str, Any]) -> list[str]:
    """Return the names of a vector's columns."""
    return str(vector["text"]).lstrip("\ufeff").split("\r\n")[0].split(",")


def payment(**changes: str) -> dict[str, str]:
    """Return the payment of the trade bill by its columns."""
    return {**_rows(TRADES)[0], **changes}


def refund(**changes: str) -> dict[str, str]:
    """Return its refund."""
    return {**_rows(TRADES)[1], **changes}


def flow(place: int, **changes: str) -> dict[str, str]:
    """Return one of the changes of the balance."""
    return {**_rows(FLOW)[place], **changes}


def trade_bill(*rows: dict[str, str], **sums: str | None) -> bytes:
    """Return a trade bill with these rows; ``sums`` replace what it states, None leaves it out."""
    totals = {"总交易单数": str(len(rows)), **_trade_sums(rows), **sums}
    return _file(rows or (payment(),), rows, totals)


def flow_bill(*rows: dict[str, str], **sums: str) -> bytes:
    """Return a fund-flow bill with these rows."""
    totals = {"资金流水总笔数": str(len(rows)), **_flow_sums(rows), **sums}
    return _file(rows or (flow(0),), rows, totals)


def packed(raw: bytes) -> bytes:
    """Pack a file."""
    return gzip.compress(raw)


def _rows(vector: dict[str, Any]) -> list[dict[str, str]]:
    lines = str(vector["text"]).split("\r\n")[1:]
    values = [line[1:].split(",`") for line in lines if line.startswith("`")][:-1]
    return [dict(zip(head_of(vector), row, strict=True)) for row in values]


def _file(
    shape: Sequence[dict[str, str]],
    rows: Sequence[dict[str, str]],
    totals: Mapping[str, str | None],
) -> bytes:
    stated = {word: value for word, value in totals.items() if value is not None}
    lines = [
        ",".join(shape[0]),
        *("`" + ",`".join(row.values()) for row in rows),
        ",".join(stated),
        "`" + ",`".join(stated.values()),
    ]
    return ("\ufeff" + "".join(f"{line}\r\n" for line in lines)).encode()


def _trade_sums(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    columns = {
        "应结订单总金额": "应结订单金额",
        "退款总金额": "退款金额",
        "充值券退款总金额": "充值券退款金额",
        "手续费总金额": "手续费",
        "订单总金额": "订单金额",
        "申请退款总金额": "申请退款金额",
    }
    return {word: _sum(rows, column) for word, column in columns.items()}


def _flow_sums(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    sums: dict[str, str] = {}
    for way in ("收入", "支出"):
        of_way = [row for row in rows if row["收支类型"] == way]
        sums |= {f"{way}笔数": str(len(of_way)), f"{way}金额": _sum(of_way, "收支金额(元)")}
    return sums


def _sum(rows: Sequence[dict[str, str]], column: str) -> str:
    """Add amounts that may be nonsense: those count for nothing."""
    fen = [round(float(row[column]) * 100) for row in rows if _is_amount(row.get(column, ""))]
    total = sum(fen)
    return f"{'-' if total < 0 else ''}{abs(total) // 100}.{abs(total) % 100:02d}"


def _is_amount(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit() and text.isascii()
