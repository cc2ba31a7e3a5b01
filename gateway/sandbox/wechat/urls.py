"""The calls of WeChat Pay APIv3 that the sandbox serves, direct and partner."""

from functools import partial

from django.urls import URLPattern, path, re_path

from gateway.sandbox.bill_faults import BILL, BILL_FILE
from gateway.sandbox.wechat import (
    bills,
    certificates,
    orders,
    receivers,
    refunds,
    split_calls,
    split_returns,
)
from gateway.sandbox.wechat.faults import (
    BIND_RECEIVER,
    CERTIFICATES,
    CLOSE,
    LEFT_AMOUNT,
    MAX_RATIO,
    PAY,
    QUERY,
    REFUND,
    REFUND_QUERY,
    RELEASE,
    RETURN_QUERY,
    SPLIT,
    SPLIT_QUERY,
    SPLIT_RETURN,
    UNBIND_RECEIVER,
)
from gateway.sandbox.wechat.fields import PRODUCTS
from gateway.sandbox.wechat.pipeline import Endpoint, not_found, view


def _transactions(prefix: str, *, partner: bool) -> list[URLPattern]:
    by_number = Endpoint("GET", QUERY, partial(orders.query, partner=partner))
    shut = Endpoint("POST", CLOSE, partial(orders.close, partner=partner))
    return [
        *(_order_call(prefix, product, partner=partner) for product in PRODUCTS),
        path(f"{prefix}/out-trade-no/<str:out_trade_no>", view(by_number)),
        path(f"{prefix}/out-trade-no/<str:out_trade_no>/close", view(shut)),
        path(f"{prefix}/id/<str:transaction_id>", view(by_number)),
    ]


def _order_call(prefix: str, product: str, *, partner: bool) -> URLPattern:
    handler = partial(orders.create, product=product, partner=partner)
    return path(f"{prefix}/{product}", view(Endpoint("POST", PAY, handler)))


_refund = Endpoint("POST", REFUND, refunds.create, strict_headers=True)
_refund_query = Endpoint("GET", REFUND_QUERY, refunds.query, strict_headers=True)
_certificates = Endpoint("GET", CERTIFICATES, certificates.list_certificates, strict_headers=True)
_trade_bill = Endpoint("GET", BILL, bills.trade_bill, strict_headers=True)
_flow_bill = Endpoint("GET", BILL, bills.fund_flow_bill, strict_headers=True)
_bill_file = Endpoint("GET", BILL_FILE, bills.download, strict_headers=True, is_file=True)

_PROFIT_SHARING = {
    "receivers/add": Endpoint("POST", BIND_RECEIVER, receivers.add),
    "receivers/delete": Endpoint("POST", UNBIND_RECEIVER, receivers.delete),
    "orders": Endpoint("POST", SPLIT, split_calls.create),
    "orders/unfreeze": Endpoint("POST", RELEASE, split_calls.release),
    "orders/<str:out_order_no>": Endpoint("GET", SPLIT_QUERY, split_calls.query),
    "return-orders": Endpoint("POST", SPLIT_RETURN, split_returns.create),
    "return-orders/<str:out_return_no>": Endpoint("GET", RETURN_QUERY, split_returns.query),
    "transactions/<str:transaction_id>/amounts": Endpoint("GET", LEFT_AMOUNT, split_calls.left),
    "merchant-configs/<str:sub_mchid>": Endpoint("GET", MAX_RATIO, split_calls.max_ratio),
}

urlpatterns = [
    *_transactions("pay/transactions", partner=False),
    *_transactions("pay/partner/transactions", partner=True),
    path("refund/domestic/refunds", view(_refund)),
    path("refund/domestic/refunds/<str:out_refund_no>", view(_refund_query)),
    path("certificates", view(_certificates)),
    *(path(f"profitsharing/{at}", view(endpoint)) for at, endpoint in _PROFIT_SHARING.items()),
    path("bill/tradebill", view(_trade_bill)),
    path("bill/fundflowbill", view(_flow_bill)),
    path("billdownload/file", view(_bill_file)),
    re_path("", not_found),
]
