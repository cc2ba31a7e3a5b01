"""Orders, refunds and books as the control API shows them: the center's words, money in fen."""

from collections.abc import Iterable

from gateway.sandbox.callbacks import Callback
from gateway.sandbox.easypay.dialect import iso_text
from gateway.sandbox.easypay.records import JsonObject, Order, Refund
from gateway.sandbox.easypay.server import CHANNEL, EasypayServer


def order_state(order: Order) -> str:
    """pending, succeeded or closed; a closed order is paid after all when the payer insists."""
    if order.is_paid:
        return "succeeded"
    return "closed" if order.closed_at else "pending"


def refund_state(refund: Refund) -> str:
    """succeeded or failed: a refund of this platform is never under way."""
    return "succeeded" if refund.succeeded else "failed"


def order_resource(server: EasypayServer, order: Order) -> JsonObject:
    """One order with its refunds and the callbacks about it."""
    about = server.engine.callbacks.about(CHANNEL, order.trade_no)
    return {
        **_order_line(server, order),
        "version": order.version,
        "type": order.type or None,
        "description": order.name,
        "channel_state": order.status,
        "api_trade_no": order.api_trade_no or None,
        "failed_at": iso_text(order.failed_at),
        "closed_at": iso_text(order.closed_at),
        "callbacks": [callback_resource(callback) for callback in about],
    }


def refund_resource(refund: Refund, order: Order) -> JsonObject:
    """One refund; no callback ever tells of it."""
    return {
        **_refund_line(refund),
        "mchid": refund.pid,
        "serial_no": order.out_trade_no,
        "channel_serial_no": order.trade_no,
        "channel_state": int(refund.succeeded),
        "callbacks": [],
    }


def callback_resource(callback: Callback) -> JsonObject:
    """One callback and every attempt to deliver it."""
    return {
        "id": callback.id,
        "event_type": callback.message["event_type"],
        "state": callback.state,
        "url": callback.url,
        "failures": callback.failures,
        "attempts": callback.attempts,
    }


def books(server: EasypayServer) -> JsonObject:
    """Every fen the platform took or returned, by order; its own record, kept by nobody else."""
    with server.atomic():
        lines = [_order_line(server, order) for order in server.all_orders()]
    return {"orders": lines, "totals": _totals(lines)}


def _totals(lines: Iterable[JsonObject]) -> JsonObject:
    paid = [line for line in lines if line["paid_at"] is not None]
    refunds = [refund for line in paid for refund in line["refunds"]]
    returned = [refund["amount"] for refund in refunds if refund["state"] == "succeeded"]
    # The platform's protocol knows no sharing of money.
    return {"taken": sum(line["amount"] for line in paid), "returned": sum(returned), "shared": 0}


def _order_line(server: EasypayServer, order: Order) -> JsonObject:
    return {
        "serial_no": order.out_trade_no,
        "channel_serial_no": order.trade_no,
        "mchid": order.pid,
        "amount": order.fen,
        "payer_amount": order.fen if order.is_paid else None,
        "state": order_state(order),
        "paid_at": iso_text(order.paid_at),
        "refunds": [_refund_line(refund) for refund in server.refunds_of(order)],
    }


def _refund_line(refund: Refund) -> JsonObject:
    return {
        "refund_serial_no": refund.serial_no,
        "channel_refund_no": refund.refund_no,
        "amount": refund.fen,
        "payer_amount": refund.fen,
        "state": refund_state(refund),
        "finished_at": iso_text(refund.finished_at),
    }
