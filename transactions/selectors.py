"""Reading money facts: always within one application, one merchant, or one row."""

from django.db.models import QuerySet

from merchants.models import Application
from paycenter.kernel.clock import now
from transactions.models import Payment, Refund

_PAYMENT_VIEW = (
    "order__application",
    "merchant",
    "payment_account__channel_merchant",
    "channel_merchant",
    "repeat_of",
)


def payments() -> QuerySet[Payment]:
    """Return payments with all that showing or sending one needs, in one statement."""
    return Payment.objects.select_related(*_PAYMENT_VIEW)


def load_payment(payment_id: int) -> Payment:
    """Return one payment by its row id, with the attempt that took its place, if any."""
    return payments().select_related("repeated_by").get(pk=payment_id)


def is_over(payment: Payment) -> bool:
    """Whether a loaded payment must not be sent any more: out of time, or replaced."""
    return payment.expires_at <= now() or hasattr(payment, "repeated_by")


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
    return refunds().get(pk=refund_id)


def own_payments(application: Application) -> QuerySet[Payment]:
    """Return the payments an application may see."""
    return payments().filter(order__application=application)


def own_refunds(application: Application) -> QuerySet[Refund]:
    """Return the refunds an application may see."""
    return refunds().filter(application=application)
