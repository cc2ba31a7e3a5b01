"""A company to which everything happened that invariants speak of, all of it as it should be."""

from datetime import timedelta

import pytest

from notifications.models import Delivery
from notifications.services.number_events import number_events
from paycenter.kernel.clock import business_date, now
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.duplicates import held
from transactions.ledger.closing import close_day
from transactions.ledger.posting import Posting, Side, post
from transactions.models import (
    Account,
    BillLine,
    ChannelBill,
    JournalEntry,
    Payment,
    Receiver,
    Reconciliation,
    Split,
    SplitReturn,
    SplitShare,
)


@pytest.fixture
def healthy(desk: Desk, clock: Clock) -> Desk:
    """A paid, partly refunded and shared payment, a duplicate held, a closed day, a bill."""
    payment = desk.paid_payment("A1")
    desk.refund(payment)
    desk.sweep_refunds()
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))
    held(desk, "A2")
    _share(payment)
    _reconcile(payment)
    day = business_date(now())
    clock.shift(timedelta(days=1))
    close_day(payment.merchant, day)
    number_events()
    Delivery.objects.filter(due_at__isnull=False).update(due_at=now())
    return desk


def _share(payment: Payment) -> None:
    """Let a receiver have 20 yuan, of which 5 came back."""
    moment = now()
    receiver = Receiver.objects.create(
        merchant=payment.merchant,
        channel_merchant=payment.channel_merchant,
        label="业委会",
        kind="merchant",
        account_hash="0" * 64,
        relation="partner",
        state="bound",
    )
    facts = {"merchant": payment.merchant, "application": payment.order.application}
    split = Split.objects.create(
        payment=payment,
        split_serial_no="S" * 24,
        amount=2_000,
        state="finished",
        created_at=moment,
        **facts,
    )
    share = SplitShare.objects.create(
        merchant=payment.merchant,
        split=split,
        receiver=receiver,
        sealed_account="sealed",
        kind="merchant",
        amount=2_000,
        returned=500,
        result="succeeded",
    )
    SplitReturn.objects.create(
        share=share,
        return_serial_no="B" * 24,
        amount=500,
        state="succeeded",
        created_at=moment,
        **facts,
    )
    Payment.objects.filter(pk=payment.pk).update(shared=1_500)
    reference = f"{split.split_serial_no}-{receiver.receiver_no}"
    _post(payment, JournalEntry.Kind.SPLIT, reference, 2_000)
    _post(payment, JournalEntry.Kind.SPLIT_RETURN, "B" * 24, -500)


def _post(payment: Payment, kind: JournalEntry.Kind, reference: str, amount: int) -> None:
    post(
        Posting(
            kind=kind,
            reference=reference,
            channel_merchant=payment.channel_merchant,
            occurred_at=now(),
            debits=[Side(Account.SHARED, amount)],
            credits=[Side(Account.CHANNEL, amount)],
            payment=payment,
        )
    )


def _reconcile(payment: Payment) -> None:
    """Let the payment be found in a channel bill."""
    moment = now()
    bill = ChannelBill.objects.create(
        merchant=payment.merchant,
        channel_merchant=payment.channel_merchant,
        bill_date=business_date(moment),
        kind="trade",
        state="loaded",
        line_count=1,
        created_at=moment,
    )
    BillLine.objects.create(
        channel_bill=bill,
        merchant=payment.merchant,
        line_no=1,
        movement="payment",
        number=payment.serial_no,
        amount=payment.amount,
        outcome="succeeded",
        moment=moment,
    )
    Reconciliation.objects.create(
        merchant=payment.merchant,
        channel_bill=bill,
        state="done",
        finished_at=moment,
        created_at=moment,
    )
