"""Both sides of a day: payments and refunds of ours as the center books them, lines of a bill."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from gateway.messages import Outcome, PaymentReport, RefundReport
from merchants.models import ChannelMerchant, PaymentAccount
from paycenter.kernel.clock import BUSINESS_ZONE, now
from paycenter.kernel.numbers import mint
from tests.support.parties import make_account, make_application, make_channel_merchant
from transactions.lifecycle import PaymentState, RefundState
from transactions.models import (
    BillLine,
    ChannelBill,
    Move,
    Order,
    Payment,
    Reconciliation,
    Refund,
)
from transactions.reconciliation.running import run
from transactions.services.payment_truth import apply_payment_report
from transactions.services.refund_truth import apply_refund_report

_numbers = count(1)


def noon(day: date, hours: int = 0) -> datetime:
    """Return noon of a day in China, or so many hours after."""
    return datetime.combine(day, time(12), BUSINESS_ZONE) + timedelta(hours=hours)


@dataclass
class Books:
    """One channel merchant: what we booked, and the lines its channel writes."""

    account: PaymentAccount
    lines: dict[date, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def owner(self) -> ChannelMerchant:
        return self.account.channel_merchant

    def attempt(self, amount: int, opened: datetime) -> Payment:
        """Open an order with a payment that waits for its payer."""
        order = Order.objects.create(
            application=self.application,
            merchant=self.owner.merchant,
            order_no=f"A{next(_numbers)}",
            amount=amount,
            subject="物业费",
            content_hash="x",
            expires_at=opened + timedelta(days=1),
            created_at=opened,
            state="paying",
        )
        return Payment.objects.create(
            merchant=self.owner.merchant,
            order=order,
            payment_account=self.account,
            channel_merchant=self.owner,
            serial_no=mint("P", opened),
            invoke_method="qr_code",
            amount=amount,
            attempt_no=1,
            request_hash="x",
            state=PaymentState.PENDING,
            due_at=opened,
            expires_at=opened + timedelta(days=1),
            created_at=opened,
        )

    def paid(self, amount: int, at: datetime, *, told: bool = True, listed: bool = True) -> Payment:
        """Have a payment made; ``told``: the center heard of it; ``listed``: the bill shows it."""
        payment = self.attempt(amount, at)
        number = f"42{payment.serial_no}"
        if told:
            report = PaymentReport(
                Outcome.SUCCEEDED,
                payment.serial_no,
                channel_serial_no=number,
                amount=amount,
                currency="CNY",
                mchid=self.owner.mchid,
                paid_at=at,
            )
            apply_payment_report(self.owner, report, cause=Move.Cause.CALLBACK)
            payment.refresh_from_db()
        if listed:
            self.line(at, number=payment.serial_no, channel_number=number, amount=amount)
        return payment

    def refunded(
        self, payment: Payment, amount: int, at: datetime, *, told: bool = True, listed: bool = True
    ) -> Refund:
        """Have a part of a payment returned."""
        Payment.objects.filter(pk=payment.pk).update(refund_reserved=amount)
        refund = Refund.objects.create(
            merchant=payment.merchant,
            application=self.application,
            payment=payment,
            refund_serial_no=mint("R", at),
            amount=amount,
            reason="多收",
            content_hash="x",
            state=RefundState.PROCESSING,
            sent_at=at,
            due_at=at,
            created_at=at,
        )
        number = f"50{refund.refund_serial_no}"
        if told:
            report = RefundReport(
                Outcome.SUCCEEDED,
                refund.refund_serial_no,
                serial_no=payment.serial_no,
                channel_refund_no=number,
                amount=amount,
                currency="CNY",
                succeeded_at=at,
            )
            apply_refund_report(self.owner, report, cause=Move.Cause.CALLBACK)
            refund.refresh_from_db()
        if listed:
            self.line(
                at,
                movement="refund",
                number=refund.refund_serial_no,
                serial_no=payment.serial_no,
                channel_number=number,
                amount=amount,
            )
        return refund

    def line(self, at: datetime, **facts: Any) -> None:
        """Have the channel write a line on the day of ``at``."""
        day = at.astimezone(BUSINESS_ZONE).date()
        known = {"movement": "payment", "outcome": "succeeded", "moment": at, "fee": None}
        known["serial_no"] = facts.get("number", "")
        self.lines.setdefault(day, []).append(known | facts)

    def bill(self, day: date, kind: str = "trade") -> ChannelBill:
        """Return the channel bill of a day, read; an earlier one is replaced."""
        same = ChannelBill.objects.filter(channel_merchant=self.owner, bill_date=day, kind=kind)
        revision = same.count() + 1
        same.update(state=ChannelBill.State.REPLACED)
        bill = ChannelBill.objects.create(
            merchant=self.owner.merchant,
            channel_merchant=self.owner,
            bill_date=day,
            kind=kind,
            revision=revision,
            state=ChannelBill.State.LOADED,
            created_at=now(),
        )
        rows = [
            BillLine(channel_bill=bill, merchant=self.owner.merchant, line_no=number, **facts)
            for number, facts in enumerate(self.lines.get(day, []), start=1)
        ]
        BillLine.objects.bulk_create(rows)
        return bill

    def reconcile(self, day: date, kind: str = "trade") -> Reconciliation:
        """Compare the day's bill as it is now with our books."""
        return reconcile(self.bill(day, kind))

    def __post_init__(self) -> None:
        self.application = make_application(self.account)


def reconcile(bill: ChannelBill) -> Reconciliation:
    """Run over a bill."""
    due = Reconciliation.objects.create(
        merchant=bill.merchant, channel_bill=bill, due_at=now(), created_at=now()
    )
    return run(due.pk)


def open_books(**changes: Any) -> Books:
    """Return the books of a new channel merchant."""
    return Books(make_account(make_channel_merchant(**changes)))


def found(rows: Iterable[Any]) -> set[tuple[str, str, str]]:
    """Return what differences say: type, number, state."""
    return {(row.type, row.number, row.state) for row in rows}
