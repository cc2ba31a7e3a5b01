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

    Meanwhile neither this thread nor the other session waits more than two seconds for a lock, so
    that a test which blocks itself fails.
    """
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with connection.cursor() as own, other.cursor() as cursor:
            own.execute("SET lock_timeout = '2s'")
            cursor.execute("SET lock_timeout = '2s'")
            yield cursor
    finally:
        with connection.cursor() as own:
            own.execute("RESET lock_timeout")
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
