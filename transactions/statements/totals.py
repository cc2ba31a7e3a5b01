"""What a statement comes to: by kind, channel, project and fee type."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from transactions.statements.rows import STATED, Row, Scope, narrowed, parameters

KIND, CHANNEL, PROJECT, FEE_TYPE = GROUPINGS = ("kind", "channel", "project", "fee_type")


@dataclass(slots=True)
class Sum:
    """How many rows, and how many fen; ``fee`` is the sum of the channel fees known so far."""

    count: int = 0
    amount: int = 0
    fee: int = 0

    def add(self, amount: int, fee: int) -> None:
        """Add one row."""
        self.count += 1
        self.amount += amount
        self.fee += fee


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums by grouping and then by what is grouped; null is what belongs to no project.

    What was paid twice counts for no fee type, and a fee type has no channel fee of its own.
    """

    groups: dict[str, dict[str | None, Sum]] = field(
        default_factory=lambda: {grouping: {} for grouping in GROUPINGS}
    )

    def add(self, row: Row) -> None:
        """Add one row of a statement."""
        fee = row.fee or 0
        for grouping, key in ((KIND, row.kind), (CHANNEL, row.channel), (PROJECT, row.project)):
            self.groups[grouping].setdefault(key, Sum()).add(row.amount, fee)
        for line in row.lines:
            self.groups[FEE_TYPE].setdefault(line["fee_type"], Sum()).add(line["amount"], 0)

    @property
    def whole(self) -> Sum:
        """All rows together."""
        kinds = self.groups[KIND].values()
        return Sum(*(sum(getattr(each, name) for each in kinds) for name in Sum.__slots__))

    def document(self) -> dict[str, Any]:
        """Return the totals as the API shows them, each group in the order of its keys."""
        return {
            f"by_{grouping}": [
                {grouping: key, "count": each.count, "amount": each.amount, "fee": each.fee}
                for key, each in sorted(sums.items(), key=lambda item: item[0] or "")
            ]
            for grouping, sums in self.groups.items()
        }


_TOTALS = """
WITH stated_row AS MATERIALIZED (
    {rows}
), part AS MATERIALIZED (
    SELECT stated_row.kind, stated_row.channel, stated_row.project, own.lines,
           CASE WHEN %(fee_type)s::text IS NULL THEN stated_row.amount ELSE own.amount END
               AS amount,
           CASE WHEN %(fee_type)s::text IS NULL THEN coalesce(stated_row.fee, 0) ELSE 0 END AS fee
    FROM stated_row
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(line) AS lines, sum((line ->> 'amount')::bigint) AS amount
        FROM jsonb_array_elements(stated_row.lines) line
        WHERE %(fee_type)s::text IS NULL OR line ->> 'fee_type' = %(fee_type)s
    ) own
    WHERE %(fee_type)s::text IS NULL OR own.lines IS NOT NULL
)
SELECT 'kind', kind, count(*), sum(amount)::bigint, sum(fee)::bigint FROM part GROUP BY kind
UNION ALL
SELECT 'channel', channel, count(*), sum(amount), sum(fee) FROM part GROUP BY channel
UNION ALL
SELECT 'project', project, count(*), sum(amount), sum(fee) FROM part GROUP BY project
UNION ALL
SELECT 'fee_type', line ->> 'fee_type', count(*), sum((line ->> 'amount')::bigint), 0
FROM part CROSS JOIN LATERAL jsonb_array_elements(part.lines) line
GROUP BY line ->> 'fee_type'
"""


def totals_of(scope: Scope) -> Totals:
    """Return what the rows of a scope come to, added up by the database."""
    rows = STATED.format(
        names="kind, channel, project, amount, fee, lines", narrowed=narrowed(scope)
    )
    totals = Totals()
    with connections[scope.database].cursor() as cursor:
        cursor.execute(_TOTALS.format(rows=rows), parameters(scope))
        for grouping, key, count, amount, fee in cursor.fetchall():
            totals.groups[grouping][key] = Sum(count, int(amount), int(fee))
    return totals
