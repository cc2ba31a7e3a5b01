"""Finding what is due, in bounded batches. Safe to run twice at once and on several machines.

Taking a row up pushes its due time ahead by the lease: whoever dies leaves it due again.
"""

from django.db import transaction

from paycenter.kernel.clock import now
from transactions.models import Payment, Refund
from transactions.schedule import LEASE

BATCH = 200

Due = list[tuple[int, str]]
"""Row ids, each with the code of the channel it waits for."""


@transaction.atomic
def take_due_payments() -> Due:
    """Take up payments that are due and return them."""
    found = (
        Payment.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(due_at__lte=now())
        .order_by("due_at")
        .values_list("pk", "channel_merchant__channel")[:BATCH]
    )
    due = list(found)
    Payment.objects.filter(pk__in=[pk for pk, _ in due]).update(due_at=now() + LEASE)
    return due


@transaction.atomic
def take_due_refunds() -> Due:
    """Take up refunds that are due and return them."""
    found = (
        Refund.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(due_at__lte=now())
        .order_by("due_at")
        .values_list("pk", "payment__channel_merchant__channel")[:BATCH]
    )
    due = list(found)
    Refund.objects.filter(pk__in=[pk for pk, _ in due]).update(due_at=now() + LEASE)
    return due
