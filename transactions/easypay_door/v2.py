"""V2: ``api/pay/...`` and ``api/merchant/info`` (EasyPay protocol V2), RSA both ways."""

from django.http import HttpRequest

from paycenter.kernel.money import format_yuan
from transactions import tasks
from transactions.easypay_door.answers import Document, answering, answering_v2
from transactions.easypay_door.calls import Call
from transactions.easypay_door.documents import named_order, order_line, status_of
from transactions.easypay_door.launching import launch, place_between_servers
from transactions.easypay_door.refunds import query_refund
from transactions.easypay_door.refunds import refund as do_refund
from transactions.easypay_door.v1 import order_counts
from transactions.easypay_door.words import NO_METHOD, Refused
from transactions.lifecycle import OPEN_PAYMENT, OrderState
from transactions.models import DoorOrder
from transactions.services.closing import close_order
from transactions.waiting import ask_worker


@answering_v2
def create(call: Call) -> Document:
    """Place an order: ``jump`` asks for a page, ``web`` for what suits the device."""
    method = call.text("method") or "web"
    if method not in ("web", "jump"):
        raise Refused("请求方式(method)不支持")
    device = call.text("device") or "pc"
    placed = place_between_servers(call, device=device)
    shown = launch(call, placed, page_only=method == "jump" or device == "jump")
    kind, info = next(iter(shown.items()))
    pay_type = {"payurl": "jump", "qrcode": "qrcode"}[kind]
    return {
        "code": 0,
        "trade_no": placed.order.trade_no,
        "pay_type": pay_type,
        "pay_info": info,
    }


@answering_v2
def query(call: Call) -> Document:
    """Tell about one order, and what of it was refunded."""
    known = named_order(call)
    refunded = known.order.refunded_amount
    money = format_yuan(refunded) if refunded else None
    return {"code": 0, **order_line(call, known), "refundmoney": money}


@answering_v2
def close(call: Call) -> Document:
    """Close an unpaid order at its channel; only what is certainly closed is said to be."""
    known = named_order(call)
    if status_of(known):
        raise Refused("只有未支付的订单才能关闭")
    if not _is_dead(known):
        raise Refused("订单关闭失败，请稍后重试")
    if not close_order(known.order_id):
        known.order.refresh_from_db()
        if known.order.state != OrderState.CLOSED:
            raise Refused("订单关闭失败，请稍后重试")
    return {"code": 0, "msg": "订单关闭成功"}


@answering_v2
def info(call: Call) -> Document:
    """Tell about the merchant: the money is at the channels, so there is no balance here."""
    counts = order_counts(call)
    return {
        "code": 0,
        "pid": call.door.pid,
        "status": 1,
        "pay_status": 1,
        "settle_status": 0,
        "money": "0.00",
        "order_num": counts["orders"],
        "order_num_today": counts["orders_today"],
        "order_num_lastday": counts["orders_lastday"],
    }


refund = answering_v2(do_refund)
refundquery = answering_v2(query_refund)


@answering
def no_such_method(request: HttpRequest) -> Document:
    """Answer what the door does not have."""
    del request
    raise Refused("接口方法不存在", NO_METHOD)


def _is_dead(known: DoorOrder) -> bool:
    """Close what is still open of an order; returns whether nothing is left to be paid."""
    opened = [one for one in known.order.payments.all() if one.state in OPEN_PAYMENT]
    for payment in opened:
        answer = ask_worker(tasks.close_payment, payment.pk, payment.channel_merchant.channel)
        if answer is None or answer["payment"]["state"] in OPEN_PAYMENT:
            return False
    return True
