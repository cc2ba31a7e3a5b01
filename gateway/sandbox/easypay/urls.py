"""What the platform serves: V1's PHP files, V2's rewritten paths, the payer's pages."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from gateway.sandbox.easypay import accounts, admission, orders, pages, refunds
from gateway.sandbox.easypay.errors import UNKNOWN_METHOD, ApiError
from gateway.sandbox.easypay.faults import (
    CLOSE,
    MERCHANT,
    ORDERS,
    PAY,
    QUERY,
    REFUND,
    REFUND_QUERY,
)
from gateway.sandbox.easypay.pipeline import HTML, Endpoint, posted, refuse, serve, v2
from gateway.sandbox.easypay.submission import V2_SUBMIT

_MAPI = Endpoint(
    PAY, orders.create_v1, gather=posted, admit=admission.by_signature, content_type=HTML
)
_ACTS: Mapping[str, Endpoint] = {
    "order": Endpoint(QUERY, orders.query_v1),
    "orders": Endpoint(ORDERS, accounts.list_v1),
    "query": Endpoint(MERCHANT, accounts.query_v1),
    "settle": Endpoint(MERCHANT, accounts.settlements_v1),
    "refund": Endpoint(REFUND, refunds.create_v1, gather=posted),
}
_METHODS: Mapping[str, Endpoint] = {
    "pay/create": v2(PAY, orders.create_v2, content_type=HTML),
    "pay/query": v2(QUERY, orders.query_v2),
    "pay/refund": v2(REFUND, refunds.create_v2),
    "pay/refundquery": v2(REFUND_QUERY, refunds.query),
    "pay/close": v2(CLOSE, orders.close),
    "merchant/info": v2(MERCHANT, accounts.info_v2),
    "merchant/orders": v2(ORDERS, accounts.list_v2),
}


@csrf_exempt
def mapi(request: HttpRequest) -> HttpResponse:
    """V1's order call between servers."""
    return serve(request, _MAPI)


@csrf_exempt
def api(request: HttpRequest) -> HttpResponse:
    """V1's other calls by ``act``; with ``s`` it is what V2's paths are rewritten to."""
    route = request.GET.get("s")
    if route:
        return method(request, route)
    endpoint = _ACTS.get(request.GET.get("act", ""))
    if endpoint is None:
        return refuse(request, ApiError("No Act!", UNKNOWN_METHOD))
    return serve(request, endpoint)


@csrf_exempt
def method(request: HttpRequest, route: str) -> HttpResponse:
    """V2's calls by class and method."""
    if route == V2_SUBMIT:
        return pages.submit_v2(request)
    if route.count("/") != 1:
        return refuse(request, ApiError("URL Error!", UNKNOWN_METHOD))
    endpoint = _METHODS.get(route)
    if endpoint is None:
        return refuse(request, ApiError("接口方法不存在", UNKNOWN_METHOD))
    return serve(request, endpoint)


urlpatterns = [
    path("submit.php", pages.submit_v1),
    path("mapi.php", mapi),
    path("api.php", api),
    path("api/<path:route>", method),
    path("cashier.php", pages.choose),
    path("pay/<str:way>/<str:trade_no>/", pages.pay_page),
]
