"""Finding rows that are due, and drafts nobody confirmed. Safe to run twice at once.

Taking a row up pushes its due time ahead by the lease: whoever dies leaves it due again.
"""

from datetime import timedelta

from django.db import transaction

from paycenter.kernel.clock import now
from paycenter.operators.bulk.models import BulkItem, BulkRun

BATCH = 200
LEASE = timedelta(seconds=60)
"""Longer than a worker needs for a row, calls to its channel included."""


@transaction.atomic
def take_due_items() -> list[tuple[int, str]]:
    """Take up rows that are due; returns their ids, each with the queue of its workers."""
    waiting = BulkItem.objects.select_for_update(skip_locked=True).filter(due_at__lte=now())
    due = list(waiting.order_by("due_at", "pk").values_list("pk", "queue")[:BATCH])
    BulkItem.objects.filter(pk__in=[pk for pk, _ in due]).update(due_at=now() + LEASE)
    return due


@transaction.atomic
def forget_drafts() -> int:
    """Throw away drafts nobody confirmed in time; returns how many. One confirmed now is kept."""
    drafts = BulkRun.objects.select_for_update(skip_locked=True).filter(due_at__lte=now())
    old = list(drafts.order_by("due_at").values_list("pk", flat=True)[:BATCH])
    BulkRun.objects.filter(pk__in=old).delete()
    return len(old)
