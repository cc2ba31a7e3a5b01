"""Counting what a piece of work costs the database: statements and commits.

Statements are what is sent through a cursor, savepoints included. Commits are the transactions
that were committed and the writes that commit by themselves, outside of any.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.db import DEFAULT_DB_ALIAS, connections

_READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@dataclass
class Cost:
    """What was counted: each statement's text, and how many commits."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0

    def __str__(self) -> str:
        lines = [f"{len(self.statements)} statements, {self.commits} commits", *self.statements]
        return "\n".join(line[:160] for line in lines)


@contextmanager
def counting() -> Iterator[Cost]:
    """Count on this thread's connection until the block ends."""
    cost = Cost()
    # What ``connection`` stands for: the proxy itself has no such attribute.
    session: Any = connections[DEFAULT_DB_ALIAS]
    commit = session._commit

    def count_statement(execute: Any, sql: str, *rest: Any) -> Any:
        cost.statements.append(sql)
        if not session.in_atomic_block and not sql.lstrip().upper().startswith(_READS):
            cost.commits += 1
        return execute(sql, *rest)

    def count_commit() -> None:
        cost.commits += 1
        commit()

    with (
        session.execute_wrapper(count_statement),
        patch.object(session, "_commit", count_commit),
    ):
        yield cost
