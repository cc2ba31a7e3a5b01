"""The chain: every event holds the hash of the one before, so none can change unnoticed.

Events are chained after their commit, by one worker at a time: a chain that writers made themselves
would have each wait for the other's transaction. Until then, for some seconds, an event is guarded
by its trigger alone. The end of the chain is written to the log as well: whoever could alter every
table of the database cannot alter that, and ``verify_audit --expect`` compares with it.
"""

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import UTC

from django.db import transaction

from merchants.models import AuditEvent, AuditHead
from merchants.models.audit import NO_HASH

logger = logging.getLogger(__name__)

BATCH = 500
CHAINED = (
    "number",
    "previous_hash",
    "user_id",
    "name",
    "address",
    "request_id",
    "action",
    "object_type",
    "object_id",
    "object_text",
    "merchant_id",
    "group_id",
    "before",
    "after",
    "detail",
    "reason",
)
"""What the hash of an event is made over, besides its id and moment: all but the hash itself."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain and the hash of the event there."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


START = Link(0, NO_HASH)


def canonical(event: AuditEvent) -> bytes:
    """Return the bytes an event is hashed as: JSON in UTF-8, keys sorted, no blanks, UTC."""
    document = {name: getattr(event, name) for name in CHAINED}
    document |= {"id": event.pk, "at": event.at.astimezone(UTC).isoformat()}
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def digest(event: AuditEvent) -> str:
    """Return the SHA-256 of an event in its place, as hexadecimal."""
    return hashlib.sha256(canonical(event)).hexdigest()


def chain_events() -> int:
    """Chain committed events, oldest first; returns how many (at most ``BATCH``).

    One statement when nothing waits.
    """
    if not AuditEvent.objects.filter(number=None).exists():
        return 0
    with transaction.atomic():
        head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
        # A statement of its own: only one that starts under the lock sees what the last holder did.
        waiting = list(AuditEvent.objects.filter(number=None).order_by("id")[:BATCH])
        for event in waiting:
            event.number, event.previous_hash = head.number + 1, head.hash
            event.hash = digest(event)
            head.number, head.hash = event.number, event.hash
        AuditEvent.objects.bulk_update(waiting, ["number", "previous_hash", "hash"])
        head.save()
    if waiting:
        logger.info("the audit chain ends at %s", Link(head.number, head.hash))
    return len(waiting)
