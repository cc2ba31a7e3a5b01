"""Payments, orders and refunds as the API shows them; notifications carry the same."""

from typing import Any

from gateway.messages import ActionType
from paycenter.kernel.clock import rfc3339
from transactions.lifecycle import PaymentState, RefundState
from transactions.models import Checkout, Order, Payment, Refund
from transactions.services.checkouts import checkout_url, is_hosted

_INITIATION = {PaymentState.INITIATING: "unknown", PaymentState.UNKNOWN: "unknown"}


def payment_resource(payment: Payment) -> dict[str, Any]:
    """Return a payment; ``order``, ``merchant`` and ``payment_account`` must be loaded with it."""
    rejected = payment.state == PaymentState.FAILED
    failure = (
        {"code": payment.failure_code, "message": payment.failure_message} if rejected else None
    )
    initiation = {
        "status": "rejected" if rejected else _INITIATION.get(payment.state, "sent"),
        "code": payment.failure_code or None,
        "message": payment.failure_message or None,
    }
    return {
        "serial_no": payment.serial_no,
        "order_no": payment.order.order_no,
        "channel_serial_no": payment.channel_serial_no,
        "merchant_id": payment.merchant.merchant_no,
        "payment_id": payment.payment_account.payment_no,
        "channel": payment.channel_merchant.channel,
        "invoke_method": payment.invoke_method,
        "amount": payment.amount,
        "currency": payment.currency,
        "refunded_amount": payment.refunded,
        "subject": payment.order.subject,
        "state": payment.state,
        "duplicate": payment.is_duplicate,
        "initiation": initiation,
        "action": _action(payment),
        "repeat_of": payment.repeat_of.serial_no if payment.repeat_of else None,
        "expires_at": rfc3339(payment.expires_at),
        "created_at": rfc3339(payment.created_at),
        "paid_at": rfc3339(payment.paid_at),
        "failure": failure,
        "metadata": payment.metadata,
    }


def _action(payment: Payment) -> dict[str, Any] | None:
    """Return what the application does next; a code that has no page of its own is on ours."""
    if payment.action is None or not is_hosted(payment):
        return payment.action
    checkout: Checkout | None = getattr(payment.order, "checkout", None)
    if checkout is None:  # opened before there were pages
        action: dict[str, Any] = payment.action
        return action
    url = checkout_url(checkout)
    return {"type": ActionType.REDIRECT.value, "params": {"url": url}}


def refund_resource(refund: Refund) -> dict[str, Any]:
    """Return a refund; ``payment.order`` must be loaded with it."""
    failed = {"code": refund.failure_code, "message": refund.failure_message}
    return {
        "refund_serial_no": refund.refund_serial_no,
        "refund_no": refund.refund_no,
        "serial_no": refund.payment.serial_no,
        "order_no": refund.payment.order.order_no,
        "channel_refund_no": refund.channel_refund_no,
        "amount": refund.amount,
        "currency": refund.currency,
        "state": refund.state,
        "reason": refund.reason,
        "failure": failed if refund.state == RefundState.FAILED else None,
        "created_at": rfc3339(refund.created_at),
        "succeeded_at": rfc3339(refund.succeeded_at),
        "metadata": refund.metadata,
    }


def order_resource(
    order: Order, *, payments: list[Payment], refunds: list[Refund]
) -> dict[str, Any]:
    """Return an order with everything that happened for it, oldest first."""
    return {
        "order_no": order.order_no,
        "order_group_no": order.order_group_no or None,
        "merchant_id": order.merchant.merchant_no,
        "amount": order.amount,
        "currency": order.currency,
        "paid_amount": order.paid_amount,
        "refunded_amount": order.refunded_amount,
        "subject": order.subject,
        "lines": [
            {
                "fee_type": line.fee_type,
                "room": line.room,
                "period": line.period,
                "amount": line.amount,
                "description": line.description,
            }
            for line in order.lines.all()
        ],
        "state": order.state,
        "expires_at": rfc3339(order.expires_at),
        "created_at": rfc3339(order.created_at),
        "paid_at": rfc3339(order.paid_at),
        "payments": [payment_resource(payment) for payment in payments],
        "refunds": [refund_resource(refund) for refund in refunds],
    }
