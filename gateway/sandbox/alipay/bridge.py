"""AlipayJSBridge: a trade is paid inside Alipay by its number, which needs no signature."""

from django.urls import path

from gateway.sandbox.alipay import payments
from gateway.sandbox.bridges import Presented, script, till
from gateway.sandbox.refusal import NotPossible
from gateway.sandbox.world import world


def take(presented: Presented, act: str) -> None:
    """The payer sees the trade and acts; raises NotPossible for one that cannot be paid."""
    server = world().alipay
    number = server.trade_numbers.get(presented.get("tradeNO", ""))
    if number is None:
        raise NotPossible("tradeNO is not the number of a trade.")
    if act == "pay":
        payments.pay(server, number.trade_key)
    elif act == "fail":
        payments.fail(server, number.trade_key)


urlpatterns = [
    path("alipay.js", script("sandbox/bridge/alipay.js", pays_at="/bridge/alipay/pay")),
    path("alipay/pay", till(take)),
]
