"""Orders as the door's answers tell them, and finding the one a request is about.

Rules: EasyPay protocol, "order query": status 0 unpaid, 1 paid, 2 refunded, also in part.
"""

import re
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from paycenter.kernel.clock import BUSINESS_ZONE
from paycenter.kernel.money import format_yuan
from paycenter.kernel.rows import find
from transactions.easypay_door.calls import Call
from transactions.easypay_door.methods import TYPE_OF_CHANNEL
from transactions.easypay_door.wanted import NUMBER
from transactions.easypay_door.words import NO_PARAMETERS, UNKNOWN_ORDER, Refused
from transactions.lifecycle import OrderState
from transactions.models import DoorOrder, Payment

PAID_STATES = {OrderState.PAID: 1, OrderState.PARTIALLY_REFUNDED: 2, OrderState.REFUNDED: 2}

_TRADE_NO = re.compile(r"[0-9]{19}", re.ASCII)


def named_order(call: Call) -> DoorOrder:
    """Return this door's order by ``trade_no``, or else by ``out_trade_no``. Raises ``Refused``."""
    trade_no, out_trade_no = call.text("trade_no"), call.text("out_trade_no")
    if not trade_no and not out_trade_no:
        raise Refused("订单号不能为空", NO_PARAMETERS)
    order = None
    if trade_no:
        if _TRADE_NO.fullmatch(trade_no):
            order = find(own_orders(call).filter(trade_no=trade_no))
    elif NUMBER.fullmatch(out_trade_no):
        order = find(own_orders(call).filter(out_trade_no=out_trade_no))
    if order is None:
        raise Refused(UNKNOWN_ORDER)
    return order


def own_orders(call: Call) -> QuerySet[DoorOrder]:
    """Return the orders that came through this door, with their payments, oldest first."""
    payments = Payment.objects.select_related("channel_merchant").order_by("pk")
    return (
        DoorOrder.objects.select_related("order")
        .prefetch_related(Prefetch("order__payments", queryset=payments))
        .filter(door=call.door)
    )


def settling_payment(known: DoorOrder) -> Payment | None:
    """Return the payment that paid an order, if one did."""
    return next((one for one in known.order.payments.all() if one.settles_order), None)


def status_of(known: DoorOrder) -> int:
    """Return an order's state in EasyPay's numbers."""
    return PAID_STATES.get(OrderState(known.order.state), 0)


def order_line(call: Call, known: DoorOrder) -> dict[str, Any]:
    """Return one order as both versions tell it."""
    order, paid = known.order, settling_payment(known)
    latest = paid or list(order.payments.all())[-1]
    return {
        "trade_no": known.trade_no,
        "out_trade_no": known.out_trade_no,
        "api_trade_no": paid.channel_serial_no if paid else None,
        "type": TYPE_OF_CHANNEL[latest.channel_merchant.channel],
        "pid": call.door.pid,
        "addtime": _local(known.created_at),
        "endtime": _local(order.paid_at),
        "name": order.subject,
        "money": format_yuan(order.amount),
        "param": known.param or None,
        "buyer": None,
        "status": status_of(known),
    }


def _local(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M:%S}" if moment else None
