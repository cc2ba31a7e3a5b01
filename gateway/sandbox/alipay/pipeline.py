"""gateway.do: from an HTTP request to a signed answer, in the order production checks things.

Method, app, signature, common parameters, authorisation, faults, then content and business.
Everything is signed but the refusals of strangers. Page methods answer a browser instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from gateway.sandbox.alipay import (
    authorization,
    bills,
    certificates,
    login,
    refunds,
    relations,
    settle_calls,
    trade_calls,
)
from gateway.sandbox.alipay.call import Call
from gateway.sandbox.alipay.cashier import open_page
from gateway.sandbox.alipay.envelopes import LOGIN, signed, unsigned
from gateway.sandbox.alipay.errors import GatewayError, UnknownApp, invalid
from gateway.sandbox.alipay.faults import (
    BIND_RECEIVER,
    CERTIFICATES,
    CLOSE,
    IDENTIFY,
    LEFT_AMOUNT,
    LIST_RECEIVERS,
    MAX_RATIO,
    MENU,
    PAY,
    QUERY,
    REFUND,
    REFUND_QUERY,
    SPLIT,
    SPLIT_QUERY,
    UNBIND_RECEIVER,
)
from gateway.sandbox.alipay.jsontext import to_json
from gateway.sandbox.alipay.offers import CREATE, PAGE_PAY, PRECREATE, WAP_PAY
from gateway.sandbox.alipay.records import App, JsonObject
from gateway.sandbox.alipay.request import GatewayRequest, read_request
from gateway.sandbox.alipay.server import CHANNEL, AlipayServer
from gateway.sandbox.bill_faults import BILL
from gateway.sandbox.reply import Reply, to_response
from gateway.sandbox.world import world


@dataclass(frozen=True)
class Endpoint:
    """One call of the API; ``operation`` is its name in the fault menu.

    ``says_success``: a success says so by a code, as it does nearly everywhere.
    """

    operation: str
    handler: Callable[[Call], JsonObject]
    says_success: bool = True


ENDPOINTS: Mapping[str, Endpoint] = {
    CREATE: Endpoint(PAY, trade_calls.create),
    PRECREATE: Endpoint(PAY, trade_calls.precreate),
    "alipay.trade.query": Endpoint(QUERY, trade_calls.query),
    "alipay.trade.close": Endpoint(CLOSE, trade_calls.close),
    "alipay.trade.refund": Endpoint(REFUND, refunds.refund),
    "alipay.trade.fastpay.refund.query": Endpoint(REFUND_QUERY, refunds.query),
    "alipay.trade.royalty.relation.bind": Endpoint(BIND_RECEIVER, relations.bind),
    "alipay.trade.royalty.relation.unbind": Endpoint(UNBIND_RECEIVER, relations.unbind),
    "alipay.trade.royalty.relation.batchquery": Endpoint(LIST_RECEIVERS, relations.list_bound),
    "alipay.trade.royalty.rate.query": Endpoint(MAX_RATIO, relations.tell_ratio),
    "alipay.trade.order.settle": Endpoint(SPLIT, settle_calls.settle),
    "alipay.trade.order.settle.query": Endpoint(SPLIT_QUERY, settle_calls.query),
    "alipay.trade.order.onsettle.query": Endpoint(LEFT_AMOUNT, settle_calls.left_amount),
    "alipay.open.app.alipaycert.download": Endpoint(CERTIFICATES, certificates.download),
    "alipay.data.dataservice.bill.downloadurl.query": Endpoint(BILL, bills.find),
    LOGIN: Endpoint(IDENTIFY, login.exchange, says_success=False),
}
_SUCCESS = {"code": "10000", "msg": "Success"}


@csrf_exempt
def gateway(request: HttpRequest) -> HttpResponse:
    """The one address of the API; GET and POST are the same to it."""
    asked = replace(
        read_request(request.META.get("QUERY_STRING", "").encode("latin-1"), request.body),
        base_url=request.build_absolute_uri("/").rstrip("/"),
    )
    if asked.get("method") in (PAGE_PAY, WAP_PAY):
        return open_page(request, asked)
    return to_response(request, serve(world().alipay, asked))


def serve(server: AlipayServer, request: GatewayRequest) -> Reply:
    """The answer to one call of a merchant's program."""
    try:
        app = authorization.known_app(server, request)
    except UnknownApp as error:
        return unsigned(request, to_json(error.document(), request.codec))
    try:
        call = _admit(server, app, request)
    except GatewayError as error:
        return signed(request, to_json(error.document(), request.codec), app=app)
    return _answer(call, ENDPOINTS[request.get("method")])


def _admit(server: AlipayServer, app: App, request: GatewayRequest) -> Call:
    """All checks that do not depend on the method."""
    authorization.authenticate(server, app, request)
    authorization.check_common_parameters(request)
    principal = authorization.principal(app, request)
    endpoint = ENDPOINTS.get(request.get("method"))
    if endpoint is None:
        raise invalid("invalid-method", "不存在的方法名")
    faults = server.engine.faults.draw(CHANNEL, endpoint.operation, MENU)
    return Call(server, app, principal, request, faults)


def _answer(call: Call, endpoint: Endpoint) -> Reply:
    reply = _execute(call, endpoint)
    if reply.status != 200 or reply.dropped:
        return reply
    return signed(call.request, reply.body, app=call.app, faults=call.faults)


def _execute(call: Call, endpoint: Endpoint) -> Reply:
    for fault in call.faults:
        instead = fault.instead()
        if instead is not None:
            return instead
    try:
        success = _SUCCESS if endpoint.says_success else {}
        document = {**success, **endpoint.handler(call)}
    except GatewayError as error:
        document = error.document()
    else:
        for fault in call.faults:
            document = fault.document(document)
    reply = Reply(200, to_json(document, call.request.codec))
    for fault in call.faults:
        reply = fault.afterwards(reply)
    return reply
