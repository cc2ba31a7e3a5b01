"""What starts a payment on the payer's device: computed with the keys alone, or read in an answer.

Rules: Alipay Open Platform, "alipay.trade.page.pay" and "wap.pay" (a signed address the browser
opens), "app.pay" (an order string for the mobile SDK), "create" and "precreate" (asked for first).
"""

from urllib.parse import urlencode

from gateway.channels.alipay.config import AccountKeys
from gateway.channels.alipay.parsing import Json, number, required_text
from gateway.channels.alipay.wire import Call, gateway_url, parameters_of
from gateway.messages import Action, ActionType, ChannelAccount, InvokeMethod

LOCAL = frozenset({InvokeMethod.APP, InvokeMethod.WAP, InvokeMethod.PC})


def local_action(
    account: ChannelAccount, keys: AccountKeys, call: Call, method: InvokeMethod
) -> Action:
    """Return the action of a method in ``LOCAL``; nothing exists at Alipay until it is used."""
    parameters = parameters_of(account, keys, call)
    if method is InvokeMethod.APP:
        return Action(ActionType.ALIPAY_ORDER_STRING, {"order_string": urlencode(parameters)})
    return Action(ActionType.REDIRECT, {"url": gateway_url(account, parameters)})


def answered_action(content: Json, method: InvokeMethod) -> Action:
    """Return the action in the answer to another method's call. Raises ``Unreadable``."""
    if method is InvokeMethod.QR_CODE:
        return Action(ActionType.QR_CODE, {"content": required_text(content, "qr_code")})
    trade_no = number(content, "trade_no", required=True)
    return Action(ActionType.ALIPAY_TRADE, {"trade_no": trade_no})
