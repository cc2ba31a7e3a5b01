"""A pay request, whichever way it comes: its content, its addresses, and until when it holds."""

import re
from collections.abc import Mapping

from gateway.sandbox.alipay import times
from gateway.sandbox.alipay.call import Call
from gateway.sandbox.alipay.errors import failed, invalid_parameter
from gateway.sandbox.alipay.fields import WEB_ADDRESS, Field
from gateway.sandbox.alipay.records import JsonObject, Offer

CREATE = "alipay.trade.create"
PRECREATE = "alipay.trade.precreate"
PAGE_PAY = "alipay.trade.page.pay"
WAP_PAY = "alipay.trade.wap.pay"
APP_PAY = "alipay.trade.app.pay"

_MINUTE = 60
_HOUR = 3600
DAY = 24 * _HOUR
_LONGEST = 15 * DAY
_UNITS = {"m": _MINUTE, "h": _HOUR, "d": DAY}
# Paying face to face is quick; whoever pays online may take his time.
_DEFAULT_LIFETIMES = {CREATE: 3 * _HOUR, PRECREATE: 3 * _HOUR}


def read_offer(call: Call, fields: Mapping[str, Field]) -> Offer:
    """The pay request of a call or a link; raises GatewayError for what nobody could pay."""
    request, principal = call.request, call.principal
    biz = call.read_biz(fields)
    if biz.get("seller_id") not in (None, principal.seller_id):
        raise failed("SELLER_NOT_EXIST", "卖家不存在")
    for name in ("notify_url", "return_url"):
        _check_address(name, request.get(name))
    return Offer(
        app_id=call.app.app_id,
        auth_app_id=principal.app_id,
        seller_id=principal.seller_id,
        method=request.get("method"),
        biz=biz,
        notify_url=request.get("notify_url"),
        return_url=request.get("return_url"),
        charset=request.charset,
        time_expire=_time_expire(call, biz),
    )


def trade_expiry(offer: Offer, now: float) -> float:
    """When a trade closes that the payer's coming, or a create call, makes now."""
    if offer.time_expire:
        return offer.time_expire
    default = _DEFAULT_LIFETIMES.get(offer.method, _LONGEST)
    return after(now, offer.biz.get("timeout_express", ""), default=default)


def after(now: float, timeout: str, *, default: int) -> float:
    """``5m``, ``2h`` or ``1d`` from now; ``1c`` is the end of the day in Beijing."""
    if timeout == "1c":
        return times.next_midnight(now)
    seconds = int(timeout[:-1]) * _UNITS[timeout[-1]] if timeout else default
    return now + min(seconds, _LONGEST)


def _time_expire(call: Call, biz: JsonObject) -> float:
    """On the virtual clock: the merchant meant the time that was when it signed."""
    if "time_expire" not in biz:
        return 0
    clock = call.server.engine.clock
    try:
        moment = times.to_unix(biz["time_expire"])
    except ValueError as error:
        raise invalid_parameter("time_expire格式错误") from error
    moment_here = moment + clock.offset_at(times.to_unix(call.request.get("timestamp")))
    if moment_here <= clock.now():
        raise failed("NOW_TIME_AFTER_EXPIRE_TIME_ERROR", "当前时间已超过订单允许支付的时间")
    if moment_here > clock.now() + _LONGEST:
        raise invalid_parameter("time_expire最晚为15天后")
    return moment_here


def _check_address(name: str, address: str) -> None:
    if address and (len(address) > 256 or re.fullmatch(WEB_ADDRESS, address) is None):
        raise invalid_parameter(f"{name}格式错误")
