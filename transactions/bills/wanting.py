"""Which channel bills there should be: one of each kind a channel makes, for every day.

Rows are made as soon as the day is over, for days missed while the center was down too. Whatever
became of a day's bill stands in its row, so one that never came is seen.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from gateway.channel_bills import offered_bills
from gateway.contract import ConfigurationError
from merchants.models import PaymentAccount
from paycenter.kernel.clock import business_date, now
from transactions.models import ChannelBill

LOOK_BACK = 7
"""Days. What the center slept through before that is uploaded by hand, or asked for one by one."""


def want_bills() -> int:
    """Make the rows that are missing; returns how many. Safe to run twice at once."""
    today = business_date(now())
    days = [today - timedelta(days=back) for back in range(1, LOOK_BACK + 1)]
    known = set(
        ChannelBill.objects.filter(bill_date__gte=days[-1]).values_list(
            "channel_merchant_id", "kind", "bill_date"
        )
    )
    missing = [
        bill
        for account in _accounts()
        for bill in _wanted(account, days)
        if (bill.channel_merchant_id, bill.kind, bill.bill_date) not in known
    ]
    return len(ChannelBill.objects.bulk_create(missing, batch_size=500, ignore_conflicts=True))


def any_account(channel_merchant_id: int) -> PaymentAccount:
    """Return a payment account of a channel merchant: what asks for its bills.

    Raises ``PaymentAccount.DoesNotExist`` when it has none.
    """
    accounts = PaymentAccount.objects.select_related("channel_merchant")
    return (
        accounts.filter(channel_merchant=channel_merchant_id).order_by("-is_active", "pk")[:1].get()
    )


def _accounts() -> Iterator[PaymentAccount]:
    """Yield one account of each active channel merchant."""
    accounts = PaymentAccount.objects.filter(
        channel_merchant__is_active=True, channel_merchant__merchant__is_active=True
    )
    one_each = accounts.order_by("channel_merchant_id", "-is_active", "pk").distinct(
        "channel_merchant_id"
    )
    return one_each.select_related("channel_merchant").iterator()


def _wanted(account: PaymentAccount, days: list[date]) -> Iterator[ChannelBill]:
    owner = account.channel_merchant
    try:
        offered = offered_bills(account)
    except ConfigurationError:
        return  # It is wanted from the day its account can work.
    since = business_date(owner.created_at)
    for kind, terms in offered.items():
        for day in days:
            if day >= since:
                yield ChannelBill(
                    merchant_id=owner.merchant_id,
                    channel_merchant=owner,
                    bill_date=day,
                    kind=kind,
                    due_at=terms.ready(day),
                    created_at=now(),
                )
