"""Reading money facts: always within one application, one merchant, or one row."""

from django.db.models import F, QuerySet

from merchants.models import Application
from paycenter.kernel.clock import now
from paycenter.kernel.prepared import PreparedRow
from paycenter.kernel.tracing import note_numbers
from transactions.lifecycle import SETTLED_ORDER, RefundState
from transactions.models import Order, Payment, Refund

_PAYMENT_VIEW = ("order", "merchant", "payment_account", "channel_merchant")


def payments() -> QuerySet[Payment]:
    """Return payments with all that showing one needs, in one statement."""
    return Payment.objects.select_related(*_PAYMENT_VIEW, "repeat_of")


_PAYMENT = PreparedRow(
    lambda payment_id: (
        Payment.objects.select_related(*_PAYMENT_VIEW)
        .annotate(replaced_by=F("repeated_by"))
        .filter(pk=payment_id)
    ),
    int,
)


def load_payment(payment_id: int) -> Payment:
    """Return one payment by its row id, with all that sending it needs, in one statement.

    Every initiation comes by here, so it joins no row that few payments have: the attempt that
    took its place is known by id alone, the one it repeats is read when it is asked for.
    """
    payment = _PAYMENT.find(payment_id)
    if payment is None:
        raise Payment.DoesNotExist(f"no payment has the id {payment_id}")
    payment.payment_account.channel_merchant = payment.channel_merchant
    note_payment(payment)
    return payment


def note_payment(payment: Payment) -> None:
    """Say the numbers of a payment in every log line from now on; its order is loaded."""
    note_numbers(
        {
            "order_no": payment.order.order_no,
            "serial_no": payment.serial_no,
            "channel_serial_no": payment.channel_serial_no,
        }
    )


def is_replaced(payment: Payment) -> bool:
    """Whether a newer attempt took the place of a payment that ``load_payment`` returned."""
    return vars(payment)["replaced_by"] is not None


def is_needless(payment: Payment) -> bool:
    """Whether nobody should pay a loaded payment any more: replaced, or another one was paid."""
    return is_replaced(payment) or is_paid(payment.order)


def is_over(payment: Payment) -> bool:
    """Whether a loaded payment must not be sent any more: out of time, or needless."""
    return payment.expires_at <= now() or is_needless(payment)


def orders_of_group(order: Order) -> QuerySet[Order]:
    """Return the orders that stand for the same business order as this one, itself included."""
    return Order.objects.filter(
        application_id=order.application_id,
        merchant_id=order.merchant_id,
        order_group_no=order.order_group_no,
    )


def is_paid(order: Order) -> bool:
    """Whether a payment settled this order, or another of its group."""
    if order.state in SETTLED_ORDER:
        return True
    grouped = bool(order.order_group_no)
    return grouped and orders_of_group(order).filter(state__in=SETTLED_ORDER).exists()


def refunds() -> QuerySet[Refund]:
    """Return refunds with all that showing or sending one needs, in one statement."""
    return Refund.objects.select_related(
        "application",
        "merchant",
        "payment__order",
        "payment__channel_merchant",
        "payment__payment_account__channel_merchant",
    )


def load_refund(refund_id: int) -> Refund:
    """Return one refund by its row id."""
    refund = refunds().get(pk=refund_id)
    note_refund(refund)
    return refund


def note_refund(refund: Refund) -> None:
    """Say the numbers of a refund in every log line from now on; its payment's order is loaded."""
    note_numbers(
        {
            "order_no": refund.payment.order.order_no,
            "serial_no": refund.payment.serial_no,
            "refund_serial_no": refund.refund_serial_no,
        }
    )


def was_sent(refund: Refund) -> bool:
    """Whether a request for this refund may have left: nothing is known of one that never did."""
    never = (RefundState.WAITING, RefundState.APPROVED, RefundState.REJECTED)
    return refund.state not in never or refund.sent_at is not None


def own_payments(application: Application) -> QuerySet[Payment]:
    """Return the payments an application may see."""
    rows = payments().select_related("order__checkout")
    return rows.filter(order__application=application)


def own_refunds(application: Application) -> QuerySet[Refund]:
    """Return the refunds an application may see."""
    return refunds().filter(application=application)
