"""Statements of the hot paths are planned once per connection, and seen by whoever watches."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from paycenter.kernel.statements import prepared_cursor

pytestmark = pytest.mark.django_db

_SQL = "SELECT name, %s::int + 1 FROM merchants_merchant WHERE id = %s::bigint"


def _prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def _ask(number: int) -> None:
    with prepared_cursor() as cursor:
        cursor.execute(_SQL, [number, number])
        assert cursor.fetchall() == []


def test_a_statement_that_comes_again_is_prepared_once() -> None:
    for number in range(10):
        _ask(number)
    assert sum("%s" not in one and "+ 1 FROM merchants_merchant" in one for one in _prepared()) == 1


def test_a_statement_of_the_orm_is_not() -> None:
    for number in range(10):
        with connection.cursor() as cursor:
            cursor.execute(_SQL, [number, number])
    assert _prepared() == []


def test_it_counts_as_any_other_statement_does() -> None:
    with CaptureQueriesContext(connection) as made:
        _ask(1)
    assert len(made) == 1
