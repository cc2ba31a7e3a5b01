"""What the database does to answer: no table that grows is read from its beginning."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

Statement = tuple[str, Any]

_FIRST_COLUMNS = """
    SELECT pg_get_indexdef(other.indexrelid, 1, true) FROM pg_index used
    JOIN pg_index other ON other.indrelid = used.indrelid
    WHERE used.indexrelid = %s::regclass
"""


_AS_IF_NEW = """
    SELECT pg_clear_attribute_stats(
        schemaname::text, tablename::text, attname::text, inherited
    ) FROM pg_stats WHERE schemaname = 'public';
    SELECT pg_clear_relation_stats('public', relname::text)
    FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace
"""


def forget_statistics() -> None:
    """Have the planner forget what other tests had it learn of the few rows that there are.

    PostgreSQL before 18 cannot forget; there the planner keeps what it knows.
    """
    version: int = connection.pg_version  # type: ignore[attr-defined]
    if version >= 180_000:
        with connection.cursor() as cursor:
            cursor.execute(_AS_IF_NEW)


@contextmanager
def reading() -> Iterator[list[Statement]]:
    """Collect the SELECT statements of a block, with their parameters."""
    session: Any = connections[DEFAULT_DB_ALIAS]
    found: list[Statement] = []

    def keep(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
        if sql.lstrip("( ").upper().startswith("SELECT"):
            found.append((sql, params))
        return execute(sql, params, *rest)

    with session.execute_wrapper(keep):
        yield found


def long_ways(statement: Statement, *, small: tuple[str, ...] = ()) -> list[str]:
    """Return the steps of a statement that read more the larger a table is.

    These are scans of whole tables, and of indexes where no first column of any is given. Tables
    whose names begin with one of ``small`` do not grow with payments.
    """
    sql, params = statement
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0]
        document = json.loads(plan) if isinstance(plan, str) else plan
        steps = list(_steps(document[0]["Plan"]))
        return [_told(step) for step in steps if _is_long(cursor, step, small)]


def _steps(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield step
    for below in step.get("Plans", ()):
        yield from _steps(below)


def _is_long(cursor: Any, step: dict[str, Any], small: tuple[str, ...]) -> bool:
    if step.get("Relation Name", "").startswith(small or ("-",)):
        return False
    if step["Node Type"] == "Seq Scan":
        return True
    if "Index Name" not in step:
        return False
    given = _bare(step.get("Index Cond", ""))
    # Of two indexes on a tiny table the planner may take either: one of them must begin right.
    cursor.execute(_FIRST_COLUMNS, [step["Index Name"]])
    firsts = [_bare(first) for (first,) in cursor.fetchall()]
    return not any(re.search(rf"(?<!\w){re.escape(first)}(?!\w)", given) for first in firsts)


def _bare(text: str) -> str:
    return re.sub(r"[()]", "", text)


def _told(step: dict[str, Any]) -> str:
    where = step.get("Index Name") or step.get("Relation Name")
    return f"{step['Node Type']} of {where}: {step.get('Index Cond', '')}"
