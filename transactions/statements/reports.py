"""What a company took and gave back over some days: by project, channel, fee type, hour and day."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connections

from transactions.ledger.day_rows import ROWS
from transactions.statements.rows import Scope, narrowed, parameters

PROJECT, CHANNEL, FEE_TYPE, HOUR, DAY = REPORTS = ("project", "channel", "fee_type", "hour", "day")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report: how many payments and refunds, and how many fen each.

    ``key`` is what the line is about; null is what belongs to none. A fee type counts its lines.
    """

    key: Any
    payments: int
    taken: int
    refunds: int
    given_back: int

    @property
    def left(self) -> int:
        """What was taken less what was given back."""
        return self.taken - self.given_back


_SUMS = """
count(*) FILTER (WHERE kind <> 'refund') AS payments,
coalesce(sum(amount) FILTER (WHERE kind <> 'refund'), 0)::bigint AS taken,
count(*) FILTER (WHERE kind = 'refund') AS refunds,
coalesce(-sum(amount) FILTER (WHERE kind = 'refund'), 0)::bigint AS given_back
"""

_REPORT = f"""
WITH stated AS MATERIALIZED (
    SELECT found.kind, found.amount, found.lines, found.channel, found.business_date,
           extract(hour FROM found.final_at AT TIME ZONE 'Asia/Shanghai')::int AS hour,
           project.name AS project
    FROM ({ROWS} AND entry.merchant_id = %(merchant)s
                 AND entry.business_date BETWEEN %(first)s AND %(last)s {{narrowed}}) found
    LEFT JOIN merchants_project project ON project.id = found.project_id
), item AS (
    SELECT stated.kind, (line ->> 'amount')::bigint AS amount, line ->> 'fee_type' AS fee_type
    FROM stated CROSS JOIN LATERAL jsonb_array_elements(stated.lines) line
)
SELECT 'project', to_jsonb(project), {_SUMS} FROM stated GROUP BY project
UNION ALL
SELECT 'channel', to_jsonb(channel), {_SUMS} FROM stated GROUP BY channel
UNION ALL
SELECT 'fee_type', to_jsonb(fee_type), {_SUMS} FROM item GROUP BY fee_type
UNION ALL
SELECT 'hour', to_jsonb(hour), {_SUMS} FROM stated GROUP BY hour
UNION ALL
SELECT 'day', to_jsonb(business_date), {_SUMS} FROM stated GROUP BY business_date
ORDER BY 1, 2 NULLS LAST
"""  # noqa: S608 (only constants)


def read_reports(scope: Scope) -> dict[str, list[Line]]:
    """Return every report over the rows of a scope, each in the order of its keys."""
    reports: dict[str, list[Line]] = {report: [] for report in REPORTS}
    with connections[scope.database].cursor() as cursor:
        cursor.execute(_REPORT.format(narrowed=narrowed(scope)), parameters(scope))
        for report, key, *sums in cursor.fetchall():
            reports[report].append(Line(key and json.loads(key), *sums))
    return reports
