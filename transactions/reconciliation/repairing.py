"""A lost result that a channel bill tells: it goes through the same door as any other word.

The door believes a line no more than a callback: what contradicts our record stays a difference.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from gateway.bill_messages import Movement
from gateway.messages import Outcome, PaymentReport, RefundReport
from merchants.models import ChannelMerchant
from paycenter.kernel.money import CURRENCY
from transactions.models import BillLine, ChannelBill, Move
from transactions.reconciliation.matching import TO_REPAIR
from transactions.services.effects import Applied, Effect
from transactions.services.payment_truth import apply_payment_report
from transactions.services.refund_truth import apply_refund_report

BATCH = 500


def repair_from(bill: ChannelBill) -> int:
    """Apply what a bill says of payments and refunds that did not succeed here; returns how many
    of them this repaired."""
    owner = bill.channel_merchant
    applied = (_apply(owner, line) for line in _lines_to_repair(bill))
    return sum(one.effect is Effect.MOVED for one in applied)


def _lines_to_repair(bill: ChannelBill) -> Iterator[BillLine]:
    facts: dict[str, Any] = {"owner": bill.channel_merchant_id, "bill": bill.pk, "batch": BATCH}
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(TO_REPAIR, facts | {"after": after})
            found = [pk for pk, _, _ in cursor.fetchall()]
        if not found:
            return
        yield from BillLine.objects.filter(pk__in=found).order_by("pk")
        after = found[-1]


def _apply(owner: ChannelMerchant, line: BillLine) -> Applied:
    if line.movement == Movement.REFUND:
        refund = RefundReport(
            Outcome.SUCCEEDED,
            line.number,
            serial_no=line.serial_no,
            channel_refund_no=line.channel_number,
            amount=line.amount,
            currency=CURRENCY,
            mchid=owner.mchid,
            succeeded_at=line.moment,
        )
        return apply_refund_report(owner, refund, cause=Move.Cause.BILL)
    payment = PaymentReport(
        Outcome.SUCCEEDED,
        line.number,
        channel_serial_no=line.channel_number,
        amount=line.amount,
        currency=CURRENCY,
        mchid=owner.mchid,
        paid_at=line.moment,
    )
    return apply_payment_report(owner, payment, cause=Move.Cause.BILL)
