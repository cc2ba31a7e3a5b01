"""After a restore: learn from the channels what this database has forgotten.

What is known here by its number is asked for by its number. What is not known at all can only come
from the channels' bills: a line without a row becomes a difference.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from gateway.contract import ConfigurationError
from transactions.bills.wanting import want_bills
from transactions.lifecycle import OPEN_PAYMENT, OPEN_REFUND, PaymentState
from transactions.models import ChannelBill, Payment, Refund
from transactions.services.asking import look_at_refund, sync_payment

LATE_SUCCESS = timedelta(days=1)
"""A payment that ended without money so shortly before may have been paid in what was lost."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """How many were asked for, and the numbers of those whose channel could not be asked."""

    count: int
    not_asked: list[str]


def ask_for_payments(restored_to: datetime) -> Asked:
    """Ask for every payment that is open here, and for those that ended unpaid shortly before."""
    ended = [PaymentState.FAILED, PaymentState.CLOSED]
    rows = Payment.objects.filter(
        Q(state__in=OPEN_PAYMENT) | Q(state__in=ended, created_at__gte=restored_to - LATE_SUCCESS)
    )
    return _ask(rows.order_by("pk").values_list("pk", "serial_no"), sync_payment)


def ask_for_refunds() -> Asked:
    """Ask for every refund that is under way here; one the channel does not know is sent."""
    rows = Refund.objects.filter(state__in=OPEN_REFUND)
    return _ask(rows.order_by("pk").values_list("pk", "refund_serial_no"), look_at_refund)


def want_bills_again() -> tuple[int, int]:
    """Have bills got whose rows or files were lost; returns how many of each.

    Bills of days that are over are made or found by ``want_bills``; those whose files are not in
    the restored folder are asked for once more.
    """
    made = want_bills()
    rows = ChannelBill.objects.filter(state=ChannelBill.State.RECEIVED)
    lost = [bill.pk for bill in rows if not bill.file.storage.exists(str(bill.file.name))]
    wanted = ChannelBill.objects.filter(pk__in=lost, state=ChannelBill.State.RECEIVED)
    again = wanted.update(
        state=ChannelBill.State.WANTED, file="", file_name="", sha256="", size=0, received_at=None
    )
    return made, again


def _ask(rows: Iterable[tuple[int, str]], ask: Callable[[int], object]) -> Asked:
    """Ask one after the other; one whose account cannot work stays due and does not end this."""
    count, not_asked = 0, []
    for pk, number in list(rows):
        try:
            ask(pk)
        except ConfigurationError as error:
            logger.error("%s was not asked for: %s", number, error)
            not_asked.append(number)
        else:
            count += 1
    return Asked(count, not_asked)
