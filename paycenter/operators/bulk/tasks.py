"""Celery shims of actions on many rows."""

from celery import shared_task

from paycenter.kernel.hints import publish_hint
from paycenter.operators.bulk import sweeping, working


@shared_task
def work_on_bulk_item(item_id: int) -> None:
    """Do what a run says to one row."""
    working.work_on(item_id)


@shared_task
def sweep_bulk_items() -> None:
    """Hand due rows to workers."""
    for pk, queue in sweeping.take_due_items():
        publish_hint(work_on_bulk_item, pk, queue=queue)


@shared_task
def forget_bulk_drafts() -> None:
    """Throw away what nobody confirmed."""
    sweeping.forget_drafts()
