"""Test vocabulary: an order that is booked, with a correction and a closed day."""

from datetime import timedelta

from paycenter.kernel.clock import business_date, now
from tests.support.books import entry_of
from transactions.ledger.events import post_payment, post_refund
from transactions.ledger.posting import reverse
from transactions.models import Account, ClosedDay, DayBalance, JournalEntry, Order, Payment, Refund


def make_books(order: Order) -> JournalEntry:
    """Book what an order's payments and refunds moved; return the reversal of the last of them."""
    for payment in Payment.objects.filter(order=order, state="succeeded"):
        post_payment(payment)
    for refund in Refund.objects.filter(payment__order=order, state="succeeded"):
        post_refund(refund)
    entry = JournalEntry.objects.latest("id")
    reversal = reverse(entry.pk, by="operator", note="booked in error")
    day = business_date(now()) - timedelta(days=3)
    ClosedDay.objects.create(
        merchant=order.merchant,
        business_date=day,
        rows=0,
        totals={},
        sha256="0" * 64,
        closed_at=now(),
    )
    DayBalance.objects.create(
        merchant=order.merchant,
        business_date=day,
        account=Account.CHANNEL,
        channel_merchant=entry.channel_merchant,
        debit=12_850,
        credit=2_850,
    )
    return entry_of(reversal)
