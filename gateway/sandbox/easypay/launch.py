"""What an order call gives the merchant to show the payer: a link, a code, a form, JSON.

The real platform decides by the upstream channel's plug-in; here the payer's device decides, or the
setting ``pay_form``.
"""

import json
import secrets
import time

from gateway.sandbox.easypay.call import Call
from gateway.sandbox.easypay.dialect import to_yuan
from gateway.sandbox.easypay.order_rules import OPEN_TYPES
from gateway.sandbox.easypay.records import JsonObject, Order

_V2_NAMES = {"payurl": "jump"}
_FORMS_BY_DEVICE = {"": "qrcode", "pc": "qrcode", "app": "urlscheme"}


def page_path(order: Order) -> str:
    """Where the payer goes, below the platform's base address."""
    if order.type in OPEN_TYPES:
        return f"pay/{order.type}/{order.trade_no}/"
    return f"cashier.php?trade_no={order.trade_no}" + ("&other=1" if order.type else "")


def v1_launch(call: Call, order: Order) -> JsonObject:
    """One of payurl, qrcode, urlscheme, html."""
    form = _form(call, order)
    return {form: _content(call, order, form)}


def v2_launch(call: Call, order: Order, method: str) -> JsonObject:
    """``pay_type`` and ``pay_info``."""
    if method in ("web", "jump"):
        form = _form(call, order)
        return {"pay_type": _V2_NAMES.get(form, form), "pay_info": _content(call, order, form)}
    if method == "scan":
        return {"pay_type": "scan", "pay_info": _scanned(order)}
    if method == "app":
        return {"pay_type": "app", "pay_info": f"sandbox_order={order.trade_no}"}
    pay_type = "jsapi" if method == "jsapi" else "wxapp"
    return {"pay_type": pay_type, "pay_info": _prepaid(order)}


def _form(call: Call, order: Order) -> str:
    device = call.text("device")
    if order.type not in OPEN_TYPES or "jump" in (device, call.text("method")):
        return "payurl"
    return call.server.switches.pay_form or _FORMS_BY_DEVICE.get(device, "payurl")


def _content(call: Call, order: Order, form: str) -> str:
    url = call.base_url + page_path(order)
    if form == "html":
        return f'<form id="pay" action="{url}"></form><script>pay.submit()</script>'
    return url


def _scanned(order: Order) -> str:
    told = {"type": order.type, "trade_no": order.trade_no, "api_trade_no": order.api_trade_no}
    return json.dumps(told | {"buyer": order.buyer, "money": to_yuan(order.fen)})


def _prepaid(order: Order) -> str:
    parts = {
        "appId": "wx5a4db0c0de2600e0",
        "timeStamp": str(int(time.time())),
        "nonceStr": secrets.token_hex(8),
        "package": f"prepay_id=wx{order.trade_no}",
        "signType": "RSA",
        "paySign": secrets.token_urlsafe(256),
    }
    return json.dumps(parts)
