"""Refund and refund-query calls: a refund ends at once, and no callback tells of it.

V1 knows no merchant's number: every call is a new refund. V2 answers a number it has seen with the
first result, even when the money or the order is another one.
"""

from dataclasses import dataclass, replace

from gateway.sandbox.easypay.call import Call
from gateway.sandbox.easypay.dialect import date_text, new_number, to_fen, to_yuan
from gateway.sandbox.easypay.documents import refund_line
from gateway.sandbox.easypay.errors import BUSINESS, NO_PARAMETERS, UPSTREAM, ApiError
from gateway.sandbox.easypay.faults import NotEnough, RefundFails
from gateway.sandbox.easypay.records import (
    PAID,
    REFUNDED,
    V2,
    JsonObject,
    Order,
    Refund,
    RefundNumber,
)
from gateway.sandbox.easypay.server import EasypayServer
from gateway.sandbox.faults import Fault
from gateway.sandbox.refusal import NotPossible

#: A shorter number is kept, but not looked for.
_SHORTEST_KNOWN_NUMBER = 6


@dataclass(frozen=True)
class _Wanted:
    """A refund call, checked."""

    order: Order
    fen: int
    out_refund_no: str
    claimed_no: str


def create_v1(call: Call) -> JsonObject:
    """api.php?act=refund; the code of success is a matter of the merchant's profile."""
    _check_enabled(call, code=UPSTREAM)
    refund = _execute(call, _read(call))
    code = call.server.profile(call.merchant.pid).refund_success
    return {"code": code, **_told(call.server, refund), "msg": _success_words(refund)}


def create_v2(call: Call) -> JsonObject:
    """api/pay/refund."""
    _check_enabled(call, code=BUSINESS)
    wanted = _read(call)
    known = _known(call, wanted)
    if known is not None and known.succeeded:
        message = f"已存在相同退款单号！退款金额¥{to_yuan(known.fen)}"
        return {"code": 0, **_told(call.server, known), "msg": message}
    refund = _execute(call, wanted)
    return {"code": 0, **_told(call.server, refund), "msg": _success_words(refund)}


def query(call: Call) -> JsonObject:
    """api/pay/refundquery."""
    refund_no, out_refund_no = call.text("refund_no"), call.text("out_refund_no")
    if not refund_no and not out_refund_no:
        raise ApiError("退款单号不能为空", NO_PARAMETERS)
    if refund_no:
        refund = call.server.refunds.get(refund_no)
    else:
        refund = call.server.refund_by_number(call.merchant.pid, out_refund_no)
    if refund is None or refund.pid != call.merchant.pid:
        raise ApiError("退款记录不存在")
    return {
        "code": 0,
        **_told(call.server, refund),
        "status": int(refund.succeeded),
        "addtime": date_text(refund.created_at),
        "endtime": date_text(refund.finished_at),
    }


def decide(server: EasypayServer, refund_no: str, *, succeeded: bool) -> Refund:
    """Let a refund have ended so; the order's status follows. Raises NotPossible."""
    with server.atomic():
        refund = server.refunds.get(refund_no)
        if refund is None:
            raise NotPossible("There is no such refund.")
        order = order_of(server, refund)
        if succeeded and not refund.succeeded:
            _check_rest(server, order, refund.fen)
        refund = replace(refund, succeeded=succeeded, finished_at=server.now())
        server.refunds.put(refund)
        server.orders.put(replace(order, status=_status_of(server, order)))
        return refund


def order_of(server: EasypayServer, refund: Refund) -> Order:
    """The order a refund belongs to."""
    order = server.order(refund.trade_no)
    if order is None:
        raise LookupError("paid orders are never removed")
    return order


def _read(call: Call) -> _Wanted:
    order = call.named_order()
    fen = to_fen(call.text("money"))
    if fen is None or fen <= 0:
        raise ApiError("金额输入错误")
    number = call.text("out_refund_no")
    if call.version == V2:
        return _Wanted(order, fen, out_refund_no=number, claimed_no="")
    return _Wanted(order, fen, out_refund_no="", claimed_no=number or call.text("refund_no"))


def _check_enabled(call: Call, *, code: int) -> None:
    if not call.server.profile(call.merchant.pid).refunds_enabled:
        raise ApiError("商户未开启订单退款API接口", code)


def _known(call: Call, wanted: _Wanted) -> Refund | None:
    if len(wanted.out_refund_no) < _SHORTEST_KNOWN_NUMBER:
        return None
    return call.server.refund_by_number(call.merchant.pid, wanted.out_refund_no)


def _execute(call: Call, wanted: _Wanted) -> Refund:
    refused = _befallen(call, RefundFails)
    with call.server.atomic():
        wanted = replace(wanted, order=call.named_order())  # as it is under the lock
        _check_refundable(call, wanted.order, wanted.fen)
        refund = _record(call, wanted, succeeded=not refused)
    if refused:  # the record stays
        raise ApiError("退款失败：上游通道返回错误", signed=True)
    return refund


def _check_refundable(call: Call, order: Order, fen: int) -> None:
    if not order.is_paid:
        raise ApiError("当前订单状态不支持退款", signed=True)
    try:
        _check_rest(call.server, order, fen)
    except NotPossible as error:
        raise ApiError(str(error), signed=True) from error
    if _befallen(call, NotEnough):
        raise ApiError("商户余额不足，请先充值", signed=True)


def _check_rest(server: EasypayServer, order: Order, fen: int) -> None:
    rest = order.fen - server.refunded_fen(order)
    if rest <= 0:
        raise NotPossible("该订单已全额退款")
    if fen > rest:
        raise NotPossible("退款金额超过剩余可退款金额")


def _record(call: Call, wanted: _Wanted, *, succeeded: bool) -> Refund:
    """Keep the refund; one that failed before under the same number is tried again."""
    server, order = call.server, wanted.order
    before = _known(call, wanted)
    now = server.now()
    refund = Refund(
        refund_no=before.refund_no if before else _free_number(server),
        pid=order.pid,
        trade_no=order.trade_no,
        fen=wanted.fen,
        created_at=now,
        out_refund_no=wanted.out_refund_no,
        claimed_no=wanted.claimed_no,
        succeeded=succeeded,
        finished_at=now,
    )
    server.refunds.put(refund)
    if refund.out_refund_no:
        number = f"{order.pid}:{refund.out_refund_no}"
        server.refund_numbers.put(RefundNumber(number, refund.refund_no))
    numbers = [*(one for one in order.refund_nos if one != refund.refund_no), refund.refund_no]
    listed = server.orders.put(replace(order, refund_nos=numbers))
    server.orders.put(replace(listed, status=_status_of(server, listed)))
    return refund


def _free_number(server: EasypayServer) -> str:
    while server.refunds.get(number := new_number(server.now())) is not None:
        pass
    return number


def _status_of(server: EasypayServer, order: Order) -> int:
    return REFUNDED if server.refunded_fen(order) else PAID


def _told(server: EasypayServer, refund: Refund) -> JsonObject:
    return refund_line(refund, order_of(server, refund))


def _success_words(refund: Refund) -> str:
    return f"退款成功！退款金额¥{to_yuan(refund.fen)}"


def _befallen(call: Call, fault: type[Fault]) -> bool:
    return any(isinstance(one, fault) for one in call.faults)
