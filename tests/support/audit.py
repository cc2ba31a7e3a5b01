"""Test vocabulary: deeds for the audit log, and somebody who may do anything to its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from merchants.audit.recording import Action, Deed, Subject, Who, record
from merchants.models import AuditEvent


def do(name: str = "clerk", **facts: Any) -> AuditEvent:
    """Write one deed of a person down."""
    deed = Deed(**({"action": Action.ACT, "detail": "Revoked."} | facts))
    return record(deed, Subject("merchants.merchant", "1", "阳光物业"), Who(name=name))


def deeds() -> QuerySet[AuditEvent]:
    """Return what people did besides signing in and out."""
    return AuditEvent.objects.exclude(action__startswith="sign_")


@contextmanager
def unguarded() -> Iterator[Any]:
    """Let a block write what no trigger looks at, as the tables' owner can."""
    with connection.cursor() as cursor:
        _guards(cursor, "DISABLE")
        yield cursor
        _guards(cursor, "ENABLE")


def tamper(sql: str) -> None:
    """Run one statement behind the guards' back."""
    with unguarded() as cursor:
        cursor.execute(sql)


def _guards(cursor: Any, how: str) -> None:
    # A table whose rows wait for their foreign keys to be checked cannot be altered.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("auditevent", "auditcheckpoint"):
        cursor.execute(f"ALTER TABLE merchants_{table} {how} TRIGGER USER")
