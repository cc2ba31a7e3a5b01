"""Orders, refunds and books as the control API shows them: the center's words, money in fen."""

from collections.abc import Iterable

from gateway.sandbox.wechat import times
from gateway.sandbox.wechat.callback_resources import callbacks_about
from gateway.sandbox.wechat.orders import find_order
from gateway.sandbox.wechat.records import JsonObject, Order, Refund
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.wechat.split_resources import split_lines, split_totals

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
        "callbacks": callbacks_about(server, order.out_trade_no),
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
        "callbacks": callbacks_about(server, refund.out_refund_no),
    }


def books(server: WechatServer) -> JsonObject:
    """Every fen the channel took, returned or shared, by order; its own record, nobody else's."""
    with server.atomic():
        orders = [find_order(server, order.key) or order for order in server.orders.all()]
        lines = [_order_line(server, order) for order in orders]
    return {"orders": lines, "totals": _totals(lines)}


def _totals(lines: Iterable[JsonObject]) -> JsonObject:
    paid = [line for line in lines if line["paid_at"] is not None]
    refunds = [refund for line in paid for refund in line["refunds"]]
    returned = [refund["amount"] for refund in refunds if refund["state"] == "succeeded"]
    return {
        "taken": sum(line["amount"] for line in paid),
        "returned": sum(returned),
        **split_totals(lines),
    }


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
        **split_lines(server, order),
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


def _moment(moment: int) -> str | None:
    return times.to_text(moment) if moment else None
