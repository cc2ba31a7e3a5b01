"""What a merchant may ask about itself: its account, its orders, its (never any) settlements."""

from gateway.sandbox.easypay.call import Call
from gateway.sandbox.easypay.dialect import day_text, to_yuan
from gateway.sandbox.easypay.documents import order_line
from gateway.sandbox.easypay.faults import NoPaging
from gateway.sandbox.easypay.records import JsonObject, Order
from gateway.sandbox.easypay.server import EasypayServer

_DAY = 24 * 3600
_MOST_ROWS = 50
_DEFAULT_ROWS = 10


def query_v1(call: Call) -> JsonObject:
    """api.php?act=query, which prints the secret key as production does."""
    merchant = call.merchant
    orders = _own_orders(call)
    return {
        "code": 1,
        "pid": int(merchant.pid),
        "key": merchant.key,
        "active": 1,
        "money": to_yuan(_balance(call.server, orders)),
        "type": 1,
        "account": "",
        "username": merchant.name,
        "orders": len(orders),
        "orders_today": len(_paid_on(call, orders, days_ago=0)),
        "orders_lastday": len(_paid_on(call, orders, days_ago=1)),
    }


def list_v1(call: Call) -> JsonObject:
    """api.php?act=orders."""
    rows = _page(call)
    return {"code": 1, "msg": "查询订单记录成功！", "count": len(rows), "data": rows}


def settlements_v1(call: Call) -> JsonObject:  # noqa: ARG001 - the sandbox settles nothing
    """api.php?act=settle."""
    return {"code": 1, "msg": "查询结算记录成功！", "data": []}


def info_v2(call: Call) -> JsonObject:
    """api/merchant/info."""
    orders = _own_orders(call)
    today, yesterday = (_paid_on(call, orders, days_ago=days) for days in (0, 1))
    return {
        "code": 0,
        "pid": int(call.merchant.pid),
        "status": 1,
        "pay_status": 1,
        "settle_status": 1,
        "money": to_yuan(_balance(call.server, orders)),
        "order_num": len(orders),
        "order_num_today": len(today),
        "order_num_lastday": len(yesterday),
        "order_money_today": to_yuan(sum(order.fen for order in today)),
        "order_money_lastday": to_yuan(sum(order.fen for order in yesterday)),
    }


def list_v2(call: Call) -> JsonObject:
    """api/merchant/orders; the list itself is an array, which no signature covers."""
    return {"code": 0, "data": _page(call)}


def _own_orders(call: Call) -> list[Order]:
    return [order for order in call.server.all_orders() if order.pid == call.merchant.pid]


def _page(call: Call) -> list[JsonObject]:
    """Newest first; ``offset`` and ``limit`` count rows."""
    status = call.text("status")
    orders = [one for one in reversed(_own_orders(call)) if status in ("", str(one.status))]
    offset = _number(call.text("offset"), otherwise=0)
    if any(isinstance(fault, NoPaging) for fault in call.faults):
        offset = 0
    limit = min(_number(call.text("limit"), otherwise=_DEFAULT_ROWS), _MOST_ROWS)
    return [order_line(order) for order in orders[offset : offset + limit]]


def _number(text: str, *, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() else otherwise


def _paid_on(call: Call, orders: list[Order], *, days_ago: int) -> list[Order]:
    day = day_text(call.server.now() - days_ago * _DAY)
    return [order for order in orders if order.is_paid and day_text(order.paid_at) == day]


def _balance(server: EasypayServer, orders: list[Order]) -> int:
    paid = [order for order in orders if order.is_paid]
    return sum(order.fen - server.refunded_fen(order) for order in paid)
