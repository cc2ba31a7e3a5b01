"""What is sent to Alipay: the interface called, its content, and the parameters around it.

Rules: Alipay Open Platform, "alipay.trade.page.pay / wap.pay / app.pay / create / precreate",
"alipay.trade.query / close / refund / fastpay.refund.query", "alipay.system.oauth.token",
"alipay.data.dataservice.bill.downloadurl.query". Only what is needed is sent, and always the same
for the same request; the signed ``timestamp`` alone tells two sendings apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from gateway.channels.alipay.config import AccountKeys, caller_appid
from gateway.channels.alipay.signing import SIGN_TYPE, signed_parameters
from gateway.contract import AccountOption, ConfigurationError
from gateway.messages import (
    ChannelAccount,
    InvokeMethod,
    Operation,
    PaymentRef,
    PayRequest,
    RefundRef,
    RefundRequest,
)
from paycenter.kernel import clock, strict_json
from paycenter.kernel.clock import BUSINESS_ZONE
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.money import format_yuan

CHARSET = "utf-8"

PRODUCTS = {
    InvokeMethod.MINI_PROGRAM: "alipay.trade.create",
    InvokeMethod.APP: "alipay.trade.app.pay",
    InvokeMethod.WAP: "alipay.trade.wap.pay",
    InvokeMethod.PC: "alipay.trade.page.pay",
    InvokeMethod.QR_CODE: "alipay.trade.precreate",
}
INTERFACES = {
    Operation.QUERY: "alipay.trade.query",
    Operation.CLOSE: "alipay.trade.close",
    Operation.REFUND: "alipay.trade.refund",
    Operation.REFUND_QUERY: "alipay.trade.fastpay.refund.query",
}
CERTIFICATE_DOWNLOAD = "alipay.open.app.alipaycert.download"
LOGIN = "alipay.system.oauth.token"
BILL_ADDRESS = "alipay.data.dataservice.bill.downloadurl.query"

QR_PRODUCT = AccountOption(
    "qr_product",
    _("Product that the QR code was signed up for"),
    (
        ("QR_CODE_OFFLINE", _("Order code (订单码)")),
        ("FACE_TO_FACE_PAYMENT", _("Face to face (当面付)")),
    ),
)
_PRODUCT_CODES = {
    InvokeMethod.MINI_PROGRAM: "JSAPI_PAY",
    InvokeMethod.APP: "QUICK_MSECURITY_PAY",
    InvokeMethod.WAP: "QUICK_WAP_WAY",
    InvokeMethod.PC: "FAST_INSTANT_TRADE_PAY",
}
_PAGES = frozenset({InvokeMethod.WAP, InvokeMethod.PC})
_SUBJECT = str.maketrans({"/": "／", "=": "＝", "&": "＆"})
"""A subject may not hold these three; their wide forms read the same."""

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an interface: its content, and what stands beside the content.

    ``for_merchant``: a service provider makes it for its merchant, with that one's authorisation.
    """

    method: str
    content: Content = field(repr=False)
    beside: Mapping[str, str] = field(default_factory=dict, repr=False)
    for_merchant: bool = True

    @property
    def node(self) -> str:
        """The member of the answer that answers this call."""
        return f"{self.method.replace('.', '_')}_response"


def pay_call(account: ChannelAccount, request: PayRequest) -> Call:
    """Return the call that makes a payment. Raises ``ConfigurationError`` for no such method."""
    method = request.invoke_method
    if method not in PRODUCTS:
        raise ConfigurationError(_("Alipay has no such way to pay: %(method)s"), method=method)
    content: dict[str, Any] = {
        "out_trade_no": request.serial_no,
        "total_amount": format_yuan(request.amount),
        "subject": request.subject.translate(_SUBJECT),
        "product_code": _product_code(account, method),
        "time_expire": _local_time(request.expires_at),
        **_payer(account, request),
    }
    if request.freeze_for_split:
        content["extend_params"] = {"royalty_freeze": "true"}
    beside = {"notify_url": account.callback_url}
    if method in _PAGES and request.return_url:
        beside["return_url"] = request.return_url
    if method is InvokeMethod.WAP and request.return_url:
        content["quit_url"] = request.return_url
    return Call(PRODUCTS[method], content, beside)


