"""What is sent to WeChat Pay: request targets and bodies.

Rules: WeChat Pay APIv3, "JSAPI / APP / H5 / Native order", "Query order", "Close order", "Apply for
a refund", for direct merchants and for partners (service providers). Only documented and filled
members are sent, unknown and empty ones are refused there. The same request always gives the same
bytes, because a repeat must equal the first call to count as one order or one refund.
"""

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from gateway.messages import (
    ChannelAccount,
    InvokeMethod,
    Operation,
    PaymentRef,
    PayRequest,
    RefundRef,
    RefundRequest,
)
from paycenter.kernel import strict_json
from paycenter.kernel.clock import BUSINESS_ZONE

CERTIFICATES_TARGET = "/v3/certificates"
REFUNDS_TARGET = "/v3/refund/domestic/refunds"

PRODUCTS = {
    InvokeMethod.MINI_PROGRAM: "jsapi",
    InvokeMethod.OFFICIAL_ACCOUNT: "jsapi",
    InvokeMethod.APP: "app",
    InvokeMethod.WAP: "h5",
    # A page on a computer shows the Native code: there is no page of the channel's own.
    InvokeMethod.PC: "native",
    InvokeMethod.QR_CODE: "native",
}

INTERFACES = {
    Operation.QUERY: "transactions/out-trade-no",
    Operation.CLOSE: "transactions/out-trade-no/close",
    Operation.REFUND: "refund/domestic/refunds",
    Operation.REFUND_QUERY: "refund/domestic/refunds/out-refund-no",
}

MAX_DESCRIPTION_BYTES = 127
MAX_REASON_BYTES = 80

Body = dict[str, Any]


def order_target(account: ChannelAccount, method: InvokeMethod) -> str:
    """Return where an order of this method's product is made."""
    return f"{_transactions(account)}/{PRODUCTS[method]}"


def query_target(account: ChannelAccount, payment: PaymentRef) -> str:
    """Return where an order is asked for, always by our number: it is known from the start."""
    return f"{_order(account, payment)}?{urlencode(_merchant(account))}"


def close_target(account: ChannelAccount, payment: PaymentRef) -> str:
    """Return where an order is closed."""
    return f"{_order(account, payment)}/close"


def refund_target(account: ChannelAccount, refund: RefundRef) -> str:
    """Return where a refund is asked for."""
    target = f"{REFUNDS_TARGET}/{quote(refund.refund_serial_no, safe='')}"
    return f"{target}?{urlencode(sub_merchant(account))}" if account.is_partner else target


def caller_mchid(account: ChannelAccount) -> str:
    """Return who signs and orders: the service provider where there is one."""
    return account.provider_mchid or account.mchid


def own_appid(account: ChannelAccount, method: InvokeMethod) -> str:
    """Return the merchant's app id for this method; empty for a sub-merchant without one."""
    if method is InvokeMethod.MINI_PROGRAM:
        return account.mini_program_appid or account.appid
    return account.appid


def running_appid(account: ChannelAccount, method: InvokeMethod) -> str:
    """Return the app the payer is in; without one of the sub-merchant's, it is the provider's."""
    return own_appid(account, method) or account.provider_appid


def sub_merchant(account: ChannelAccount) -> dict[str, str]:
    """Return the member that names the merchant a service provider acts for, if it does."""
    return {"sub_mchid": account.mchid} if account.is_partner else {}


def cut(text: str, limit: int) -> str:
    """Return as much of ``text`` as fits into ``limit`` bytes of UTF-8, whole characters only.

    WeChat Pay counts bytes: a subject of 43 Chinese characters would be refused.
    """
    return text.encode()[:limit].decode(errors="ignore")


def encoded(body: Body | dict[str, str]) -> bytes:
    """Return a body as it is sent: the same members always give the same bytes."""
    return strict_json.dumps(body).encode()


def order_body(account: ChannelAccount, request: PayRequest) -> bytes:
    """Return the body that makes an order."""
    appid = own_appid(account, request.invoke_method)
    body: Body = {
        **_apps(account, appid),
        **_merchant(account),
        "description": cut(request.subject, MAX_DESCRIPTION_BYTES),
        "out_trade_no": request.serial_no,
        "time_expire": _local_time(request.expires_at),
        "notify_url": account.callback_url,
        "amount": {"total": request.amount, "currency": request.currency},
        **_product_members(account, request),
    }
    if request.freeze_for_split:
        body["settle_info"] = {"profit_sharing": True}
    return encoded(body)


def close_body(account: ChannelAccount) -> bytes:
    """Return the body that closes an order."""
    return encoded(_merchant(account))


def refund_body(account: ChannelAccount, request: RefundRequest) -> bytes:
    """Return the body that makes a refund; the payment is named by our number only.

    The channel's number may become known between two sendings and would change the bytes.
    """
    body: Body = {
        **sub_merchant(account),
        "out_trade_no": request.payment.serial_no,
        "out_refund_no": request.refund_serial_no,
        **({"reason": cut(request.reason, MAX_REASON_BYTES)} if request.reason else {}),
        "notify_url": account.refund_callback_url,
        "amount": {
            "refund": request.amount,
            "total": request.payment_amount,
            "currency": request.currency,
        },
    }
    return encoded(body)


def _transactions(account: ChannelAccount) -> str:
    return f"/v3/pay/{'partner/' if account.is_partner else ''}transactions"


def _order(account: ChannelAccount, payment: PaymentRef) -> str:
    return f"{_transactions(account)}/out-trade-no/{quote(payment.serial_no, safe='')}"


def _merchant(account: ChannelAccount) -> dict[str, str]:
    if account.is_partner:
        return {"sp_mchid": account.provider_mchid, **sub_merchant(account)}
    return {"mchid": account.mchid}


def _apps(account: ChannelAccount, appid: str) -> dict[str, str]:
    if not account.is_partner:
        return {"appid": appid}
    return {"sp_appid": account.provider_appid, **({"sub_appid": appid} if appid else {})}


def _product_members(account: ChannelAccount, request: PayRequest) -> Body:
    product = PRODUCTS[request.invoke_method]
    if product == "jsapi":
        return {"payer": {_openid_member(account, request): request.payer.openid}}
    if product == "h5":
        scene = {"payer_client_ip": request.payer.client_ip, "h5_info": {"type": "Wap"}}
        return {"scene_info": scene}
    return {}


def _openid_member(account: ChannelAccount, request: PayRequest) -> str:
    """An openid belongs to one app id: the sub-merchant's where it has one."""
    if not account.is_partner:
        return "openid"
    return "sub_openid" if own_appid(account, request.invoke_method) else "sp_openid"


def _local_time(moment: datetime) -> str:
    return moment.astimezone(BUSINESS_ZONE).isoformat(timespec="seconds")
