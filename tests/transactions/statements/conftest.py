"""A company with a day of payments, refunds and a duplicate, in two projects."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from merchants.models import PaymentAccount, Project
from paycenter.kernel.clock import business_date, now
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.duplicates import held
from transactions.models import BillLine, ChannelBill, Payment, Refund
from transactions.statements.rows import Scope

LINES = [{"fee_type": "物业费", "amount": 7_000}, {"fee_type": "停车费", "amount": 3_000}]


@dataclass(frozen=True)
class Day:
    """What happened: a payment, its refund, one of the other project, one paid twice."""

    desk: Desk
    day: date
    paid: Payment
    refund: Refund
    other: Payment
    duplicate: Payment

    @property
    def scope(self) -> Scope:
        """The whole day of the company."""
        return Scope(merchant_id=self.paid.merchant_id, first=self.day, last=self.day)


@pytest.fixture
def day(desk: Desk, clock: Clock) -> Day:
    """A day of a company as its books have it."""
    merchant = desk.account.channel_merchant.merchant
    for number, account in enumerate((desk.account, desk.other_account)):
        project = Project.objects.create(merchant=merchant, code=f"p{number}", name=f"小区{number}")
        PaymentAccount.objects.filter(pk=account.pk).update(project=project)
    paid = desk.paid_payment("A1", lines=LINES)
    desk.refund(paid, refund_no="R1", amount=1_000)
    desk.sweep_refunds()
    refund = desk.the_refund()
    desk.callback(desk.channel.refunded(refund.refund_serial_no))
    other = desk.pending_payment("A2", account=desk.other_account)
    desk.callback(desk.other_channel.paid(other.serial_no), account=desk.other_account)
    duplicate = held(desk, "A3").payment
    return Day(
        desk=desk,
        day=business_date(now()),
        paid=desk.payment(paid.serial_no),
        refund=desk.the_refund(),
        other=desk.payment(other.serial_no),
        duplicate=duplicate,
    )


def bill_fee(payment: Payment, fee: int, **changes: object) -> BillLine:
    """Let a payment be found in the channel bill of its day with this fee."""
    bill, _ = ChannelBill.objects.get_or_create(
        merchant=payment.merchant,
        channel_merchant=payment.channel_merchant,
        bill_date=business_date(now()),
        kind="trade",
        defaults={"state": "loaded", "created_at": now()},
    )
    facts: dict[str, Any] = {
        "channel_bill": bill,
        "merchant": payment.merchant,
        "line_no": bill.lines.count() + 1,
        "movement": "payment",
        "number": payment.serial_no,
        "amount": payment.amount,
        "fee": fee,
        "outcome": "succeeded",
        "moment": now(),
    }
    return BillLine.objects.create(**(facts | changes))
