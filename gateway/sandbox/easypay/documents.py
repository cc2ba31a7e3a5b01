"""Orders and refunds as the platform's answers and notifications tell them."""

from collections.abc import Callable, Mapping

from gateway.sandbox.easypay.dialect import date_text, to_short_yuan, to_yuan
from gateway.sandbox.easypay.records import V2, JsonObject, Order, Refund
from gateway.sandbox.easypay.server import EasypayServer

_CALLBACK_MONEY: Mapping[str, Callable[[int], str]] = {
    "short": to_short_yuan,
    "two": to_yuan,
    "four": lambda fen: f"{to_yuan(fen)}00",
}


def order_v1(order: Order, *, base_url: str) -> JsonObject:
    """api.php?act=order."""
    return {
        "code": 1,
        "msg": "succ",
        **order_line(order),
        "payurl": f"{base_url}pay/submit/{order.trade_no}/",
    }


def order_v2(server: EasypayServer, order: Order) -> JsonObject:
    """api/pay/query: as V1, with what was refunded; empty members are left out."""
    refunded = server.refunded_fen(order)
    document = {
        "code": 0,
        **order_line(order),
        "clientip": order.clientip,
        "refundmoney": to_yuan(refunded) if refunded else None,
    }
    return {name: value for name, value in document.items() if value not in (None, "")}


def order_line(order: Order) -> JsonObject:
    """One order as both versions list it."""
    return {
        "trade_no": order.trade_no,
        "out_trade_no": order.out_trade_no,
        "api_trade_no": order.api_trade_no or None,
        "bill_trade_no": None,
        "type": order.type,
        "pid": int(order.pid),
        "addtime": date_text(order.created_at),
        "endtime": date_text(order.paid_at),
        "name": order.name,
        "money": to_yuan(order.fen),
        "param": order.param or None,
        "buyer": order.buyer or None,
        "status": order.status,
    }


def refund_line(refund: Refund, order: Order) -> JsonObject:
    """One refund as the refund call and the refund query answer it."""
    return {
        "refund_no": refund.refund_no,
        "out_refund_no": refund.out_refund_no or None,
        "trade_no": refund.trade_no,
        "out_trade_no": order.out_trade_no,
        "uid": int(refund.pid),
        "money": to_yuan(refund.fen),
        "reducemoney": to_yuan(refund.fen),
    }


def payment_notification(server: EasypayServer, order: Order) -> JsonObject:
    """The parameters of a notification and of the return address, in the platform's order."""
    switches = server.switches
    told = {
        "pid": order.pid,
        "trade_no": order.trade_no,
        "out_trade_no": order.out_trade_no,
        "type": order.type,
        "name": "product" if switches.hide_names else order.name,
        "money": _CALLBACK_MONEY[switches.callback_money](order.fen),
        "trade_status": "TRADE_SUCCESS",
    }
    if order.version == V2:
        told |= {"api_trade_no": order.api_trade_no, "buyer": order.buyer}
    return told | ({"param": order.param} if order.param else {})
