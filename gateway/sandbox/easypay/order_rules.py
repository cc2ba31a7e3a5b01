"""What an order call must contain, and in which words the platform refuses it."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.sandbox.easypay.call import Call
from gateway.sandbox.easypay.dialect import cut_name, escaped, to_fen, to_yuan
from gateway.sandbox.easypay.errors import ApiError, PageError
from gateway.sandbox.easypay.records import Order

#: Ways to pay that the platform knows; it has an upstream channel for the first four only.
TYPES = ("alipay", "wxpay", "qqpay", "bank", "jdpay", "paypal")
OPEN_TYPES = TYPES[:4]

_NUMBER = re.compile(r"[a-zA-Z0-9._\-|]{1,150}")
_WORDS = {
    "out_trade_no": "订单号(out_trade_no)",
    "notify_url": "通知地址(notify_url)",
    "return_url": "回调地址(return_url)",
    "name": "商品名称(name)",
    "money": "金额(money)",
    "type": "支付方式(type)",
    "clientip": "用户IP地址(clientip)",
    "sub_openid": "jsapi支付时参数(sub_openid)",
    "auth_code": "付款码支付时授权码(auth_code)",
}


@dataclass(frozen=True)
class Wanted:
    """An order call, checked; texts as the platform keeps them."""

    out_trade_no: str
    type: str
    fen: int
    name: str
    notify_url: str
    return_url: str
    param: str
    clientip: str

    def is_same_as(self, order: Order) -> bool:
        """Whether it repeats the call that made the order; the way to pay may differ."""
        return (self.fen, self.name, self.notify_url, self.return_url, self.param) == (
            order.fen,
            order.name,
            order.notify_url,
            order.return_url,
            order.param,
        )


def read_order(call: Call, *, required: Sequence[str]) -> Wanted:
    """The parameters of an order call. Raises ApiError, or PageError for an unknown type."""
    for name in required:
        if not call.text(name):
            raise ApiError(f"{_WORDS[name]}不能为空")
    if _NUMBER.fullmatch(call.text("out_trade_no")) is None:
        raise ApiError("订单号(out_trade_no)格式不正确")
    if call.text("type") not in ("", *TYPES):
        raise PageError("支付方式(type)不存在")
    if "clientip" in required:
        _check_address(call.text("clientip"))
    return Wanted(
        out_trade_no=call.text("out_trade_no"),
        type=call.text("type"),
        fen=_read_money(call),
        name=escaped(cut_name(call.text("name"))),
        notify_url=escaped(call.text("notify_url")),
        return_url=escaped(call.text("return_url")),
        param=escaped(call.text("param")),
        clientip=call.text("clientip"),
    )


def _read_money(call: Call) -> int:
    fen = to_fen(call.text("money"))
    if fen is None or fen <= 0:
        raise ApiError("金额不合法")
    largest = call.server.switches.largest_amount
    if fen > largest:
        raise ApiError(f"最大支付金额是{to_yuan(largest)}元")
    return fen


def _check_address(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        raise ApiError("用户IP地址不合法") from error
