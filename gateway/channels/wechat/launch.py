"""What starts a payment on the payer's device, made of WeChat Pay's answer to an order.

Rules: WeChat Pay APIv3, "Invoke the payment" of JSAPI, mini-program, APP, H5 and Native.
"""

from collections.abc import Callable
from urllib.parse import quote

from gateway.channels.wechat.parsing import Json, required_text
from gateway.channels.wechat.signing import Signer, Stamp
from gateway.channels.wechat.wire import PRODUCTS, caller_mchid, running_appid
from gateway.messages import Action, ActionType, ChannelAccount, PayRequest

_Maker = Callable[[ChannelAccount, PayRequest, Json, Signer], Action]


def action_of(
    account: ChannelAccount, request: PayRequest, content: Json, signer: Signer
) -> Action:
    """Return the action for the order that ``content`` answers. Raises ``Unreadable``."""
    return _MAKERS[PRODUCTS[request.invoke_method]](account, request, content, signer)


def _jsapi(account: ChannelAccount, request: PayRequest, content: Json, signer: Signer) -> Action:
    appid = running_appid(account, request.invoke_method)
    package = f"prepay_id={required_text(content, 'prepay_id')}"
    stamp = Stamp.fresh()
    params = {
        "appId": appid,
        "timeStamp": stamp.timestamp,
        "nonceStr": stamp.nonce,
        "package": package,
        "signType": "RSA",
        "paySign": signer.launch_signature(appid=appid, package=package, stamp=stamp),
    }
    return Action(ActionType.WECHAT_JSAPI, params)


def _app(account: ChannelAccount, request: PayRequest, content: Json, signer: Signer) -> Action:
    appid = running_appid(account, request.invoke_method)
    prepay_id = required_text(content, "prepay_id")
    stamp = Stamp.fresh()
    params = {
        "appid": appid,
        "partnerid": caller_mchid(account),
        "prepayid": prepay_id,
        "package": "Sign=WXPay",
        "noncestr": stamp.nonce,
        "timestamp": stamp.timestamp,
        # Unlike JSAPI, the bare id is signed here, not the package.
        "sign": signer.launch_signature(appid=appid, package=prepay_id, stamp=stamp),
    }
    return Action(ActionType.WECHAT_APP, params)


def _h5(account: ChannelAccount, request: PayRequest, content: Json, signer: Signer) -> Action:
    del account, signer
    url = required_text(content, "h5_url")
    if request.return_url:
        separator = "&" if "?" in url else "?"
        url = f"{url}{separator}redirect_url={quote(request.return_url, safe='')}"
    return Action(ActionType.REDIRECT, {"url": url})


def _native(account: ChannelAccount, request: PayRequest, content: Json, signer: Signer) -> Action:
    del account, request, signer
    return Action(ActionType.QR_CODE, {"content": required_text(content, "code_url")})


_MAKERS: dict[str, _Maker] = {"jsapi": _jsapi, "app": _app, "h5": _h5, "native": _native}
