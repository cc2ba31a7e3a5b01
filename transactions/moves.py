"""Moving a row along one edge of its lifecycle, exactly once, with its history.

One statement changes the state under the condition that nobody else changed the row meanwhile
(id, version) and writes the history row. Whoever gets ``False`` moved nothing and runs no effect.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django_fsm import TransitionNotAllowed, can_proceed

from paycenter.kernel.clock import now
from paycenter.kernel.statements import prepared_cursor
from transactions.models import (
    Difference,
    DuplicatePayment,
    Move,
    Order,
    Payment,
    Receiver,
    Refund,
    Split,
    SplitRelease,
    SplitReturn,
    SplitRule,
)

Movable = (
    Order
    | Payment
    | Refund
    | DuplicatePayment
    | Receiver
    | SplitRule
    | Split
    | SplitReturn
    | SplitRelease
    | Difference
)

SUBJECTS: dict[type[models.Model], Move.Subject] = {
    Order: Move.Subject.ORDER,
    Payment: Move.Subject.PAYMENT,
    Refund: Move.Subject.REFUND,
    DuplicatePayment: Move.Subject.DUPLICATE,
    Receiver: Move.Subject.RECEIVER,
    SplitRule: Move.Subject.RULE,
    Split: Move.Subject.SPLIT,
    SplitReturn: Move.Subject.RETURN,
    SplitRelease: Move.Subject.RELEASE,
    Difference: Move.Subject.DIFFERENCE,
}


@dataclass(frozen=True, slots=True)
class Because:
    """Why a row moves. Where a person decided: who, and what that person wrote about it."""

    cause: Move.Cause
    actor: str = ""
    note: str = ""


def move(row: Movable, transition: str, *, cause: Move.Cause | Because, **facts: Any) -> bool:
    """Run ``row``'s transition with ``facts`` and store it; returns whether this call moved it.

    False when the lifecycle does not allow the edge from the row's state, or when the stored row
    is newer than ``row``: the caller then reloads and decides again. Belongs in a transaction
    together with the effects of the move.
    """
    because = cause if isinstance(cause, Because) else Because(cause)
    method = getattr(row, transition)
    if not can_proceed(method):
        return False
    before = _snapshot(row)
    source = row.state
    try:
        method(**facts)
    except TransitionNotAllowed:
        return False
    changed = [f for f in row._meta.concrete_fields if before[f.attname] != getattr(row, f.attname)]
    return _store(row, changed, source=source, because=because)


def _snapshot(row: Movable) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _store(row: Movable, changed: list[Any], *, source: str, because: Because) -> bool:
    quote = connection.ops.quote_name
    assignments = "".join(f"{quote(field.column)} = %s, " for field in changed)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in changed]
    sql = (
        f"WITH moved AS (UPDATE {quote(row._meta.db_table)} "  # noqa: S608 (names from the model)
        f"SET {assignments}version = version + 1 "
        "WHERE id = %s AND version = %s RETURNING id, merchant_id) "
        f"INSERT INTO {quote(Move._meta.db_table)} "
        "(merchant_id, subject, subject_id, source, target, cause, actor, note, created_at) "
        "SELECT merchant_id, %s, id, %s, %s, %s, %s, %s, %s FROM moved"
    )
    why = [because.cause, because.actor, because.note]
    history = [SUBJECTS[type(row)], source, row.state, *why, now()]
    with prepared_cursor() as cursor:
        cursor.execute(sql, [*values, row.pk, row.version, *history])
        moved: bool = cursor.rowcount == 1
    if moved:
        row.version += 1
    return moved
