"""Celery shims of the transaction core: ids in, services called, the awaiting request answered.

Each task may be lost, doubled or late; what matters is in the rows.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import shared_task

from gateway.contract import ConfigurationError
from gateway.tasks import channel_queue
from paycenter.kernel.hints import publish_hint
from paycenter.kernel.replies import send_reply
from transactions import sweeps
from transactions.bills import tasks as bill_tasks
from transactions.invariants.verifying import verify_and_alert
from transactions.ledger.closing import close_due_days
from transactions.models import Payment, Refund
from transactions.reconciliation import tasks as reconciliation_tasks
from transactions.representations import payment_resource, refund_resource
from transactions.services import asking, closing, refund_sending, sending
from transactions.splits import binding, releases, return_sending
from transactions.splits import sending as split_sending
from transactions.splits import sweeps as split_sweeps
from transactions.splits.representations import release_resource, return_resource, split_resource
from transactions.tallies.counting import count_due_hours

__all__ = ["bill_tasks", "reconciliation_tasks"]
"""Tasks that live beside what they are about: Celery finds them because they are imported here."""

logger = logging.getLogger(__name__)


@contextmanager
def _unless_misconfigured(number: int) -> Iterator[None]:
    """Log an account that cannot work; the row stays due for when somebody has mended it."""
    try:
        yield
    except ConfigurationError as error:
        logger.error("row %s waits for its account to be mended: %s", number, error)


def _answer(reply_key: str, resource: dict[str, Any]) -> None:
    if reply_key:
        send_reply(reply_key, resource)


def _answer_payment(reply_key: str, payment: Payment) -> None:
    _answer(reply_key, payment_resource(payment))


def _answer_refund(reply_key: str, refund: Refund) -> None:
    _answer(reply_key, refund_resource(refund))


@shared_task
def send_payment(payment_id: int, reply_key: str = "") -> None:
    """Ask the channel for a payment."""
    _answer_payment(reply_key, sending.send_payment(payment_id))


@shared_task
def look_at_payment(payment_id: int, reply_key: str = "") -> None:
    """Ask the channel what became of a payment."""
    with _unless_misconfigured(payment_id):
        _answer_payment(reply_key, asking.look_at_payment(payment_id))


@shared_task
def sync_payment(payment_id: int, reply_key: str = "") -> None:
    """Ask the channel because somebody wants the truth now."""
    with _unless_misconfigured(payment_id):
        _answer_payment(reply_key, asking.sync_payment(payment_id))


@shared_task
def close_payment(payment_id: int, reply_key: str = "") -> None:
    """Close a payment at its channel; answers with the payment and whether the channel knows it."""
    with _unless_misconfigured(payment_id):
        tried = asking.close_payment(payment_id)
        resource = payment_resource(tried.payment)
        _answer(reply_key, {"payment": resource, "missing": tried.missing})


@shared_task
def send_refund(refund_id: int, reply_key: str = "") -> None:
    """Ask the channel for a refund."""
    _answer_refund(reply_key, refund_sending.send_refund(refund_id))


@shared_task
def look_at_refund(refund_id: int, reply_key: str = "") -> None:
    """Ask the channel what became of a refund."""
    with _unless_misconfigured(refund_id):
        _answer_refund(reply_key, asking.look_at_refund(refund_id))


@shared_task
def sweep_payments() -> None:
    """Hand due payments to the workers of their channels."""
    for pk, channel in sweeps.take_due_payments():
        publish_hint(look_at_payment, pk, queue=channel_queue(channel))


@shared_task
def sweep_refunds() -> None:
    """Hand due refunds to the workers of their channels."""
    for pk, channel in sweeps.take_due_refunds():
        publish_hint(look_at_refund, pk, queue=channel_queue(channel))


@shared_task
def sweep_orders() -> None:
    """Expire orders nobody paid in time."""
    closing.expire_orders()


@shared_task
def send_split(split_id: int, reply_key: str = "") -> None:
    """Ask the channel for a split."""
    _answer(reply_key, split_resource(split_sending.send_split(split_id)))


@shared_task
def look_at_split(split_id: int) -> None:
    """Send a split, or ask the channel what became of it."""
    with _unless_misconfigured(split_id):
        split_sending.look_at_split(split_id)


@shared_task
def look_at_return(return_id: int, reply_key: str = "") -> None:
    """Send a return of a share, or ask the channel what became of it."""
    with _unless_misconfigured(return_id):
        _answer(reply_key, return_resource(return_sending.look_at_return(return_id)))


@shared_task
def send_release(release_id: int, reply_key: str = "") -> None:
    """Ask the channel to free the rest of a payment."""
    _answer(reply_key, release_resource(releases.send_release(release_id)))


@shared_task
def sweep_splits() -> None:
    """Hand due splits, returns of shares and releases to the workers of their channels."""
    for pk, channel in split_sweeps.take_due_splits():
        publish_hint(look_at_split, pk, queue=channel_queue(channel))
    for pk, channel in split_sweeps.take_due_returns():
        publish_hint(look_at_return, pk, queue=channel_queue(channel))
    for pk, channel in split_sweeps.take_due_releases():
        publish_hint(send_release, pk, queue=channel_queue(channel))


@shared_task
def look_at_receiver(receiver_id: int) -> None:
    """Bind or unbind a receiver at its channel."""
    binding.look_at_receiver(receiver_id)


@shared_task
def sweep_receivers() -> None:
    """Hand receivers that are due to the workers of their channels."""
    for pk, channel in split_sweeps.take_due_receivers():
        publish_hint(look_at_receiver, pk, queue=channel_queue(channel))


@shared_task
def close_days() -> None:
    """Close the business days whose time has come."""
    close_due_days()


@shared_task
def count_hours() -> None:
    """Count what each hour brought, for pages that show whole days."""
    count_due_hours()


@shared_task
def verify_invariants() -> None:
    """Look whether all holds that must hold, and alert where it does not."""
    verify_and_alert()
