"""From "yes" to work: a run's rows become due, and a few are done while the person waits."""

from django.db import transaction

from paycenter.kernel.clock import now
from paycenter.kernel.hints import publish_hint
from paycenter.operators.bulk.deed import Deed
from paycenter.operators.bulk.models import BulkItem, BulkRun
from paycenter.operators.bulk.tasks import sweep_bulk_items
from paycenter.operators.bulk.working import work_on

AT_ONCE = 20
"""Rows that are done in the request itself; more, and whatever calls a channel, workers do."""


@transaction.atomic
def confirm(run: BulkRun, *, why: str, address: str) -> bool:
    """Have a draft done; returns False when it is none any more, so that it is done once."""
    moment = now()
    drafts = BulkRun.objects.filter(pk=run.pk, state=BulkRun.State.DRAFT)
    confirmed = drafts.update(
        state=BulkRun.State.RUNNING, note=why, address=address, confirmed_at=moment, due_at=None
    )
    if confirmed:
        BulkItem.objects.filter(run=run).update(due_at=moment)
    return bool(confirmed)


def begin(deed: Deed, run: BulkRun) -> None:
    """Work on a confirmed run at once; what this leaves, the sweep finds."""
    if deed.at_channel or run.total > AT_ONCE:
        publish_hint(sweep_bulk_items)
        return
    for pk in run.items.order_by("pk").values_list("pk", flat=True):
        work_on(pk)
