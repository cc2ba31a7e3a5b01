"""The payer's side of Alipay as pages: the cashier behind page and wap links, a phone that scans.

Opening a page link makes the trade, as does scanning a code; with a wap link or an order string
the trade exists once the payer presses the button.
"""

import time
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway.sandbox.alipay import payments, signing, times
from gateway.sandbox.alipay.errors import GatewayError
from gateway.sandbox.alipay.links import launch_in, open_link
from gateway.sandbox.alipay.money import to_yuan
from gateway.sandbox.alipay.offers import PAGE_PAY, PRECREATE, WAP_PAY
from gateway.sandbox.alipay.records import WAITING, Launch, Offer, Trade
from gateway.sandbox.alipay.request import GatewayRequest, codec_of
from gateway.sandbox.alipay.resources import TRADE_STATES
from gateway.sandbox.alipay.server import AlipayServer
from gateway.sandbox.alipay.trades import find_trade
from gateway.sandbox.browser import send_to, with_query
from gateway.sandbox.cashier.rows import OrderRow
from gateway.sandbox.refusal import NotPossible
from gateway.sandbox.world import world

RETURN_METHODS = {PAGE_PAY: f"{PAGE_PAY}.return", WAP_PAY: f"{WAP_PAY}.return"}
_STATE_TEXTS = {
    "pending": _("Waiting for payment"),
    "succeeded": _("Paid"),
    "closed": _("Closed"),
}


def open_page(request: HttpRequest, asked: GatewayRequest) -> HttpResponse:
    """A browser brings a page or wap link to gateway.do: on to the cashier, or an error page."""
    try:
        launch = open_link(world().alipay, asked)
    except GatewayError as error:
        return _refusal(request, f"{error.sub_code}: {error.sub_msg}")
    except NotPossible as error:
        return _refusal(request, gettext(str(error)))
    return redirect(_address(launch.token))


def scan(request: HttpRequest) -> HttpResponse:
    """Point the phone at ``?code=``: a QR code's content, an order string, or a link."""
    server = world().alipay
    try:
        launch = launch_in(server, request.GET.get("code", ""))
        if launch.wanted.method == PRECREATE:
            payments.arrive(server, launch)
    except GatewayError as error:
        return _refusal(request, f"{error.sub_code}: {error.sub_msg}")
    except NotPossible as error:
        return _refusal(request, gettext(str(error)))
    return redirect(_address(launch.token))


def pay_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is to be paid behind a link, code or trade number; pay it, fail to, or leave."""
    server = world().alipay
    errand = _errand(server, token)
    if errand is None:
        return _refusal(request, gettext("There is no such order."))
    if request.method == "POST":
        return _act(request, server, errand)
    return _show(request, server, errand)


@dataclass(frozen=True)
class _Errand:
    """What a payer stands before: an offer, by a link or code or as a trade that exists already."""

    offer: Offer
    token: str
    launch: Launch | None = None

    def trade(self, server: AlipayServer) -> Trade | None:
        """The trade as of now, if the payer's coming or the merchant made one."""
        return find_trade(server, self.offer.trade_key)


def recent_orders(count: int) -> list[OrderRow]:
    """The last offers the gateway knows, newest first: trades, and codes nobody scanned yet."""
    server = world().alipay
    with server.atomic():
        launches = [one for one in server.launches.all()[-count:] if _is_unopened(server, one)]
        errands = [_Errand(one.wanted, one.token, one) for one in launches]
        errands += [_errand_of(server, trade) for trade in server.trades.all()[-count:]]
        return [_row(server, errand) for errand in errands]


def _is_unopened(server: AlipayServer, launch: Launch) -> bool:
    latest = server.launch_of(launch.wanted.trade_key)
    return latest == launch and server.trades.get(launch.wanted.trade_key) is None


