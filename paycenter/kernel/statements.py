"""The statements that every payment runs, planned by PostgreSQL once per connection.

Django writes the values into the text of a statement, so that no two are alike and each is parsed
and planned anew: for a row that is joined with its owners this is most of what it costs. Here the
text is sent with places for its values. The driver has it prepared when it comes for the fifth
time, unless a pooler stands in between (``DATABASE_POOLER``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper


@contextmanager
def prepared_cursor() -> Iterator[CursorWrapper]:
    """Open a cursor on the default database for statements whose text is always the same.

    Every value is sent with a type of its own: one that PostgreSQL cannot tell from its place, as
    in a plain ``SELECT %s``, needs a cast.
    """
    connection.ensure_connection()
    wrap: Any = (
        connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    )
    binding: Any = ServerBindingCursor
    with wrap(binding(connection.connection)) as cursor:
        yield cursor
