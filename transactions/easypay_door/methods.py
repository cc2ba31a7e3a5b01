"""Which account and invoke method a payment uses: by the way to pay and the payer's device."""

from gateway.messages import Browser, InvokeMethod
from merchants.models import EasyPayDoor, PaymentAccount
from transactions.checkout.browsers import browser_of
from transactions.easypay_door.wanted import TYPES
from transactions.easypay_door.words import Refused

TYPE_OF_CHANNEL = {"wechat": "wxpay", "alipay": "alipay"}

_DEVICES = {
    Browser.WECHAT: "wechat",
    Browser.ALIPAY: "mobile",
    Browser.PHONE: "mobile",
    Browser.PC: "pc",
}


def account_of(door: EasyPayDoor, type_: str) -> PaymentAccount:
    """Return the door's account for a way to pay. Raises ``Refused``."""
    account = {"wxpay": door.wxpay_account, "alipay": door.alipay_account}[type_]
    if account is None:
        raise Refused("该支付方式未开通")
    return account


def offered_types(door: EasyPayDoor) -> list[str]:
    """Return the ways to pay for which the door has an account."""
    accounts = {"wxpay": door.wxpay_account, "alipay": door.alipay_account}
    return [type_ for type_ in TYPES if accounts[type_] is not None]


def device_of(user_agent: str) -> str:
    """Name the payer's browser as the protocol does: ``pc``, ``mobile`` or ``wechat``."""
    return _DEVICES[browser_of(user_agent)]


def method_for(type_: str, device: str) -> InvokeMethod:
    """Choose how the payer gets to the channel.

    WeChat's own pages open outside of WeChat on a phone only; everybody else scans a code.
    """
    if type_ == "wxpay":
        return InvokeMethod.WAP if device == "mobile" else InvokeMethod.QR_CODE
    return InvokeMethod.PC if device in ("pc", "jump", "app") else InvokeMethod.WAP
