"""Insert a row or lock the one that is there: one statement, no race, no savepoint."""

from typing import TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def insert_or_lock(row: M, *, unique: tuple[str, ...]) -> tuple[M, bool]:
    """Insert ``row``, or lock and return the row that has the same ``unique`` fields.

    Returns the row as stored and whether it is new. It stays locked until the transaction ends.
    PostgreSQL: ``ON CONFLICT DO UPDATE`` locks, and ``xmax`` is zero only for a fresh row.
    """
    meta = row._meta
    quote = connection.ops.quote_name
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    keys = [quote(str(field.column)) for field in fields if field.name in unique]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    found = type(row)._default_manager.raw(
        f"INSERT INTO {quote(meta.db_table)} ({columns}) "  # noqa: S608 (names from the model)
        f"VALUES ({', '.join(['%s'] * len(fields))}) "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {keys[-1]} = EXCLUDED.{keys[-1]} "
        f"RETURNING *, (xmax = 0) AS is_new",
        values,
    )[0]
    return found, bool(vars(found)["is_new"])
