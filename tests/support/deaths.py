"""A machine that dies: between two statements, before what it did is committed, or right after."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


class Death(BaseException):
    """Nothing after this happens; not an ``Exception``, so nobody goes on with other work."""


class Deaths:
    """Lets the machine die at one of the moments at which it can make a difference."""

    def __init__(self) -> None:
        self._left: int | None = None

    def come(self, moments: int) -> None:
        """Die after so many more moments: 0 is before the next statement."""
        self._left = moments

    def stay_away(self) -> None:
        """Do not die any more."""
        self._left = None

    @contextmanager
    def possible(self) -> Iterator[None]:
        """Count the moments of a step. Raises ``Death``, and leaves the connection as death does.

        Moments are: before each statement, before each commit, after each commit.
        """
        commit = connection.commit

        def count_commit() -> None:
            if self._is_due():
                connection.rollback()  # Django does so after errors of the database only
                raise Death
            commit()
            if self._is_due():
                raise Death

        connection.commit = count_commit  # type: ignore[method-assign]
        try:
            with connection.execute_wrapper(self._count_statement):
                yield
        except Death:
            connection.close()  # what was not committed is undone, nobody is told of the rest
            raise
        finally:
            connection.commit = commit  # type: ignore[method-assign]

    def _count_statement(self, execute: Any, *statement: Any) -> Any:
        if self._is_due():
            raise Death
        return execute(*statement)

    def _is_due(self) -> bool:
        if self._left is None:
            return False
        self._left -= 1
        if self._left >= 0:
            return False
        self._left = None
        return True
