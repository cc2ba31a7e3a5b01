"""Reading a channel bill that was received into lines, all of them or none.

The file is read as a stream and copied into the database as one: a million lines take no more
memory than ten. A bill that cannot be read keeps its file and says what is wrong with it.
"""

import logging
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.db import connection, transaction

from gateway.bill_messages import BillError, BillKind, BillReading, Movement
from gateway.bill_messages import BillLine as ReadLine
from gateway.channel_bills import read_bill
from gateway.contract import ConfigurationError
from merchants.models import PaymentAccount
from paycenter.kernel.clock import now
from transactions.bills.receiving import tell_unusable, want_reconciliation
from transactions.bills.wanting import any_account
from transactions.ledger.bill_events import post_fees, post_settlement, reverse_fees
from transactions.models import ChannelBill

logger = logging.getLogger(__name__)

_COPY = """
COPY transactions_billline
    (channel_bill_id, merchant_id, line_no, movement, number, serial_no, channel_number,
     amount, fee, change, outcome, state, moment)
FROM STDIN
"""


def load_bill(bill_id: int) -> ChannelBill:
    """Read a received bill; returns the row as it is now. Twice is once."""
    try:
        _load(bill_id)
    except BillError as error:
        _set_aside(bill_id, fault=error.fault, error=error.text, params=error.params)
    except (ConfigurationError, PaymentAccount.DoesNotExist) as error:
        _set_aside(bill_id, fault="", error=str(error), params={})
    return ChannelBill.objects.select_related("channel_merchant").get(pk=bill_id)


@transaction.atomic
def _load(bill_id: int) -> None:
    rows = ChannelBill.objects.select_for_update(of=("self",)).select_related("channel_merchant")
    bill = rows.get(pk=bill_id)
    if bill.state != ChannelBill.State.RECEIVED:
        return
    account = any_account(bill.channel_merchant_id)
    with bill.file.open("rb") as file:
        reading = read_bill(account, bill.request, file.file)
        settlements = _copy(bill, reading)
    bill.totals = asdict(reading.totals) if reading.totals else {}
    _replace_earlier(bill)
    bill.state = ChannelBill.State.LOADED
    bill.line_count = bill.totals["lines"]
    bill.loaded_at = now()
    bill.due_at, bill.fault, bill.error, bill.error_params = None, "", "", {}
    bill.save()
    for line in settlements:
        post_settlement(bill, line)
    if bill.kind == BillKind.TRADE:
        post_fees(bill)
    want_reconciliation(bill)


def _copy(bill: ChannelBill, reading: BillReading) -> list[ReadLine]:
    """Copy the lines into the database; returns those that tell of money sent to the bank."""
    settlements: list[ReadLine] = []
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for line in reading:
            copy.write_row(_row(bill, line))
            if line.movement is Movement.WITHDRAWAL and (line.change or 0) < 0:
                settlements.append(line)
    with connection.cursor() as cursor:
        # Without it the planner takes a bill of a million lines for a short one.
        cursor.execute("ANALYZE transactions_billline")
    return settlements


def _row(bill: ChannelBill, line: ReadLine) -> tuple[Any, ...]:
    refund, split = line.movement in _OF_REFUNDS, line.movement is Movement.SPLIT
    own = line.split_serial_no if split else line.serial_no
    number = line.refund_serial_no if refund else own
    return (
        bill.pk,
        bill.merchant_id,
        line.number,
        line.movement.value,
        number[:64],
        line.serial_no[:64],
        (line.channel_refund_no if refund else line.channel_serial_no or line.flow_no)[:64],
        line.refund_amount if refund else line.amount,
        line.fee,
        line.change,
        line.outcome.value,
        line.state[:64],
        line.moment,
    )


_OF_REFUNDS = frozenset({Movement.REFUND, Movement.REFUND_REVERSED})


def _replace_earlier(bill: ChannelBill) -> None:
    """Have an earlier bill of the same day count no more; its lines stay, and count neither."""
    for earlier in _counting(bill):
        if earlier.kind == BillKind.TRADE:
            reverse_fees(earlier)
        earlier.state = ChannelBill.State.REPLACED
        earlier.save(update_fields=["state"])


def _counting(bill: ChannelBill) -> Iterator[ChannelBill]:
    counting = (ChannelBill.State.LOADED, ChannelBill.State.EMPTY)
    same = ChannelBill.objects.filter(
        channel_merchant=bill.channel_merchant_id, bill_date=bill.bill_date, kind=bill.kind
    )
    yield from same.filter(state__in=counting).exclude(pk=bill.pk).select_for_update()


@transaction.atomic
def _set_aside(bill_id: int, *, fault: str, error: str, params: dict[str, str]) -> None:
    """Keep a file that cannot be read, with what is wrong with it, and tell people."""
    rows = ChannelBill.objects.filter(pk=bill_id, state=ChannelBill.State.RECEIVED)
    changed = rows.update(
        state=ChannelBill.State.UNUSABLE,
        due_at=None,
        fault=fault,
        error=error[:400],
        error_params=params,
    )
    if changed:
        logger.error("channel bill %s cannot be used: %s", bill_id, error)
        bill = ChannelBill.objects.select_related("channel_merchant").get(pk=bill_id)
        tell_unusable(bill, error, params)


def read_again(bill: ChannelBill) -> bool:
    """Have a kept file read again, after the center or an entry was mended."""
    rows = ChannelBill.objects.filter(pk=bill.pk, state=ChannelBill.State.UNUSABLE).exclude(file="")
    return rows.update(state=ChannelBill.State.RECEIVED, due_at=now()) == 1
