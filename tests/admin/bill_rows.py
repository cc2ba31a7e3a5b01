"""Test vocabulary: a channel bill with lines, a run over it, and a difference that it found."""

from datetime import timedelta

from paycenter.kernel.clock import business_date, now
from transactions.models import BillLine, ChannelBill, Difference, Order, Reconciliation


def make_bill(order: Order) -> Difference:
    """Make yesterday's bill of the order's channel merchant; return its one difference."""
    payment = order.payments.filter(settles_order=True).get()
    moment = now()
    bill = ChannelBill.objects.create(
        merchant=order.merchant,
        channel_merchant=payment.channel_merchant,
        bill_date=business_date(moment) - timedelta(days=1),
        kind="trade",
        state="loaded",
        line_count=1,
        totals={"amount": payment.amount, "fee": 77},
        file_name="bill.csv",
        sha256="0" * 64,
        uploaded_by="operator",
        received_at=moment,
        loaded_at=moment,
        created_at=moment,
    )
    line = BillLine.objects.create(
        channel_bill=bill,
        merchant=order.merchant,
        line_no=1,
        movement="payment",
        number=payment.serial_no,
        serial_no=payment.serial_no,
        channel_number=payment.channel_serial_no or "",
        amount=payment.amount - 1,
        fee=77,
        outcome="succeeded",
        state="SUCCESS",
        moment=moment,
    )
    run = Reconciliation.objects.create(
        merchant=order.merchant,
        channel_bill=bill,
        state="done",
        counts={"unequal": 1},
        started_at=moment,
        finished_at=moment,
        created_at=moment,
    )
    return Difference.objects.create(
        merchant=order.merchant,
        channel_merchant=bill.channel_merchant,
        channel_bill=bill,
        run=run,
        bill_date=bill.bill_date,
        type="amount",
        movement="payment",
        number=payment.serial_no,
        payment=payment,
        bill_line=line,
        ours=payment.amount,
        theirs=payment.amount - 1,
        created_at=moment,
    )
