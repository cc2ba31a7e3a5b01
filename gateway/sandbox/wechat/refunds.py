"""Refund and refund-query calls of WeChat Pay APIv3, and how a refund ends.

A refund is accepted first (PROCESSING); its end comes later, by a job on the virtual clock or by
the control API. The number is the key: the same number with the same content is one refund.
"""

from dataclasses import replace

from gateway.sandbox.refusal import NotPossible
from gateway.sandbox.wechat import fields, times
from gateway.sandbox.wechat.call import Call
from gateway.sandbox.wechat.courier import owe_refund_callback
from gateway.sandbox.wechat.documents import refund_document
from gateway.sandbox.wechat.errors import ApiError, param_error
from gateway.sandbox.wechat.records import JsonObject, Order, Refund
from gateway.sandbox.wechat.refund_rules import check_refundable, check_request
from gateway.sandbox.wechat.server import WechatServer

JOB = "wechat.refund"

_NEXT_STATES = {
    "PROCESSING": ("PROCESSING", "SUCCESS", "CLOSED", "ABNORMAL"),
    "ABNORMAL": ("ABNORMAL", "PROCESSING", "SUCCESS"),
    "SUCCESS": ("SUCCESS",),
    "CLOSED": ("CLOSED",),
}


def create(call: Call) -> JsonObject:
    """Accept a refund, or answer with the one that has this number already."""
    request = call.read_body(fields.REFUND)
    check_request(call, request)
    with call.server.atomic():
        order = _refunded_order(call, request)
        refund = call.server.refunds.get(f"{call.merchant.mchid}:{request['out_refund_no']}")
        if refund is None:
            check_refundable(call.server, order, request)
            refund = _accept(call.server, order, request)
        else:
            _check_same(refund, request)
    return refund_document(order, refund)


def query(call: Call, *, out_refund_no: str) -> JsonObject:
    """A refund by the merchant's number."""
    call.read_path(fields.OUT_REFUND_NO, "out_refund_no", out_refund_no)
    sub_mchid = call.read_query(fields.REFUND_QUERY).get("sub_mchid", "")
    with call.server.atomic():
        refund = call.server.refunds.get(f"{call.merchant.mchid}:{out_refund_no}")
        order = order_of(call.server, refund) if refund else None
    if refund is None or order is None or order.sub_mchid != sub_mchid:
        raise ApiError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return refund_document(order, refund)


def order_of(server: WechatServer, refund: Refund) -> Order:
    """The order a refund belongs to."""
    order = server.orders.get(f"{refund.mchid}:{refund.out_trade_no}")
    if order is None:
        raise LookupError("orders are never removed before their refunds")
    return order


def move(server: WechatServer, refund_key: str, status: str) -> Refund:
    """Bring a refund to ``status`` and owe the callback; the same status again does nothing.

    PROCESSING also stops the refund from finishing by itself. Raises NotPossible when production
    knows no such step.
    """
    with server.atomic():
        refund = server.refunds.get(refund_key)
        if refund is None:
            raise NotPossible("There is no such refund.")
        if status not in _NEXT_STATES[refund.status]:
            raise NotPossible(
                f"A refund that is {refund.status} stays so. To decide refunds yourself, set "
                "refund_finish_seconds to null in the settings before they are made."
            )
        server.engine.agenda.remove(JOB, refund_key)
        return refund if status == refund.status else _enter(server, refund, status)


def finish(server: WechatServer, refund_key: str) -> None:
    """The end most refunds come to by themselves."""
    with server.atomic():
        refund = server.refunds.get(refund_key)
        if refund is not None and refund.status == "PROCESSING":
            move(server, refund_key, "SUCCESS")


def _enter(server: WechatServer, refund: Refund, status: str) -> Refund:
    finished_at = 0 if status == "PROCESSING" else server.now()
    refund = server.refunds.put(replace(refund, status=status, finished_at=finished_at))
    if status != "PROCESSING":
        owe_refund_callback(server, order_of(server, refund), refund)
    return refund


def _refunded_order(call: Call, request: JsonObject) -> Order:
    if "transaction_id" in request:
        transaction = call.server.transactions.get(request["transaction_id"])
        key = transaction.order_key if transaction else ""
    else:
        key = f"{call.merchant.mchid}:{request['out_trade_no']}"
    order = call.server.orders.get(key)
    is_own = order is not None and order.mchid == call.merchant.mchid
    if order is None or not is_own or order.sub_mchid != request.get("sub_mchid", ""):
        raise ApiError(404, "RESOURCE_NOT_EXISTS", "订单不存在")
    return order


def _accept(server: WechatServer, order: Order, request: JsonObject) -> Refund:
    now = server.now()
    number = server.next_number("refund")
    refund = Refund(
        mchid=order.mchid,
        out_refund_no=request["out_refund_no"],
        out_trade_no=order.out_trade_no,
        refund_id=f"5030000000{times.compact(now)[:8]}{number:011d}",
        request=request,
        cash=_cash_part(server, order, request["amount"]["refund"]),
        created_at=now,
    )
    server.refunds.put(refund)
    numbers = [*order.refund_nos, refund.out_refund_no]
    server.orders.put(replace(order, state="REFUND", refund_nos=numbers))
    delay = server.switches.refund_finish_seconds
    if delay is not None:
        server.engine.agenda.put(JOB, refund.key, server.engine.clock.now() + delay)
    return refund


def _cash_part(server: WechatServer, order: Order, amount: int) -> int:
    """The share of cash in a refund; the last refund takes what is left of it."""
    earlier = [one for one in server.refunds_of(order) if one.status != "CLOSED"]
    left = order.payer_total - sum(one.cash for one in earlier)
    if amount + sum(one.amount for one in earlier) == order.total:
        return left
    rounded = (2 * amount * order.payer_total + order.total) // (2 * order.total)
    return min(rounded, left)


def _check_same(refund: Refund, request: JsonObject) -> None:
    amount, before = request["amount"], refund.request["amount"]
    if (amount["refund"], amount["total"]) != (before["refund"], before["total"]):
        raise ApiError(
            400, "REFUND_FEE_MISMATCH", "订单金额或退款金额与之前请求不一致，请核实后再试"
        )
    if request != refund.request:
        raise param_error("同一退款单号的请求参数与之前请求不一致", field="/body/out_refund_no")
