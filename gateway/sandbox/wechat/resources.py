"""Orders, refunds and books as the control API shows them: the center's words, money in fen."""

from collections.abc import Iterable
from typing import Any

from gateway.sandbox.callbacks import Callback
from gateway.sandbox.wechat import times
from gateway.sandbox.wechat.orders import find_order
from gateway.sandbox.wechat.records import JsonObject, Order, Refund
from gateway.sandbox.wechat.server import CHANNEL, WechatServer

ORDER_STATES = {
    "NOTPAY": "pending",
    "SUCCESS": "succeeded",
    "REFUND": "succeeded",
    "CLOSED": "closed",
}
REFUND_STATES = {
    "PROCESSING": "processing",
    "SUCCESS": "succeeded",
    "CLOSED": "failed",
    "ABNORMAL": "abnormal",
}


def order_resource(server: WechatServer, order: Order) -> JsonObject:
    """One order with its refunds and the callbacks about it."""
    return {
        **_order_line(server, order),
        "product": order.product,
        "description": order.request["description"],
        "channel_state": order.state,
        "payer_openid": order.openid or None,
        "failed_at": _moment(order.failed_at),
        "expires_at": times.to_text(order.expires_at),
        "callbacks": _callbacks(server, order.out_trade_no),
    }


def refund_resource(server: WechatServer, refund: Refund) -> JsonObject:
    """One refund with the callbacks about it."""
    order = server.orders.get(f"{refund.mchid}:{refund.out_trade_no}")
    return {
        **_refund_line(refund),
        "mchid": refund.mchid,
        "serial_no": refund.out_trade_no,
        "channel_serial_no": order.transaction_id if order else None,
        "channel_state": refund.status,
        "callbacks": _callbacks(server, refund.out_refund_no),
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


def books(server: WechatServer) -> JsonObject:
    """Every fen the channel took or returned, by order; its own record, kept by nobody else."""
    with server.atomic():
        orders = [find_order(server, order.key) or order for order in server.orders.all()]
        lines = [_order_line(server, order) for order in orders]
    return {"orders": lines, "totals": _totals(lines)}


def _totals(lines: Iterable[JsonObject]) -> JsonObject:
    paid = [line for line in lines if line["paid_at"] is not None]
    refunds = [refund for line in paid for refund in line["refunds"]]
    returned = [refund["amount"] for refund in refunds if refund["state"] == "succeeded"]
    # No call of the sandbox shares money yet, so the channel's books show none.
    return {"taken": sum(line["amount"] for line in paid), "returned": sum(returned), "shared": 0}


def _order_line(server: WechatServer, order: Order) -> JsonObject:
    return {
        "serial_no": order.out_trade_no,
        "channel_serial_no": order.transaction_id or None,
        "mchid": order.mchid,
        "amount": order.total,
        "payer_amount": order.payer_total if order.is_paid else None,
        "state": ORDER_STATES[order.state],
        "paid_at": _moment(order.paid_at),
        "refunds": [_refund_line(refund) for refund in server.refunds_of(order)],
    }


def _refund_line(refund: Refund) -> JsonObject:
    return {
        "refund_serial_no": refund.out_refund_no,
        "channel_refund_no": refund.refund_id,
        "amount": refund.amount,
        "payer_amount": refund.cash,
        "state": REFUND_STATES[refund.status],
        "finished_at": _moment(refund.finished_at),
    }


def _callbacks(server: WechatServer, subject: str) -> list[Any]:
    about = server.engine.callbacks.about(CHANNEL, subject)
    return [callback_resource(callback) for callback in about]


def _moment(moment: int) -> str | None:
    return times.to_text(moment) if moment else None
