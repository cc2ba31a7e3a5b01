"""Order, query and close calls of both versions, and the payer's arrival by submit.php."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.sandbox.easypay import documents
from gateway.sandbox.easypay.call import Call
from gateway.sandbox.easypay.dialect import new_number
from gateway.sandbox.easypay.errors import ApiError
from gateway.sandbox.easypay.launch import v1_launch, v2_launch
from gateway.sandbox.easypay.order_rules import Wanted, read_order
from gateway.sandbox.easypay.payments import pay
from gateway.sandbox.easypay.records import JsonObject, Order, OrderNumber
from gateway.sandbox.easypay.server import EasypayServer

_REPEAT_SECONDS = 10 * 24 * 3600
_ALWAYS = ("out_trade_no", "notify_url", "name", "money")
_METHOD_NEEDS = {"jsapi": ("sub_openid",), "scan": ("auth_code",)}
_METHODS = ("web", "jump", "jsapi", "app", "scan", "applet")
#: Upstream channels that can close an order.
_CLOSABLE = ("alipay", "wxpay")


def submit(call: Call) -> Order:
    """The payer's browser brings the order; the payer may still choose how to pay."""
    return _place(call, required=(*_ALWAYS, "return_url"))


def create_v1(call: Call) -> JsonObject:
    """mapi.php: the order, and one of several things to show the payer; never signed."""
    order = _place(call, required=(*_ALWAYS, "type", "clientip"))
    _let_payer_be_faster(call, order)
    return {"code": 1, "trade_no": order.trade_no, **v1_launch(call, order)}


def create_v2(call: Call) -> JsonObject:
    """api/pay/create: the same by ``method``; a payment code (scan) pays at once."""
    method = call.text("method") or "web"
    if method not in _METHODS:
        raise ApiError("请求方式(method)不存在")
    needs = (*_ALWAYS, "clientip", *_METHOD_NEEDS.get(method, ("type",)))
    order = _place(call, required=needs)
    if method == "scan":
        order = pay(call.server, order.trade_no)
    _let_payer_be_faster(call, order)
    return {"code": 0, "trade_no": order.trade_no, **v2_launch(call, order, method)}


def query_v1(call: Call) -> JsonObject:
    """api.php?act=order."""
    return documents.order_v1(call.named_order(), base_url=call.base_url)


def query_v2(call: Call) -> JsonObject:
    """api/pay/query."""
    return documents.order_v2(call.server, call.named_order())


def close(call: Call) -> JsonObject:
    """api/pay/close: asks the upstream channel to close; the order itself stays unpaid."""
    with call.server.atomic():
        order = call.named_order()
        if order.is_paid:
            raise ApiError("只有未支付的订单才能关闭", signed=True)
        if order.type not in _CLOSABLE:
            raise ApiError("当前支付通道不支持关闭订单", signed=True)
        call.server.orders.put(replace(order, closed_at=call.server.now()))
    return {"code": 0, "msg": "订单关闭成功"}


def _place(call: Call, *, required: Sequence[str]) -> Order:
    wanted = read_order(call, required=required)
    with call.server.atomic():
        known = call.server.order_by_number(call.merchant.pid, wanted.out_trade_no)
        if known is None or call.server.now() >= known.created_at + _REPEAT_SECONDS:
            return _open(call, wanted)
        if known.is_paid:
            raise ApiError(f"该订单({wanted.out_trade_no})已完成支付，请勿重复发起支付")
        if not wanted.is_same_as(known):
            raise ApiError(f"该订单({wanted.out_trade_no})支付参数有变化，请更换订单号重新发起支付")
        return call.server.orders.put(replace(known, type=wanted.type))


def _open(call: Call, wanted: Wanted) -> Order:
    server = call.server
    order = Order(
        trade_no=_free_number(server),
        pid=call.merchant.pid,
        out_trade_no=wanted.out_trade_no,
        version=call.version,
        type=wanted.type,
        fen=wanted.fen,
        name=wanted.name,
        notify_url=wanted.notify_url,
        return_url=wanted.return_url,
        param=wanted.param,
        clientip=wanted.clientip,
        created_at=server.now(),
    )
    server.numbers.put(OrderNumber(order.number, order.trade_no))
    return server.orders.put(order)


def _free_number(server: EasypayServer) -> str:
    while server.orders.get(number := new_number(server.now())) is not None:
        pass
    return number


def _let_payer_be_faster(call: Call, order: Order) -> None:
    if any(fault.payer_is_faster for fault in call.faults) and not order.is_paid:
        pay(call.server, order.trade_no)
        call.server.engine.agenda.run_due()
