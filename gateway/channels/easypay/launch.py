"""What starts a payment on the payer's device: the platform's page or a QR code.

Rules: EasyPay protocol V1 "submit.php", "mapi.php" and V2 "api/pay/create".
"""

from urllib.parse import urlencode

from gateway.channels.easypay.parsing import Unreadable, required
from gateway.channels.easypay.signing import Scheme, Texts
from gateway.channels.easypay.wire import SUBMIT_PATH, address, submit_params
from gateway.messages import Action, ActionType, ChannelAccount, PayRequest


def submit_action(account: ChannelAccount, request: PayRequest, scheme: Scheme) -> Action:
    """Return the V1 page with the whole signed order in its address; no request is made."""
    query = urlencode(scheme.signed(submit_params(account, request)))
    return Action(ActionType.REDIRECT, {"url": f"{address(account, SUBMIT_PATH)}?{query}"})


def mapi_action(content: Texts) -> Action:
    """Return the QR code of a V1 order. Raises ``Unreadable``.

    A page (``payurl``) is what the platform gives where it has no code of its own; scanned, it
    opens on the payer's phone. What opens an app or is a form cannot be shown as a code.
    """
    return _code(content.get("qrcode") or required(content, "payurl"))


def create_action(content: Texts, *, as_code: bool) -> Action:
    """Return the page or the QR code of a V2 order. Raises ``Unreadable``."""
    form, info = required(content, "pay_type"), required(content, "pay_info")
    if as_code and form in ("qrcode", "jump"):
        return _code(info)
    if form == "jump" and info.startswith(("https://", "http://")):
        return Action(ActionType.REDIRECT, {"url": info})
    raise Unreadable("the order is not started by a page or a code")


def _code(content: str) -> Action:
    return Action(ActionType.QR_CODE, {"content": content})
