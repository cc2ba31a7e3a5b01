"""A second database that reports are read on, for one test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from paycenter.kernel import reporting
from paycenter.kernel.reporting import PRIMARY, REPLICA


@contextmanager
def replica_at(**where: Any) -> Iterator[None]:
    """Name a replica: the primary's own settings, these changed. Without any it is the primary."""
    connections.settings[REPLICA] = connections.settings[PRIMARY] | where
    _let_connect(connections[REPLICA])
    try:
        yield
    finally:
        connections[REPLICA].close()
        del connections[REPLICA], connections.settings[REPLICA]


def _let_connect(connection: BaseDatabaseWrapper) -> None:
    """Get past Django's guard: it knows only databases that were there when the test began."""

    def connect() -> None:
        if connection.connection is None:
            with connection.wrap_database_errors:
                connection.connect()

    connection.ensure_connection = connect  # type: ignore[method-assign]


@contextmanager
def statements_by_database() -> Iterator[dict[str, list[str]]]:
    """Collect what each database is asked for."""
    found: dict[str, list[str]] = {PRIMARY: [], REPLICA: []}
    with ExitStack() as stack:
        for alias, statements in found.items():
            stack.enter_context(connections[alias].execute_wrapper(_noting(statements)))
        yield found


def _noting(statements: list[str]) -> Callable[..., Any]:
    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    return note


@contextmanager
def believed_replica(as_of: datetime | None = None) -> Iterator[None]:
    """Let the primary pass for its own replica, one that has all or that is behind since then.

    Only a server that follows another can tell how far it is (``tests/test_replica.py``).
    """
    moment = (as_of or datetime.now(UTC)).isoformat()
    judgement = (
        f"SELECT %s IS NOT NULL, %s IS NOT NULL AND {as_of is None},"
        f" '{moment}'::timestamptz, %s IS NOT NULL"
    )
    with patch.object(reporting, "_REPLAYED", judgement), replica_at():
        yield