def query_call(payment: PaymentRef) -> Call:
    """Return the call that asks for a trade, always by our number: it is known from the start."""
    return Call(INTERFACES[Operation.QUERY], {"out_trade_no": payment.serial_no})


def close_call(payment: PaymentRef) -> Call:
    """Return the call that closes a trade."""
    return Call(INTERFACES[Operation.CLOSE], {"out_trade_no": payment.serial_no})


def refund_call(request: RefundRequest, **members: Any) -> Call:
    """Return the call that refunds; the payment is named by our number only.

    The channel's number may become known between two sendings and would change the content.
    ``members`` are what a refund of a split payment says besides.
    """
    content = {
        "out_trade_no": request.payment.serial_no,
        "refund_amount": format_yuan(request.amount),
        "out_request_no": request.refund_serial_no,
    }
    reason = {"refund_reason": request.reason} if request.reason else {}
    return Call(INTERFACES[Operation.REFUND], {**content, **reason, **members})


def refund_query_call(refund: RefundRef) -> Call:
    """Return the call that asks for a refund."""
    content = {
        "out_trade_no": refund.payment.serial_no,
        "out_request_no": refund.refund_serial_no,
        "query_options": ["gmt_refund_pay"],
    }
    return Call(INTERFACES[Operation.REFUND_QUERY], content)


def certificate_call(serial: str) -> Call:
    """Return the call that downloads one of Alipay's certificates."""
    return Call(CERTIFICATE_DOWNLOAD, {"alipay_cert_sn": serial})


def login_call(code: str) -> Call:
    """Return the call that exchanges a login's code.

    The payer logged in to the app that calls, so a merchant's authorisation has no part in it.
    """
    beside = {"grant_type": "authorization_code", "code": code}
    return Call(LOGIN, {}, beside, for_merchant=False)


def bill_call(bill_type: str, day: date) -> Call:
    """Return the call that asks where a channel bill can be downloaded, over TLS."""
    content = {"bill_type": bill_type, "bill_date": day.isoformat(), "secure": "true"}
    return Call(BILL_ADDRESS, content)


def parameters_of(account: ChannelAccount, keys: AccountKeys, call: Call) -> dict[str, str]:
    """Return every parameter of a call, signed."""
    certified = keys.certified
    serials = (
        {
            "app_cert_sn": certified.app_cert_sn,
            "alipay_root_cert_sn": certified.alipay_root_cert_sn,
        }
        if certified
        else {}
    )
    parameters = {
        "app_id": caller_appid(account),
        "method": call.method,
        "format": "JSON",
        "charset": CHARSET,
        "sign_type": SIGN_TYPE,
        "timestamp": _local_time(clock.now()),
        "version": "1.0",
        "app_auth_token": keys.app_auth_token if call.for_merchant else "",
        **serials,
        **call.beside,
        "biz_content": strict_json.dumps(call.content) if call.content else "",
    }
    return signed_parameters(parameters, keys.signer)


def gateway_url(account: ChannelAccount, parameters: Mapping[str, str]) -> str:
    """Return the gateway's address with these parameters in its query."""
    return f"{account.base_url.rstrip('/')}/gateway.do?{urlencode(parameters)}"


def _product_code(account: ChannelAccount, method: InvokeMethod) -> str:
    if method is InvokeMethod.QR_CODE:
        return account.options.get(QR_PRODUCT.name, QR_PRODUCT.default)
    return _PRODUCT_CODES[method]


def _payer(account: ChannelAccount, request: PayRequest) -> dict[str, str]:
    """Name the payer where the channel must know; a mini-program of another app is named too."""
    if request.invoke_method is not InvokeMethod.MINI_PROGRAM:
        return {}
    payer = request.payer
    named = (
        {"buyer_id": payer.buyer_id} if payer.buyer_id else {"buyer_open_id": payer.buyer_open_id}
    )
    mini_program = account.mini_program_appid
    if mini_program and mini_program != caller_appid(account):
        return {**named, "op_app_id": mini_program}
    return named


def _local_time(moment: datetime) -> str:
    return moment.astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M:%S")
