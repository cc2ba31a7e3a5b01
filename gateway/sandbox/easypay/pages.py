"""The payer's side of EasyPay as pages: submit.php, the choice of a way to pay, the payment."""

import json
from collections.abc import Mapping
from html import unescape

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from gateway.sandbox.cashier.rows import OrderRow
from gateway.sandbox.easypay import payments
from gateway.sandbox.easypay.courier import return_address
from gateway.sandbox.easypay.errors import ApiError, PageError
from gateway.sandbox.easypay.faults import MENU, SUBMIT
from gateway.sandbox.easypay.launch import page_path
from gateway.sandbox.easypay.order_rules import OPEN_TYPES
from gateway.sandbox.easypay.pipeline import base_url, plain
from gateway.sandbox.easypay.records import V1, V2, Order
from gateway.sandbox.easypay.resources import order_state
from gateway.sandbox.easypay.server import CHANNEL, EasypayServer
from gateway.sandbox.easypay.submission import Arrival, place, rewritten
from gateway.sandbox.refusal import NotPossible
from gateway.sandbox.reply import Reply, to_response
from gateway.sandbox.world import world

_WAYS = {
    "alipay": _("Alipay"),
    "wxpay": _("WeChat Pay"),
    "qqpay": _("QQ Wallet"),
    "bank": _("Bank card"),
}
_STATE_TEXTS = {
    "pending": _("Waiting for payment"),
    "succeeded": _("Paid"),
    "closed": _("Closed"),
}


def recent_orders(count: int) -> list[OrderRow]:
    """The last orders placed, newest first."""
    server = world().easypay
    newest = reversed(server.orders.all()[-count:])
    return [_row(server, order) for one in newest if (order := server.order(one.trade_no))]


@csrf_exempt
def submit_v1(request: HttpRequest) -> HttpResponse:
    """submit.php: a link or a form in the payer's browser."""
    form = request.GET if "pid" in request.GET else request.POST
    return _submit(request, Arrival(V1, plain(form), base_url(request)))


def submit_v2(request: HttpRequest) -> HttpResponse:
    """api/pay/submit: better as a form, for a link must sign the rewrite's parameter, too."""
    is_link = "pid" in request.GET
    parameters = rewritten(plain(request.GET)) if is_link else plain(request.POST)
    return _submit(request, Arrival(V2, parameters, base_url(request)))


def choose(request: HttpRequest) -> HttpResponse:
    """cashier.php: the payer chooses a way to pay."""
    server = world().easypay
    order = server.order(request.GET.get("trade_no", ""))
    if order is None:
        return _notice(request, gettext("There is no such order."))
    ways = {f"/easypay/pay/{way}/{order.trade_no}/": text for way, text in _WAYS.items()}
    problem = gettext("This way to pay is closed for now; choose another one.")
    content = {
        "order": _row(server, order),
        "ways": ways,
        "problem": problem if request.GET.get("other") else "",
    }
    return render(request, "sandbox/easypay.html", content)


def pay_page(request: HttpRequest, way: str, trade_no: str) -> HttpResponse:
    """Show the order; pay it in that way, fail to, or leave."""
    server = world().easypay
    order = server.order(trade_no)
    if order is None:
        return _notice(request, gettext("There is no such order."), status=404)
    if request.method == "POST":
        return _act(request, server, order, way)
    if way not in OPEN_TYPES and order.type not in OPEN_TYPES and not order.is_paid:
        return redirect(f"/easypay/{page_path(order)}")
    return _show(request, server, order)


def _submit(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    server = world().easypay
    faults = server.engine.faults.draw(CHANNEL, SUBMIT, MENU)
    for fault in faults:
        instead = fault.instead()
        if instead is not None:
            return to_response(request, instead)
    try:
        response = _jump(place(server, arrival))
    except (ApiError, PageError) as error:
        response = _notice(request, str(error))
    reply = Reply(response.status_code, response.content, dict(response.headers))
    for fault in faults:
        reply = fault.afterwards(reply)
    return to_response(request, reply)


def _jump(order: Order) -> HttpResponse:
    """A page that sends the browser on, with a script as in production, or without."""
    address = f"/easypay/{page_path(order)}"
    target = json.dumps(address)
    script = f"<script>window.location.replace({target});</script>"
    plain_way = f'<noscript><meta http-equiv="refresh" content="0;url={address}"></noscript>'
    return HttpResponse(f"<!doctype html><html><head>{script}{plain_way}</head></html>")


def _act(request: HttpRequest, server: EasypayServer, order: Order, way: str) -> HttpResponse:
    act = request.POST.get("act")
    try:
        if act == "pay":
            chosen = way if way in OPEN_TYPES else ""
            order = payments.pay(server, order.trade_no, pay_type=chosen)
        elif act == "fail":
            order = payments.fail(server, order.trade_no)
    except NotPossible as error:
        return _show(request, server, order, problem=gettext(str(error)))
    back = return_address(server, order)
    if back:
        return HttpResponse(status=302, headers={"Location": back})
    return _result(request, server, order)


def _show(
    request: HttpRequest, server: EasypayServer, order: Order, *, problem: str = ""
) -> HttpResponse:
    content = {"order": _row(server, order), "problem": problem}
    return render(request, "sandbox/easypay.html", content)


def _result(request: HttpRequest, server: EasypayServer, order: Order) -> HttpResponse:
    content = {
        "order": _row(server, order),
        "good": order.is_paid,
        "heading": gettext("Paid") if order.is_paid else gettext("Not paid"),
        "hint": gettext("You can go back to the shop now."),
    }
    return render(request, "sandbox/result.html", content)


def _notice(request: HttpRequest, message: str, *, status: int = 200) -> HttpResponse:
    """The platform's page for whatever goes wrong; its words are those of the wire."""
    content: Mapping[str, str] = {"heading": gettext("Site notice"), "hint": message}
    return render(request, "sandbox/result.html", content, status=status)


def _row(server: EasypayServer, order: Order) -> OrderRow:
    merchant = server.merchants.get(order.pid)
    state = order_state(order)
    return OrderRow(
        merchant=merchant.name if merchant else order.pid,
        description=unescape(order.name),
        serial_no=order.out_trade_no,
        fen=order.fen,
        state=state,
        state_text=str(_STATE_TEXTS[state]),
        pay_url="" if order.is_paid else f"/easypay/pay/submit/{order.trade_no}/",
        placed_at=order.created_at,
    )
