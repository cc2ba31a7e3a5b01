"""Celery shims of reconciliation."""

from celery import shared_task

from paycenter.kernel.hints import publish_hint
from transactions.reconciliation import running, telling


@shared_task
def run_reconciliation(run_id: int) -> None:
    """Compare one channel bill with our books."""
    running.run(run_id)


@shared_task
def sweep_reconciliations() -> None:
    """Hand runs that are due to workers."""
    for pk in running.take_due_runs():
        publish_hint(run_reconciliation, pk)


@shared_task
def tell_of_differences() -> None:
    """Open what waited long enough, and tell people of what is open."""
    telling.mature_old()
    telling.tell_people()
