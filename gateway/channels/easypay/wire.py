"""What is sent to an EasyPay platform: paths and parameters, before they are signed.

Rules: EasyPay protocol V1 (``submit.php``, ``mapi.php``, ``api.php``) and V2 (``api/pay/...``). The
same request always gives the same parameters: a platform takes a repeat with another amount, name
or address for a contradiction. Payments are named by our number only: the platform's own wins over
it where both are given, and an empty one hides ours on the oldest platforms.
"""

from urllib.parse import urlencode

from gateway.channels.easypay.config import PAYER_CHOOSES, TYPE, option
from gateway.contract import ConfigurationError
from gateway.messages import (
    ChannelAccount,
    InvokeMethod,
    Operation,
    PaymentRef,
    PayRequest,
    RefundRef,
    RefundRequest,
)
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.money import format_yuan

SUBMIT_PATH = "submit.php"
MAPI_PATH = "mapi.php"
CREATE_PATH = "api/pay/create"
QUERY_PATH = "api/pay/query"
CLOSE_PATH = "api/pay/close"
REFUND_PATH = "api/pay/refund"
REFUND_QUERY_PATH = "api/pay/refundquery"
INFO_PATH = "api/merchant/info"
ORDERS_PATH = "api/merchant/orders"
V1_REFUND_PATH = "api.php?act=refund"

PRODUCTS = {
    InvokeMethod.WAP: "submit",
    InvokeMethod.PC: "submit",
    InvokeMethod.QR_CODE: "mapi",
}

INTERFACES = {
    Operation.QUERY: "query",
    # Sent in V2 only: V1 has no such request.
    Operation.CLOSE: "close",
    Operation.REFUND: "refund",
    Operation.REFUND_QUERY: "refundquery",
    Operation.BILL: "orders",
}

MAX_NAME_BYTES = 127
PAGE_ROWS = 50
"""The most orders that platforms list at once."""

_NO_CLIENT_IP = "127.0.0.1"
"""Orders must name an address of the payer; what asks for a QR code has none."""

# Platforms escape these for HTML and tell the name escaped ever after; the wide forms stay as sent.
_WIDE = str.maketrans({"&": "＆", "<": "＜", ">": "＞", '"': "＂", "'": "＇"})

Params = dict[str, str]


def address(account: ChannelAccount, path: str) -> str:
    """Return where ``path`` is on the account's platform; it may live in a folder of its site."""
    return f"{account.base_url.rstrip('/')}/{path}"


def order_params(account: ChannelAccount, request: PayRequest) -> Params:
    """Return what an order is in every version."""
    return {
        "pid": account.mchid,
        "type": option(account, TYPE),
        "out_trade_no": request.serial_no,
        "notify_url": account.callback_url,
        "return_url": request.return_url,
        "name": order_name(request.subject),
        "money": format_yuan(request.amount),
    }


def submit_params(account: ChannelAccount, request: PayRequest) -> Params:
    """Return a V1 order as the payer's browser brings it; a return address is required there.

    Without one of the application's the payer ends at the callback address, which says ``success``.
    """
    params = order_params(account, request)
    return {**params, "return_url": request.return_url or account.callback_url}


def mapi_params(account: ChannelAccount, request: PayRequest) -> Params:
    """Return a V1 order that is answered with a QR code."""
    _require_type(account)
    return {**order_params(account, request), "clientip": _client_ip(request), "device": "pc"}


def create_params(account: ChannelAccount, request: PayRequest) -> Params:
    """Return a V2 order: ``web`` on a computer gives a QR code, ``jump`` the platform's page."""
    _require_type(account)
    as_code = request.invoke_method is InvokeMethod.QR_CODE
    shown = {"method": "web", "device": "pc"} if as_code else {"method": "jump"}
    return {**order_params(account, request), "clientip": _client_ip(request), **shown}


def order_query_path(account: ChannelAccount, key: str, payment: PaymentRef) -> str:
    """Return where V1 asks for an order: by GET only, so the key stands in the address."""
    query = {"act": "order", **_shown_key(account, key), **_named(payment)}
    return f"api.php?{urlencode(query)}"


def orders_path(account: ChannelAccount, key: str, offset: int) -> str:
    """Return where V1 lists orders, the newest first and so many left out."""
    query = {"act": "orders", **_shown_key(account, key), **_page(offset)}
    return f"api.php?{urlencode(query)}"


def orders_params(account: ChannelAccount, offset: int) -> Params:
    """Return what lists orders in V2."""
    return {"pid": account.mchid, **_page(offset)}


def v1_refund_params(account: ChannelAccount, key: str, request: RefundRequest) -> Params:
    """Return a V1 refund. Its number is for the platform's books: a repeat is a second refund."""
    return {**_shown_key(account, key), **_returned(request)}


def payment_params(account: ChannelAccount, payment: PaymentRef) -> Params:
    """Return what names one payment in V2."""
    return {"pid": account.mchid, **_named(payment)}


def refund_params(account: ChannelAccount, request: RefundRequest) -> Params:
    """Return a V2 refund, whose number makes it one however often it is sent."""
    return {"pid": account.mchid, **_returned(request)}


def refund_query_params(account: ChannelAccount, refund: RefundRef) -> Params:
    """Return what names one refund in V2."""
    return {"pid": account.mchid, "out_refund_no": refund.refund_serial_no}


def order_name(subject: str) -> str:
    """Return the subject without what platforms would escape, within 127 bytes of UTF-8."""
    return subject.translate(_WIDE).encode()[:MAX_NAME_BYTES].decode(errors="ignore")


def _named(payment: PaymentRef) -> Params:
    return {"out_trade_no": payment.serial_no}


def _page(offset: int) -> Params:
    return {"limit": str(PAGE_ROWS), "offset": str(offset)}


def _returned(request: RefundRequest) -> Params:
    money = {"money": format_yuan(request.amount), "out_refund_no": request.refund_serial_no}
    return {**_named(request.payment), **money}


def _shown_key(account: ChannelAccount, key: str) -> Params:
    return {"pid": account.mchid, "key": key}


def _client_ip(request: PayRequest) -> str:
    return request.payer.client_ip or _NO_CLIENT_IP


def _require_type(account: ChannelAccount) -> None:
    if option(account, TYPE) == PAYER_CHOOSES:
        raise ConfigurationError(
            _("the payer chooses how to pay on the platform's page: there is no QR code for that")
        )
