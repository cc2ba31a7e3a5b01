"""Work of which there is one at a time, whatever process asks for it."""

from django.db import connection


def take_turn(name: str) -> bool:
    """Whether this transaction is the only one now that does ``name``; it is until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
