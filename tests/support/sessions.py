"""A second session with the database, for holding a lock while the code under test runs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper

PATIENCE_SECONDS = 20
_WAITING = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"


@contextmanager
def other_session() -> Iterator[CursorWrapper]:
    """Yield the cursor of another connection with an open transaction, undone at the end.

    Waiting for a lock there fails after two seconds instead of blocking the test.
    """
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            yield cursor
    finally:
        other.rollback()
        other.close()


def wait_for_waiters(count: int = 1) -> None:
    """Return as soon as this many sessions wait for a lock."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(_WAITING)
            if cursor.fetchone()[0] >= count:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")
