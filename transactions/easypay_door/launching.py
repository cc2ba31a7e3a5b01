"""What a placed order's answer hands to the application: a page to open or a code to show."""

from typing import Any

from gateway.messages import ActionType
from transactions.easypay_door.calls import Call
from transactions.easypay_door.methods import method_for
from transactions.easypay_door.orders import Placed, Placing, page_url, place
from transactions.easypay_door.wanted import read_wanted
from transactions.easypay_door.words import CHANNEL, Refused
from transactions.lifecycle import PaymentState

DEVICES = ("pc", "mobile", "qq", "wechat", "alipay", "app", "jump")


def place_between_servers(call: Call, *, device: str) -> Placed:
    """Place the order of an API payment. Raises ``Refused`` or ``Problem``."""
    if device not in DEVICES:
        raise Refused("设备类型(device)不存在")
    wanted = read_wanted(call, "type", "clientip")
    method = method_for(wanted.type, device)
    return place(Placing(call.door, call.version, wanted, method))


def launch(call: Call, placed: Placed, *, page_only: bool) -> dict[str, str]:
    """Return ``payurl``, or ``qrcode`` where a code is to be shown and a page is not asked for.

    While the channel has not answered, the order's own page waits for it. Raises ``Refused`` when
    the channel refused the payment.
    """
    payment = placed.payment
    if payment["state"] == PaymentState.FAILED:
        raise Refused(f"支付下单失败：{payment['failure']['message']}", CHANNEL)
    url = channel_url(payment)
    if url:
        return {"payurl": url}
    code = channel_code(payment)
    if code and not page_only:
        return {"qrcode": code}
    return {"payurl": page_url(call.door.pid, placed.order.out_trade_no)}


def channel_url(payment: dict[str, Any]) -> str:
    """Return the channel's page, blank where there is none."""
    return _of_action(payment["action"], ActionType.REDIRECT, "url")


def channel_code(payment: dict[str, Any]) -> str:
    """Return what the payer scans, blank where there is nothing."""
    return _of_action(payment["action"], ActionType.QR_CODE, "content")


def _of_action(action: dict[str, Any] | None, type_: ActionType, param: str) -> str:
    return str(action["params"][param]) if action and action["type"] == type_ else ""
