"""Money that was paid twice for one order: kept track of until all of it went back, or may stay.

A payment that succeeds although another one settles its order is returned to its source by itself,
or held for a person where the company wishes so. From then on the decision follows the refunds:
``return`` as long as they cover all of it, ``held`` as soon as one of them failed. So money that
could not be returned is never lost: it waits where people look (PRODUCT.md, rule 1).
"""

from django.utils.translation import gettext_noop

from notifications.alerts import raise_alert
from notifications.models import Alert
from paycenter.kernel.clock import now
from paycenter.kernel.money import format_yuan
from transactions.ledger.events import book_kept
from transactions.lifecycle import DuplicateState
from transactions.models import DuplicatePayment, Move, Payment, Refund
from transactions.moves import Because, move
from transactions.services.reserving import reserve_refund, usual_url

REASON = "重复支付退款"

FOUND = "duplicate_payment"
FAILED = "duplicate_refund_failed"

_FOUND = {
    DuplicateState.RETURN: gettext_noop(
        "Order %(order_no)s was paid twice: payment %(serial_no)s, %(amount)s yuan, is returned."
    ),
    DuplicateState.HELD: gettext_noop(
        "Order %(order_no)s was paid twice: payment %(serial_no)s, %(amount)s yuan, is held until "
        "somebody decides."
    ),
}
_FAILED = gettext_noop(
    "Order %(order_no)s was paid twice, and payment %(serial_no)s could not be returned: "
    "%(amount)s yuan are held until somebody decides."
)


def receive_duplicate(payment: Payment) -> None:
    """Keep track of a payment that succeeded and settles nothing. Its row is locked."""
    holds = payment.merchant.holds_duplicates
    state = DuplicateState.HELD if holds else DuplicateState.RETURN
    DuplicatePayment.objects.create(
        payment=payment, merchant=payment.merchant, state=state, created_at=now()
    )
    _alert(payment, FOUND, _FOUND[state], severity=Alert.Severity.WARNING)
    if not holds:
        return_surplus(payment)


def return_surplus(payment: Payment) -> Refund:
    """Return what is left of a duplicate payment to its source. Its row is locked."""
    return reserve_refund(
        payment,
        amount=payment.left,
        reason=REASON,
        application=payment.order.application,
        notify_url=usual_url(payment, payment.notify_url),
        due_at=now(),
    )


def follow_refunds(payment: Payment, *, cause: Move.Cause | Because) -> None:
    """Keep the decision true after what is left of a payment changed. Its row is locked."""
    if not payment.is_duplicate:
        return
    duplicate = lock_duplicate(payment)
    if not payment.left:
        move(duplicate, "give_back", cause=cause)
    elif move(duplicate, "hold", cause=cause):
        _alert(payment, FAILED, _FAILED, severity=Alert.Severity.CRITICAL)
    kept = payment.left if duplicate.state == DuplicateState.KEEP else 0
    book_kept(payment, kept)


def lock_duplicate(payment: Payment) -> DuplicatePayment:
    """Lock and return what is decided about a duplicate payment. Its own row is locked already."""
    return DuplicatePayment.objects.select_for_update(no_key=True).get(payment=payment)


def _alert(payment: Payment, rule: str, text: str, *, severity: Alert.Severity) -> None:
    raise_alert(
        rule,
        text,
        severity=severity,
        merchant_id=payment.merchant_id,
        order_no=payment.order.order_no,
        serial_no=payment.serial_no,
        amount=format_yuan(payment.left),
    )
