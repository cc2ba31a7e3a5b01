"""Celery shims of channel bills."""

from celery import shared_task

from gateway.tasks import channel_queue
from paycenter.kernel.hints import publish_hint
from transactions.bills import loading, receiving, sweeping, wanting
from transactions.models import ChannelBill


@shared_task
def want_bills() -> None:
    """Make the rows of the channel bills there should be."""
    wanting.want_bills()


@shared_task
def receive_bill(bill_id: int) -> None:
    """Ask the channel for a bill, and have it read if it came."""
    bill = receiving.receive_bill(bill_id)
    if bill.state == ChannelBill.State.RECEIVED:
        publish_hint(load_bill, bill.pk)


@shared_task
def load_bill(bill_id: int) -> None:
    """Read a bill that was received."""
    loading.load_bill(bill_id)


@shared_task
def sweep_bills() -> None:
    """Hand due bills to the workers: those to ask for to their channel's, those to read to ours."""
    for pk, state, channel in sweeping.take_due_bills():
        if state == ChannelBill.State.WANTED:
            publish_hint(receive_bill, pk, queue=channel_queue(channel))
        else:
            publish_hint(load_bill, pk)


@shared_task
def tell_missing_bills() -> None:
    """Tell people of channel bills that do not come, and of those that came late."""
    sweeping.tell_missing_bills()
    sweeping.tell_bills_that_came()
