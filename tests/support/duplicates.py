"""Money paid twice for one order: how it comes to be, and what a test asks about it."""

from typing import Any

from gateway.messages import Failure, Operation, Outcome, RefundReport, RefundRequest
from notifications.models import Alert
from tests.support.desk import Desk
from transactions.models import DuplicatePayment, Payment, Refund


def paid_twice(desk: Desk, order_no: str = "A1", **changes: Any) -> tuple[Payment, Payment]:
    """Return the payment that settled the order and the one that came on top of it.

    ``changes`` are those of both requests to pay.
    """
    late = desk.pending_payment(order_no, **changes)
    settling = desk.pending_payment(order_no, account=desk.other_account, **changes)
    desk.callback(desk.other_channel.paid(settling.serial_no), account=desk.other_account)
    desk.callback(desk.channel.paid(late.serial_no))
    return desk.payment(settling.serial_no), desk.payment(late.serial_no)


def held(desk: Desk, order_no: str = "A1") -> DuplicatePayment:
    """Return a duplicate payment of 100 yuan that the company holds."""
    desk.account.channel_merchant.merchant.holds_duplicates = True
    desk.account.channel_merchant.merchant.save()
    _, payment = paid_twice(desk, order_no)
    return DuplicatePayment.objects.get(payment=payment)


def refuse_refund(desk: Desk) -> None:
    """Have the channel refuse the next refund for good."""

    def refused(request: RefundRequest) -> RefundReport:
        failure = Failure("ACCOUNT_ERROR", "the payer's account is gone")
        return RefundReport(Outcome.FAILED, request.refund_serial_no, failure=failure)

    desk.channel.answers(Operation.REFUND, refused)


def returned_late(desk: Desk, refund: Refund) -> RefundReport:
    """Return the channel's word that a refund it had refused went through after all."""
    return RefundReport(
        Outcome.SUCCEEDED,
        refund.refund_serial_no,
        serial_no=refund.payment.serial_no,
        amount=refund.amount,
        currency="CNY",
        mchid=desk.account.channel_merchant.mchid,
    )


def the_duplicate() -> DuplicatePayment:
    """Read the only duplicate payment there is, with its payment."""
    return DuplicatePayment.objects.select_related("payment").get()


def alerts(rule: str) -> list[Alert]:
    """Return the alerts of a rule, oldest first."""
    return list(Alert.objects.filter(rule=rule).order_by("pk"))
