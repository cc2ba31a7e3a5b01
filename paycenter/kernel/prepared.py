"""Reading one row by a statement that is built once: for the few reads that every payment takes.

Django builds the SQL of a queryset anew each time it is evaluated. For a row that is joined with
its owners this takes two to three times the processor time of everything else about reading it.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError
from psycopg.types.numeric import Int8

from paycenter.kernel.statements import prepared_cursor

M = TypeVar("M", bound=Model)

Value = int | str | datetime


class PreparedRow(Generic[M]):
    """``build(*values)`` as a statement for one row; ``kinds`` are the types of its values.

    The queryset may filter, join and annotate; its shape must not depend on the values, and each of
    them must appear in the statement. Every thread builds it once, at its first use.
    """

    def __init__(self, build: Callable[..., QuerySet[M]], *kinds: type[Value]) -> None:
        self._build = build
        self._stand_ins = [_STAND_INS[kind](place) for place, kind in enumerate(kinds)]
        self._local = threading.local()

    def find(self, *values: Value) -> M | None:
        """Return the only row, or None. Raises ``MultipleObjectsReturned`` when there are several.

        One statement on the default database.
        """
        return self._statement().find(values)

    def _statement(self) -> "_Statement[M]":
        if not hasattr(self._local, "statement"):
            self._local.statement = _Statement(self._build(*self._stand_ins), self._stand_ins)
        statement: _Statement[M] = self._local.statement
        return statement


class _Statement(Generic[M]):
    """The SQL of a queryset, where its values go, and how a row becomes a model instance."""

    def __init__(self, rows: QuerySet[M], stand_ins: list[Value]) -> None:
        self._compiler = rows.query.get_compiler(connection=connection)
        self._locks = rows.query.select_for_update
        self._sql, parameters = self._compiler.as_sql()
        # The place of the value for each parameter; None where the parameter is a constant.
        self._parameters = [(_place(each, stand_ins), each) for each in parameters]
        missing = set(range(len(stand_ins))) - {place for place, _ in self._parameters}
        if missing:
            raise ValueError(f"the values {sorted(missing)} do not appear in {self._sql}")
        select: Any = self._compiler.select
        info: Any = self._compiler.klass_info
        self._model: type[M] = info["model"]
        self._start, self._end = info["select_fields"][0], info["select_fields"][-1] + 1
        self._names = [column[0].target.attname for column in select[self._start : self._end]]
        self._owners = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg]
        self._annotations = self._compiler.annotation_col_map or {}
        self._converters = self._compiler.get_converters([each[0] for each in select])

    def find(self, values: tuple[Value, ...]) -> M | None:
        if self._locks and not connection.in_atomic_block:
            raise TransactionManagementError("a row is locked in a transaction only")
        typed = [Int8(value) if isinstance(value, int) else value for value in values]
        parameters = [
            constant if place is None else typed[place] for place, constant in self._parameters
        ]
        with prepared_cursor() as cursor:
            cursor.execute(self._sql, parameters)
            found = cursor.fetchmany(2)
        if len(found) > 1:
            raise self._model.MultipleObjectsReturned(self._sql)  # type: ignore[attr-defined]
        return self._instance(found[0]) if found else None

    def _instance(self, found: tuple[Any, ...]) -> M:
        row = next(iter(self._compiler.apply_converters([found], self._converters)))
        instance = self._model.from_db(connection.alias, self._names, row[self._start : self._end])
        for owner in self._owners:
            owner.populate(row, instance)
        for name, column in self._annotations.items():
            setattr(instance, name, row[column])
        return instance


_STAND_INS: dict[type[Value], Callable[[int], Value]] = {
    int: lambda place: 2_000_000_000 + place,
    str: lambda place: f"value {place} of a prepared row",
    datetime: lambda place: datetime(9000 + place, 1, 1, tzinfo=UTC),
}
"""Values that nothing else in a statement equals."""


def _place(parameter: object, stand_ins: list[Value]) -> int | None:
    return stand_ins.index(parameter) if parameter in stand_ins else None  # type: ignore[arg-type]
