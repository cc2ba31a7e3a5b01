"""Money facts written straight into the database, in whatever state a test needs them."""

from datetime import timedelta
from typing import Any

from merchants.models import Application, PaymentAccount
from paycenter.kernel.clock import now
from paycenter.kernel.numbers import mint
from tests.support.parties import make_account, make_application
from transactions.lifecycle import OPEN_PAYMENT, OPEN_REFUND, OrderState, PaymentState, RefundState
from transactions.models import Order, Payment, Refund

AMOUNT = 10_000


def make_order(
    application: Application | None = None, account: PaymentAccount | None = None, **changes: Any
) -> Order:
    """Return an order of 100 yuan that is being paid."""
    account = account or make_account()
    moment = now()
    facts = {
        "application": application or make_application(account),
        "merchant": account.channel_merchant.merchant,
        "order_no": "A1",
        "amount": AMOUNT,
        "subject": "物业费",
        "state": OrderState.PAYING,
        "expires_at": moment + timedelta(minutes=30),
        "created_at": moment,
    }
    return Order.objects.create(**(facts | changes))


def make_payment(
    order: Order | None = None, account: PaymentAccount | None = None, **changes: Any
) -> Payment:
    """Return a payment of an order, waiting for the payer; what is open is due later."""
    account = account or make_account()
    order = order or make_order(account=account)
    moment = now()
    state = changes.setdefault("state", PaymentState.PENDING)
    facts = {
        "merchant": order.merchant,
        "order": order,
        "payment_account": account,
        "channel_merchant": account.channel_merchant,
        "serial_no": mint("P", moment),
        "invoke_method": "qr_code",
        "amount": order.amount,
        "attempt_no": order.payments.count() + 1,
        "launch": {"payer": {}, "return_url": ""},
        "expires_at": moment + timedelta(minutes=30),
        "due_at": moment + timedelta(seconds=20) if state in OPEN_PAYMENT else None,
        "created_at": moment,
    }
    return Payment.objects.create(**(facts | changes))


def make_refund(payment: Payment | None = None, **changes: Any) -> Refund:
    """Return a refund of 10 yuan of a payment that succeeded; what is open is due later."""
    payment = payment or make_payment(state=PaymentState.SUCCEEDED, refund_reserved=1_000)
    moment = now()
    state = changes.setdefault("state", RefundState.APPROVED)
    facts = {
        "merchant": payment.merchant,
        "application": payment.order.application,
        "payment": payment,
        "refund_serial_no": mint("R", moment),
        "amount": 1_000,
        "reason": "多收",
        "due_at": moment + timedelta(seconds=20) if state in OPEN_REFUND else None,
        "created_at": moment,
    }
    return Refund.objects.create(**(facts | changes))
