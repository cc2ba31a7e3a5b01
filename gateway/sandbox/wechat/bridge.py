"""WeixinJSBridge: a JSAPI order is paid inside WeChat, if the page presents it properly signed.

WeChat Pay APIv3, "Invoke the payment" (JSAPI): the merchant's key signs app id, timestamp, nonce
and package, each with a line feed behind it.
"""

from django.urls import path

from gateway.sandbox.bridges import Presented, script, till
from gateway.sandbox.refusal import NotPossible
from gateway.sandbox.wechat import payments, signing
from gateway.sandbox.wechat.orders import find_order
from gateway.sandbox.wechat.records import Order
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.world import world

_SIGNED = ("appId", "timeStamp", "nonceStr", "package")
_PACKAGE = "prepay_id="


def take(presented: Presented, act: str) -> None:
    """The payer sees the order and acts; raises NotPossible for one WeChat would not show."""
    server = world().wechat
    order = _order(server, presented)
    _check_signature(server, order, presented)
    if act == "pay":
        payments.pay(server, order.key)
    elif act == "fail":
        payments.fail(server, order.key)


def _order(server: WechatServer, presented: Presented) -> Order:
    package = presented.get("package", "")
    token = package.removeprefix(_PACKAGE)
    prepay = server.prepays.get(token) if package.startswith(_PACKAGE) else None
    order = find_order(server, prepay.order_key) if prepay else None
    if order is None or order.token != token or order.product != "jsapi":
        raise NotPossible("package does not name the latest prepay_id of a JSAPI order.")
    if presented.get("appId") != _appid(order):
        raise NotPossible("appId is not the app that the order was placed for.")
    return order


def _appid(order: Order) -> str:
    """The app the payer is in: the sub-merchant's where the order names one."""
    names = ("sub_appid", "sp_appid", "appid")
    return str(next(order.request[name] for name in names if name in order.request))


def _check_signature(server: WechatServer, order: Order, presented: Presented) -> None:
    if presented.get("signType") != "RSA":
        raise NotPossible("signType must be RSA.")
    merchant = server.merchants.get(order.mchid)
    certificates = merchant.certificates.values() if merchant else ()
    message = "".join(f"{presented.get(name, '')}\n" for name in _SIGNED).encode()
    signature = presented.get("paySign", "")
    if not any(signing.verifies(one, message, signature) for one in certificates):
        raise NotPossible("paySign does not fit appId, timeStamp, nonceStr and package.")


urlpatterns = [
    path("wechat.js", script("sandbox/bridge/wechat.js", pays_at="/bridge/wechat/pay")),
    path("wechat/pay", till(take)),
]