def _errand(server: AlipayServer, token: str) -> _Errand | None:
    launch = server.launches.get(token)
    if launch is not None:
        return _Errand(launch.wanted, token, launch)
    number = server.trade_numbers.get(token)
    trade = server.trades.get(number.trade_key) if number else None
    return _Errand(trade.wanted, token) if trade else None


def _errand_of(server: AlipayServer, trade: Trade) -> _Errand:
    launch = server.launch_of(trade.key)
    return _Errand(trade.wanted, launch.token if launch else trade.trade_no, launch)


def _act(request: HttpRequest, server: AlipayServer, errand: _Errand) -> HttpResponse:
    act = request.POST.get("act")
    try:
        if act in ("pay", "fail"):
            trade = payments.arrive(server, errand.launch) if errand.launch else None
            key = trade.key if trade else errand.offer.trade_key
            (payments.pay if act == "pay" else payments.fail)(server, key)
    except NotPossible as error:
        return _show(request, server, errand, problem=gettext(str(error)))
    back = _way_back(server, errand)
    if back:
        return send_to(back)
    return _result(request, server, errand)


def _way_back(server: AlipayServer, errand: _Errand) -> str:
    """Where the payer goes afterwards: signed to return_url once paid, else to a quit_url."""
    offer, trade = errand.offer, errand.trade(server)
    if trade is None or not trade.is_paid:
        return str(offer.biz.get("quit_url", ""))
    if offer.method not in RETURN_METHODS or not offer.return_url:
        return ""
    app = server.apps.get(offer.app_id)
    if app is None:
        raise LookupError("apps are never removed")
    facts = {
        "charset": offer.charset,
        "out_trade_no": offer.out_trade_no,
        "method": RETURN_METHODS[offer.method],
        "total_amount": to_yuan(offer.total),
        "trade_no": trade.trade_no,
        "auth_app_id": offer.auth_app_id,
        "version": "1.0",
        "app_id": offer.app_id,
        "seller_id": offer.seller_id,
        "timestamp": times.to_text(time.time()),
    }
    content = signing.notification_content(facts, codec_of(offer.charset))
    seal = {
        "sign_type": signing.SIGN_TYPE,
        "sign": signing.sign(app.alipay_private_key_pem, content),
    }
    return with_query(offer.return_url, {**facts, **seal})


def _show(
    request: HttpRequest, server: AlipayServer, errand: _Errand, *, problem: str = ""
) -> HttpResponse:
    content = {"order": _row(server, errand), "problem": problem}
    return render(request, "sandbox/alipay.html", content)


def _result(request: HttpRequest, server: AlipayServer, errand: _Errand) -> HttpResponse:
    trade = errand.trade(server)
    is_paid = trade is not None and trade.is_paid
    content = {
        "order": _row(server, errand),
        "good": is_paid,
        "heading": gettext("Paid") if is_paid else gettext("Not paid"),
        "hint": gettext("You can go back to the shop now."),
    }
    return render(request, "sandbox/result.html", content)


def _refusal(request: HttpRequest, reason: str) -> HttpResponse:
    """Production's error page is HTTP 200, too."""
    content = {"heading": gettext("This payment cannot be opened"), "hint": reason}
    return render(request, "sandbox/result.html", content)


def _row(server: AlipayServer, errand: _Errand) -> OrderRow:
    offer, trade = errand.offer, errand.trade(server)
    app = server.apps.get(offer.app_id)
    state = TRADE_STATES[trade.state if trade else WAITING]
    known_since = trade.created_at if trade else errand.launch.created_at if errand.launch else 0
    return OrderRow(
        merchant=app.name if app else offer.app_id,
        description=offer.biz["subject"],
        serial_no=offer.out_trade_no,
        fen=offer.total,
        state=state,
        state_text=str(_STATE_TEXTS[state]),
        pay_url=_address(errand.token) if state == "pending" else "",
        placed_at=int(known_since),
    )


def _address(token: str) -> str:
    return f"/cashier/alipay/{token}/"


urlpatterns = [path("", scan), path("<str:token>/", pay_page)]
