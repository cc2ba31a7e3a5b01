"""A statement row by row: what became final on the days of a company, in the order it was booked.

Read page by page, each behind the last row of the one before, so that memory stays the same however
long it is. On a closed day nothing changes any more. While a day is open rows may still be added.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db import connections

from paycenter.kernel.reporting import PRIMARY
from transactions.ledger.day_rows import ROWS

PAGE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which rows: those of one company from ``first`` to ``last``, both included.

    Narrowed to one application's, to one project's, or to what was for one fee type: of such a
    row only that part counts, and no channel fee, which belongs to the whole. ``database`` is where
    all of it is read (``paycenter.kernel.reporting``).
    """

    merchant_id: int
    first: date
    last: date
    application_id: int | None = None
    project_id: int | None = None
    fee_type: str | None = None
    database: str = PRIMARY


@dataclass(frozen=True, slots=True)
class Row:
    """One payment or refund. Amounts in fen; what went back is negative.

    ``fee`` is the channel's, null until its channel bill is matched. ``final_at`` is the channel's
    time of the payment or refund.
    """

    id: int
    kind: str
    business_date: date
    order_no: str
    serial_no: str
    channel_serial_no: str | None
    refund_no: str | None
    refund_serial_no: str | None
    channel_refund_no: str | None
    channel: str
    payment_no: str
    project: str | None
    amount: int
    lines: list[dict[str, Any]]
    fee: int | None
    final_at: datetime | None


_NAMES = tuple(field.name for field in fields(Row))

STATED = f"""
SELECT {{names}}
FROM ({ROWS} AND entry.merchant_id = %(merchant)s
             AND entry.business_date BETWEEN %(first)s AND %(last)s {{narrowed}}) stated
LEFT JOIN LATERAL (
    SELECT name AS project FROM merchants_project WHERE id = stated.project_id
) place ON true
LEFT JOIN LATERAL (
    SELECT line.fee
    FROM transactions_billline line
    JOIN transactions_channelbill bill ON bill.id = line.channel_bill_id
    WHERE line.number = coalesce(stated.refund_serial_no, stated.serial_no)
      AND line.number <> '' AND line.amount = abs(stated.amount) AND line.outcome <> 'failed'
      AND bill.state = 'loaded'
      AND line.movement = CASE WHEN stated.kind = 'refund' THEN 'refund' ELSE 'payment' END
      AND bill.channel_merchant_id = stated.channel_merchant_id
    ORDER BY line.id LIMIT 1
) billed ON true
"""  # noqa: S608 (only constants)


def read_rows(scope: Scope) -> Iterator[Row]:
    """Yield the rows of a statement in the order in which they were booked."""
    sql = (
        STATED.format(names=", ".join(_NAMES), narrowed=narrowed(scope))
        + "WHERE (business_date, id) > (%(after_day)s, %(after_id)s) "
        + "ORDER BY business_date, id LIMIT %(page)s"
    )
    params = parameters(scope) | {"after_day": scope.first, "after_id": 0, "page": PAGE}
    while page := _fetch(scope.database, sql, params):
        for values in page:
            row = _row(values, scope.fee_type)
            if row is not None:
                yield row
        last = dict(zip(_NAMES, page[-1], strict=True))
        params |= {"after_day": last["business_date"], "after_id": last["id"]}


def narrowed(scope: Scope) -> str:
    """Return the conditions of a scope beyond company and days, as SQL that begins with ``AND``."""
    conditions = ""
    if scope.application_id is not None:
        conditions += " AND ordered.application_id = %(application)s"
    if scope.project_id is not None:
        conditions += " AND account.project_id = %(project)s"
    return conditions


def parameters(scope: Scope) -> dict[str, Any]:
    """Return the parameters of ``STATED`` for a scope."""
    return {
        "merchant": scope.merchant_id,
        "first": scope.first,
        "last": scope.last,
        "application": scope.application_id,
        "project": scope.project_id,
        "fee_type": scope.fee_type,
    }


def _fetch(database: str, sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connections[database].cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _row(values: tuple[Any, ...], fee_type: str | None) -> Row | None:
    """Return one row, or of it what was for one fee type; None when nothing was."""
    named = dict(zip(_NAMES, values, strict=True))
    lines = json.loads(named.pop("lines"))
    if fee_type is None:
        return Row(**named, lines=lines)
    lines = [line for line in lines if line["fee_type"] == fee_type]
    part = {"amount": sum(line["amount"] for line in lines), "fee": None}
    return Row(**(named | part), lines=lines) if lines else None
