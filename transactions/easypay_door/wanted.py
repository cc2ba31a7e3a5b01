"""What an order request asks for, checked: every value exactly of its form.

Rules: EasyPay protocol, "page payment" and "API payment". The string that V1 signs is ambiguous, so
nothing is trimmed or rounded into shape here.
"""

import ipaddress
import re
from dataclasses import dataclass

from rest_framework.exceptions import ValidationError

from notifications.application_urls import check_application_url
from paycenter.kernel.money import MAX_AMOUNT, parse_yuan
from transactions.api.fields import TextField
from transactions.easypay_door.calls import Call
from transactions.easypay_door.words import Refused

NUMBER = re.compile(r"[a-zA-Z0-9._\-|]{1,64}", re.ASCII)
TYPES = ("alipay", "wxpay")
MAX_NAME_BYTES = 127

_NAME = TextField(max_length=MAX_NAME_BYTES)
_PARAM = TextField(max_length=255, allow_blank=True)
_LABELS = {
    "out_trade_no": "订单号(out_trade_no)",
    "notify_url": "通知地址(notify_url)",
    "return_url": "回调地址(return_url)",
    "name": "商品名称(name)",
    "money": "金额(money)",
    "type": "支付方式(type)",
    "clientip": "用户IP地址(clientip)",
}
_ALWAYS = ("out_trade_no", "notify_url", "name", "money")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as asked for; ``amount`` in fen, ``type`` blank where the payer chooses."""

    out_trade_no: str
    type: str
    amount: int
    name: str
    notify_url: str
    return_url: str
    param: str
    client_ip: str


def read_wanted(call: Call, *required: str, client_ip: str = "") -> Wanted:
    """Return what an order request asks for; ``required`` are the names needed besides the usual.

    Raises ``Refused`` or ``Problem``.
    """
    for name in (*_ALWAYS, *required):
        if not call.text(name).strip():
            raise Refused(f"{_LABELS[name]}不能为空")
    if not NUMBER.fullmatch(call.text("out_trade_no")):
        raise Refused("订单号(out_trade_no)格式不正确")
    if call.text("type") not in ("", *TYPES):
        raise Refused("支付方式(type)不存在")
    _check_urls(call)
    return Wanted(
        out_trade_no=call.text("out_trade_no"),
        type=call.text("type"),
        amount=read_money(call.text("money")),
        name=_read(_NAME, "name", _cut(call.text("name"))),
        notify_url=call.text("notify_url"),
        return_url=call.text("return_url"),
        param=_read(_PARAM, "param", call.text("param")),
        client_ip=client_ip or _read_address(call.text("clientip")),
    )


def read_money(text: str) -> int:
    """Return the fen of an amount in yuan. Raises ``Refused``."""
    try:
        amount = parse_yuan(text)
    except ValueError:
        raise Refused("金额不合法") from None
    if not 1 <= amount <= MAX_AMOUNT:
        raise Refused("金额不合法")
    return amount


def _check_urls(call: Call) -> None:
    for name in ("notify_url", "return_url"):
        if "#" in call.text(name):
            # What is appended to a fragment never reaches the server.
            raise Refused(f"{_LABELS.get(name, name)}格式不正确")
        if call.text(name):
            check_application_url(call.door.application, call.text(name), code=f"{name}_refused")


def _cut(name: str) -> str:
    """Return at most 127 bytes of a name, never half a letter."""
    return name.encode()[:MAX_NAME_BYTES].decode(errors="ignore")


def _read(field: TextField, name: str, text: str) -> str:
    try:
        return str(field.run_validation(text))
    except ValidationError:
        raise Refused(f"{_LABELS.get(name, name)}格式不正确") from None


def _read_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise Refused("用户IP地址不合法") from None
