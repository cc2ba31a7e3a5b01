"""Whether a connection may be used is seen without asking over it, and a dead one is noticed."""

import select
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.db.backends.postgresql import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def connect_again() -> Iterator[None]:
    """Leave no dead connection to the next test."""
    yield
    connection.close()


@pytest.fixture
def questions() -> Iterator[Any]:
    """Count how often Django itself would ask over the connection."""
    asked = patch.object(
        base.DatabaseWrapper, "is_usable", autospec=True, side_effect=base.DatabaseWrapper.is_usable
    )
    with asked as counted:
        yield counted


def test_a_quiet_connection_is_asked_nothing(questions: Any) -> None:
    connection.ensure_connection()
    assert connection.is_usable()
    assert questions.call_count == 0


def test_one_that_the_server_ended_is_not_used_again(questions: Any) -> None:
    connection.ensure_connection()
    session = connection.connection.info.backend_pid
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [session])
    other.close()
    _wait_until_something_came()
    assert not connection.is_usable()
    assert questions.call_count == 1


def test_one_that_was_closed_here_is_not_used_again() -> None:
    connection.ensure_connection()
    connection.connection.close()
    assert not connection.is_usable()


def _wait_until_something_came() -> None:
    came = select.poll()
    came.register(connection.connection.fileno(), select.POLLIN)
    assert came.poll(5_000)
