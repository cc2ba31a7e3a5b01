"""What a channel bill books: the channel's fees of a day, and money sent to the bank."""

from datetime import datetime, time

from gateway.bill_messages import BillLine as ReadLine
from paycenter.kernel.clock import BUSINESS_ZONE
from transactions.ledger.posting import Posting, Side, post, reverse
from transactions.models import Account, ChannelBill, JournalEntry

Kind = JournalEntry.Kind
_NOON = time(12)


def post_fees(bill: ChannelBill) -> None:
    """Book the fees of a trade bill, given back ones taken off, as one entry on its day."""
    post(
        Posting(
            kind=Kind.FEE,
            reference=_reference(bill),
            channel_merchant=bill.channel_merchant,
            occurred_at=datetime.combine(bill.bill_date, _NOON, BUSINESS_ZONE),
            debits=[Side(Account.FEE, bill.totals["fee"])],
            credits=[Side(Account.CHANNEL, bill.totals["fee"])],
        )
    )


def reverse_fees(bill: ChannelBill) -> None:
    """Take back the fees of a bill that a revision replaces."""
    entries = JournalEntry.objects.filter(
        merchant_id=bill.merchant_id, kind=Kind.FEE, reference=_reference(bill)
    )
    for pk in entries.values_list("pk", flat=True):
        reverse(pk, note=f"{bill.bill_date} revision")


def post_settlement(bill: ChannelBill, line: ReadLine) -> None:
    """Book that the channel sent money to the bank, once however often a bill tells of it."""
    amount = -(line.change or 0)
    post(
        Posting(
            kind=Kind.SETTLEMENT,
            reference=line.flow_no or f"{_reference(bill)}:{line.number}",
            channel_merchant=bill.channel_merchant,
            occurred_at=line.moment,
            debits=[Side(Account.BANK, amount)],
            credits=[Side(Account.CHANNEL, amount)],
        )
    )


def _reference(bill: ChannelBill) -> str:
    return f"bill:{bill.pk}"
