"""The payer's side of WeChat Pay as pages: the H5 cashier, and a phone that scans Native codes."""

from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway.sandbox.browser import is_web_address, send_to
from gateway.sandbox.cashier.rows import OrderRow
from gateway.sandbox.refusal import NotPossible
from gateway.sandbox.wechat import payments
from gateway.sandbox.wechat.orders import find_order
from gateway.sandbox.wechat.records import Order
from gateway.sandbox.wechat.resources import ORDER_STATES
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.world import world

_STATE_TEXTS = {
    "pending": _("Waiting for payment"),
    "succeeded": _("Paid"),
    "closed": _("Closed"),
}


def recent_orders(count: int) -> list[OrderRow]:
    """The last orders placed, newest first."""
    server = world().wechat
    with server.atomic():
        orders = [find_order(server, order.key) or order for order in server.orders.all()[-count:]]
    return [_row(server, order) for order in reversed(orders)]


def scan(request: HttpRequest) -> HttpResponse:
    """Point the phone at a code: ``?pr=`` as in the code URL, or ``?code=`` with all of it."""
    token = request.GET.get("pr") or _token_in(request.GET.get("code", ""))
    if world().wechat.prepays.get(token) is None:
        return _dead_code(request)
    return redirect(f"/cashier/wechat/{token}/")


def pay_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the order behind a credential; pay it, fail to, or leave."""
    server = world().wechat
    prepay = server.prepays.get(token)
    order = find_order(server, prepay.order_key) if prepay else None
    if order is None or order.token != token:
        return _dead_code(request)
    if request.method == "POST":
        return _act(request, server, order)
    return _show(request, server, order)


def _act(request: HttpRequest, server: WechatServer, order: Order) -> HttpResponse:
    act = request.POST.get("act")
    try:
        if act == "pay":
            order = payments.pay(server, order.key)
        elif act == "fail":
            order = payments.fail(server, order.key)
    except NotPossible as error:
        return _show(request, server, order, problem=gettext(str(error)))
    back = _return_address(request)
    if back:
        return send_to(back)
    return _result(request, server, order)


def _result(request: HttpRequest, server: WechatServer, order: Order) -> HttpResponse:
    heading = gettext("Paid") if order.is_paid else gettext("Not paid")
    hint = gettext("You can go back to the shop now.")
    content = {
        "order": _row(server, order),
        "good": order.is_paid,
        "heading": heading,
        "hint": hint,
    }
    return render(request, "sandbox/result.html", content)


def _show(
    request: HttpRequest, server: WechatServer, order: Order, *, problem: str = ""
) -> HttpResponse:
    content = {"order": _row(server, order), "problem": problem}
    return render(request, "sandbox/pay.html", content)


def _dead_code(request: HttpRequest) -> HttpResponse:
    content = {
        "heading": gettext("This code cannot be used"),
        "hint": gettext("It is unknown, or a newer code was issued for the same order."),
    }
    return render(request, "sandbox/result.html", content, status=404)


def _return_address(request: HttpRequest) -> str:
    """Where the merchant wants the payer to go afterwards; web addresses only."""
    address = request.GET.get("redirect_url", "")
    return address if is_web_address(address) else ""


def _token_in(code: str) -> str:
    """The token in a pasted code URL, in ``prepay_id=...``, or the text itself."""
    text = code.strip()
    query = parse_qs(urlsplit(text).query or text)
    found = query.get("pr") or query.get("prepay_id") or [text]
    return found[0]


def _row(server: WechatServer, order: Order) -> OrderRow:
    merchant = server.merchants.get(order.mchid)
    state = ORDER_STATES[order.state]
    is_open = order.state == "NOTPAY"
    return OrderRow(
        merchant=merchant.name if merchant else order.mchid,
        description=order.request["description"],
        serial_no=order.out_trade_no,
        fen=order.total,
        state=state,
        state_text=str(_STATE_TEXTS[state]),
        pay_url=f"/cashier/wechat/{order.token}/" if is_open else "",
        placed_at=order.created_at,
    )


urlpatterns = [path("", scan), path("<str:token>/", pay_page)]
