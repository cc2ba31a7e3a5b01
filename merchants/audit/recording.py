"""Writing down who did what to which object: one INSERT in the caller's transaction, no lock.

What is rolled back was not done, and is not in the log. Its place in the chain follows after the
commit (``merchants.audit.chaining``), so nobody who writes waits for anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from merchants.models import AuditEvent, Merchant, PropertyGroup
from paycenter.kernel.clock import now
from paycenter.kernel.request_id import current_request_id

Action = AuditEvent.Action

_OWNERS = (
    "merchant",
    "group",
    "project",
    "channel_merchant",
    "payment_account",
    "application",
    "order",
    "payment",
    "rule",
    "split",
    "share",
    "delivery",
)
"""Relations that lead to whose a row is, the nearest first."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who did it, and from which address. Without a user it is an application, or the center."""

    user_id: int | None = None
    name: str = ""
    address: str = ""


CENTER = Who()


@dataclass(frozen=True, slots=True)
class Subject:
    """What it was done to: a row, or with a blank ``id`` all rows of a kind."""

    type: str = ""
    id: str = ""
    text: str = ""
    merchant_id: int | None = None
    group_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What was done. ``before`` and ``after`` come masked, from ``merchants.audit.differences``."""

    action: Action
    detail: str = ""
    reason: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def record(deed: Deed, subject: Subject, who: Who = CENTER) -> AuditEvent:
    """Write a deed down; one statement."""
    return AuditEvent.objects.create(
        at=now(),
        user_id=who.user_id,
        name=_fitting("name", who.name),
        address=who.address,
        request_id=current_request_id.get(),
        action=deed.action,
        object_type=subject.type,
        object_id=subject.id,
        object_text=_fitting("object_text", subject.text),
        merchant_id=subject.merchant_id,
        group_id=subject.group_id,
        before=dict(deed.before),
        after=dict(deed.after),
        detail=_fitting("detail", deed.detail),
        reason=_fitting("reason", deed.reason),
    )


def subject_of(row: Model) -> Subject:
    """Return a row as a subject, with the company and group that it belongs to."""
    merchant_id, group_id = _owner(row)
    return Subject(row._meta.label_lower, str(row.pk), str(row), merchant_id, group_id)


def _owner(row: Model) -> tuple[int | None, int | None]:
    """Return the ids of a row's company and group; neither for what is the platform's."""
    if isinstance(row, Merchant):
        return row.pk, row.group_id
    if isinstance(row, PropertyGroup):
        return None, row.pk
    for name in _OWNERS:
        owner = getattr(row, name, None)
        found = _owner(owner) if isinstance(owner, Model) else (None, None)
        if found != (None, None):
            return found
    return None, None


def _fitting(name: str, text: str) -> str:
    """Cut a text to its column, without the one character PostgreSQL cannot hold."""
    column: Any = AuditEvent._meta.get_field(name)
    return text.replace("\x00", "")[: column.max_length]
