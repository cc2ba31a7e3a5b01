"""Finding rows by their age without an index on it: ids rise with time, so they are halved.

Nearly: a transaction that took long commits rows older than their neighbours. Whoever needs them
all asks for a span with some time to spare, and compares the times as well.
"""

from datetime import datetime

from django.db import connection

_FIRST_ID = """
WITH RECURSIVE halving (low, high) AS (
    SELECT 0::bigint, coalesce(max(id), 0) + 1 FROM {table}
    UNION ALL
    SELECT CASE WHEN is_young THEN low ELSE middle + 1 END,
           CASE WHEN is_young THEN middle ELSE high END
    FROM halving
    CROSS JOIN LATERAL (SELECT (low + high) / 2 AS middle) half
    CROSS JOIN LATERAL (
        SELECT coalesce(
            (SELECT {column} FROM {table} WHERE id >= middle ORDER BY id LIMIT 1) >= %s, true
        ) AS is_young
    ) looked
    WHERE low < high
)
SELECT low FROM halving WHERE low = high
"""


def first_id(table: str, column: str, since: datetime) -> int:
    """Return an id from which on the rows of a table are as young as that; one statement."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_ID.format(table=quote(table), column=quote(column)), [since])
        return int((cursor.fetchone() or (0,))[0])
