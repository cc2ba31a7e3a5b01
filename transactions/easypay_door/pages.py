"""What a payer's browser meets at the door: the jump to the channel, the choice, and the code.

Rules: EasyPay protocol, "page payment" and "page return". Nothing here needs JavaScript. An order's
page is found by a signed address only, looks for the payment by itself, and hands the payer back to
the application with the same parameters as the notification.
"""

from dataclasses import asdict, replace
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from paycenter.kernel.addresses import client_address
from paycenter.kernel.errors import Problem
from transactions.easypay_door.calls import (
    V1,
    V2,
    Call,
    admit_signed,
    find_door,
    record_refusal,
)
from transactions.easypay_door.launching import channel_code, channel_url, launch
from transactions.easypay_door.methods import account_of, device_of, method_for, offered_types
from transactions.easypay_door.notifying import told_link
from transactions.easypay_door.orders import Placing, order_of_page, place
from transactions.easypay_door.wanted import TYPES, Wanted, read_wanted
from transactions.easypay_door.words import NotAdmitted, Refused, in_words
from transactions.lifecycle import OPEN_PAYMENT
from transactions.models import DoorOrder, Payment
from transactions.qr import drawn
from transactions.representations import payment_resource
from transactions.selectors import payments

CHOICE_SECONDS = 1800
REFRESH_SECONDS = 3

_CHOICE_SALT = "easypay-door.choice"


@csrf_exempt
@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    """Take the order that a payer's browser brings (V1)."""
    return _submitted(request, V1)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def submit_v2(request: HttpRequest) -> HttpResponse:
    """The same, signed with RSA."""
    return _submitted(request, V2)


def _submitted(request: HttpRequest, version: str) -> HttpResponse:
    try:
        call = admit_signed(request, version, from_browser=True)
        address = call.address or "127.0.0.1"
        wanted = read_wanted(call, "return_url", client_ip=address)
        url = _start(call, wanted) if wanted.type else _choice_url(call, wanted)
    except NotAdmitted as refusal:
        record_refusal(request, refusal)
        return _refused(request, refusal)
    except Refused as refusal:
        return _refused(request, refusal)
    except Problem as problem:
        return _refused(request, in_words(problem))
    return _jump(request, url)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, token: str) -> HttpResponse:
    """Let the payer choose how to pay; the signed order is in the address, nothing is stored yet.

    Without CSRF protection: there is no session to abuse, and the order is signed.
    """
    call, wanted = _chosen_order(request, token)
    type_ = request.POST.get("type", "")
    if request.method != "POST" or type_ not in TYPES:
        return render(
            request,
            "easypay_door/choose.html",
            {"wanted": wanted, "types": offered_types(call.door), "payee": _payee(call)},
        )
    address = client_address(request) or "127.0.0.1"
    try:
        return _jump(request, _start(call, replace(wanted, type=type_, client_ip=address)))
    except Refused as refusal:
        return _refused(request, refusal)
    except Problem as problem:
        return _refused(request, in_words(problem))


@require_http_methods(["GET"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show where the payment stands; once it is paid, hand the payer back to the application."""
    known = order_of_page(token)
    if known is None:
        raise Http404
    payment = _payment_to_show(known)
    if payment.settles_order and known.return_url:
        return HttpResponseRedirect(told_link(known.return_url, payment))
    return render(request, "easypay_door/page.html", _shown(known, payment))


def _payment_to_show(known: DoorOrder) -> Payment:
    """Return the payment that paid the order, or else the latest attempt."""
    rows = payments().select_related("order__door_order__door").filter(order=known.order)
    payment = rows.order_by("-settles_order", "-pk").first()
    if payment is None:
        raise Http404
    return payment


def _shown(known: DoorOrder, payment: Payment) -> dict[str, Any]:
    resource = payment_resource(payment)
    code = channel_code(resource)
    return {
        "order": known.order,
        "payee": payment.merchant.display_name,
        "is_paid": payment.settles_order,
        "is_open": payment.state in OPEN_PAYMENT,
        "channel": payment.channel_merchant.channel,
        "url": channel_url(resource),
        "code": drawn(code) if code else "",
        "refresh_seconds": REFRESH_SECONDS,
    }


def _start(call: Call, wanted: Wanted) -> str:
    """Place an order and return where the payer goes next. Raises ``Refused`` or ``Problem``."""
    method = method_for(wanted.type, device_of(call.user_agent))
    placed = place(Placing(call.door, call.version, wanted, method))
    return launch(call, placed, page_only=True)["payurl"]


def _choice_url(call: Call, wanted: Wanted) -> str:
    if not offered_types(call.door):
        raise Refused("该支付方式未开通")
    content = {"pid": call.door.pid, "version": str(call.version), "wanted": asdict(wanted)}
    token = signing.dumps(content, salt=_CHOICE_SALT, compress=True)
    return settings.PUBLIC_BASE_URL + reverse("easypay-choose", args=[token])


def _chosen_order(request: HttpRequest, token: str) -> tuple[Call, Wanted]:
    try:
        content = signing.loads(token, salt=_CHOICE_SALT, max_age=CHOICE_SECONDS)
    except signing.BadSignature:
        raise Http404 from None
    door = find_door(pid=content["pid"], is_active=True, application__is_active=True)
    if door is None:
        raise Http404
    agent = request.headers.get("User-Agent", "")
    call = Call(door, content["version"], {}, client_address(request), agent)
    return call, Wanted(**content["wanted"])


def _payee(call: Call) -> str:
    account = account_of(call.door, offered_types(call.door)[0])
    return account.channel_merchant.merchant.display_name


def _jump(request: HttpRequest, url: str) -> HttpResponse:
    """Send a browser on by a page, not by a redirect: some applications fetch it and pass it on."""
    return render(request, "easypay_door/jump.html", {"url": url})


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return render(request, "easypay_door/refused.html", {"message": refusal.message})
