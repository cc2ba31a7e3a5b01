"""V1: ``mapi.php`` and ``api.php?act=...`` (EasyPay protocol V1, "API payment" and "queries")."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest

from paycenter.kernel.clock import BUSINESS_ZONE, now
from transactions.easypay_door.answers import Document, answering
from transactions.easypay_door.calls import V1, Call, admit_by_key, admit_signed
from transactions.easypay_door.documents import PAID_STATES, named_order, order_line, own_orders
from transactions.easypay_door.launching import launch, place_between_servers
from transactions.easypay_door.orders import page_url
from transactions.easypay_door.refunds import refund
from transactions.easypay_door.words import NO_METHOD, NO_PARAMETERS, Refused
from transactions.models import DoorOrder

MOST_ORDERS = 50


@answering
def mapi(request: HttpRequest) -> Document:
    """Place an order between servers; the answer is not signed in V1."""
    if request.method != "POST":
        raise Refused("未传入任何参数", NO_PARAMETERS)
    call = admit_signed(request, V1)
    device = call.text("device") or "pc"
    placed = place_between_servers(call, device=device)
    shown = launch(call, placed, page_only=device == "jump")
    return {"code": 1, "msg": "succ", "trade_no": placed.order.trade_no, **shown}


@answering
def api(request: HttpRequest) -> Document:
    """Answer a query, or refund."""
    call = admit_by_key(request)
    act = _ACTS.get(call.text("act"))
    if act is None:
        raise Refused("No Act!", NO_METHOD)
    if act is refund and request.method != "POST":
        raise Refused("请使用POST方式提交", NO_PARAMETERS)
    return act(call)


def merchant(call: Call) -> dict[str, Any]:
    """Tell about the merchant: the money is at the channels, so there is no balance here."""
    return {"code": 1, "pid": call.door.pid, "active": 1, "money": "0.00", **order_counts(call)}


def order_counts(call: Call) -> dict[str, int]:
    """Return how many orders came through the door: in all, today and yesterday."""
    today = _midnight(now())
    return DoorOrder.objects.filter(door=call.door).aggregate(
        orders=Count("pk"),
        orders_today=Count("pk", filter=Q(created_at__gte=today)),
        orders_lastday=Count(
            "pk", filter=Q(created_at__gte=today - timedelta(days=1), created_at__lt=today)
        ),
    )


def _order(call: Call) -> dict[str, Any]:
    known = named_order(call)
    url = page_url(call.door.pid, known.out_trade_no)
    return {"code": 1, "msg": "succ", **order_line(call, known), "payurl": url}


def _orders(call: Call) -> dict[str, Any]:
    limit = min(_whole(call, "limit", default=10), MOST_ORDERS)
    offset = _whole(call, "offset", default=0)
    rows = own_orders(call)
    if call.text("status"):
        status = _whole(call, "status", default=0)
        paid = Q(order__state__in=list(PAID_STATES))
        states = [state for state, number in PAID_STATES.items() if number == status]
        rows = rows.filter(~paid if status == 0 else Q(order__state__in=states))
    lines = [order_line(call, known) for known in rows[offset : offset + limit]]
    return {"code": 1, "msg": "succ", "count": len(lines), "data": lines}


def _whole(call: Call, name: str, *, default: int) -> int:
    text = call.text(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(f"参数({name})不合法")
    return int(text)


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(BUSINESS_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


_ACTS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "order": _order,
    "orders": _orders,
    "query": merchant,
    "refund": refund,
}
