"""Inserting the rows that every payment writes: one statement each, whose text is built once.

``Model.save()`` builds its SQL anew each time, signals twice and looks at every parent: three times
the processor time of the insert itself. Rows written here have an id that the database gives, no
parents, and nobody who listens to their signals.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection, models

from paycenter.kernel.statements import prepared_cursor

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class _Insertion:
    """How rows of one model are inserted: all columns but the id, in the order of ``fields``."""

    fields: tuple["models.Field[Any, Any]", ...]
    sql: str

    def values(self, row: models.Model) -> list[Any]:
        """Return what goes into the columns."""
        return [
            field.get_db_prep_save(field.pre_save(row, add=True), connection)
            for field in self.fields
        ]


@lru_cache(maxsize=64)
def _insertion(model: type[models.Model]) -> _Insertion:
    quote = connection.ops.quote_name
    meta = model._meta
    fields = tuple(field for field in meta.concrete_fields if not field.primary_key)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table = quote(meta.db_table)
    sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 (names from the model)
    return _Insertion(fields, sql)


def insert(row: M) -> M:
    """Insert a new row, give it its id, and return it."""
    insertion = _insertion(type(row))
    with prepared_cursor() as cursor:
        cursor.execute(f"{insertion.sql} RETURNING id", insertion.values(row))
        return _stored(row, cursor.fetchone()[0])


def insert_or_lock(row: M, *, unique: tuple[str, ...]) -> tuple[M, bool]:
    """Insert ``row``, or lock and return the row that has the same ``unique`` fields.

    Returns the row and whether it is new; one statement, two when it is not. It stays locked until
    the transaction ends. PostgreSQL: ``ON CONFLICT DO UPDATE`` locks, and ``xmax`` is zero only for
    a fresh row.
    """
    insertion = _insertion(type(row))
    keys = [str(field.column) for field in insertion.fields if field.name in unique]
    with prepared_cursor() as cursor:
        cursor.execute(
            f"{insertion.sql} ON CONFLICT ({', '.join(keys)}) "
            f"DO UPDATE SET {keys[-1]} = EXCLUDED.{keys[-1]} RETURNING id, xmax = 0",
            insertion.values(row),
        )
        row_id, is_new = cursor.fetchone()
    if is_new:
        return _stored(row, row_id), True
    return type(row)._default_manager.get(pk=row_id), False


def _stored(row: M, row_id: int) -> M:
    row.pk = row_id
    row._state.adding, row._state.db = False, connection.alias
    return row
