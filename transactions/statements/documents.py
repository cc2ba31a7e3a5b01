"""A statement as an application reads it: JSON or CSV, one row at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from paycenter.kernel import strict_json
from paycenter.kernel.clock import rfc3339
from paycenter.kernel.spreadsheets import Cell, csv_lines
from transactions.statements.rows import Row, Scope, read_rows
from transactions.statements.totals import Totals

COLUMNS = (
    "kind",
    "order_no",
    "serial_no",
    "channel_serial_no",
    "refund_no",
    "refund_serial_no",
    "channel_refund_no",
    "channel",
    "payment_id",
    "project",
    "amount",
    "currency",
    "fee",
    "lines",
    "final_at",
)


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the rows."""

    merchant_no: str
    period: str
    closed: bool


def row_resource(row: Row) -> dict[str, Any]:
    """Return a row as the API shows it."""
    return {
        "kind": row.kind,
        "order_no": row.order_no,
        "serial_no": row.serial_no,
        "channel_serial_no": row.channel_serial_no,
        "refund_no": row.refund_no,
        "refund_serial_no": row.refund_serial_no,
        "channel_refund_no": row.channel_refund_no,
        "channel": row.channel,
        "payment_id": row.payment_no,
        "project": row.project,
        "amount": row.amount,
        "currency": "CNY",
        "fee": row.fee,
        "lines": row.lines,
        "final_at": rfc3339(row.final_at),
    }


def json_document(scope: Scope, heading: Heading) -> Iterator[str]:
    """Yield a statement as one JSON object; the totals at its end are those of the rows in it."""
    above = {
        "date": heading.period,
        "merchant_id": heading.merchant_no,
        "closed": heading.closed,
    }
    yield strict_json.dumps(above)[:-1] + ',"data":['
    totals = Totals()
    between = "\n"
    for row in read_rows(scope):
        totals.add(row)
        yield between + strict_json.dumps(row_resource(row))
        between = ",\n"
    whole = totals.whole
    sums = {"count": whole.count, "amount": whole.amount, "fee": whole.fee} | totals.document()
    yield '\n],"totals":' + strict_json.dumps(sums) + "}"


def csv_document(scope: Scope) -> Iterator[str]:
    """Yield a statement as CSV: a line of column names, then one per row; amounts in fen."""
    return csv_lines(_csv_rows(scope))


def _csv_rows(scope: Scope) -> Iterator[tuple[Cell, ...]]:
    yield COLUMNS
    for row in read_rows(scope):
        resource = row_resource(row) | {"lines": strict_json.dumps(row.lines)}
        yield tuple(resource[name] for name in COLUMNS)
