"""From an HTTP request to an answer: who calls, faults, the call itself, its signature.

Status is 200 whatever happens. V1 signs nothing; V2 signs successes, and the refusals of its
business functions, but not those of the checks before them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.html import escape

from gateway.sandbox.easypay import admission
from gateway.sandbox.easypay.call import Call, Parameters
from gateway.sandbox.easypay.dialect import to_json
from gateway.sandbox.easypay.errors import ApiError, PageError
from gateway.sandbox.easypay.faults import MENU
from gateway.sandbox.easypay.records import V1, V2, JsonObject, Merchant
from gateway.sandbox.easypay.sealing import sealed
from gateway.sandbox.easypay.server import CHANNEL, EasypayServer
from gateway.sandbox.reply import Reply, to_response
from gateway.sandbox.world import world

HTML = "text/html; charset=UTF-8"
_JSON = "application/json; charset=UTF-8"
_NOTICE = (
    "<html><head><title>站点提示信息</title></head><body><h3>站点提示信息</h3>{}</body></html>"
)


def posted(request: HttpRequest) -> Parameters:
    """The form of a POST; a query string counts for nothing."""
    return plain(request.POST)


def queried(request: HttpRequest) -> Parameters:
    """The query string."""
    return plain(request.GET)


def plain(form: QueryDict) -> Parameters:
    """The last value of each name; PHP makes arrays of names with brackets, which nothing reads."""
    return {name: values[-1] for name, values in form.lists() if values and "[" not in name}


@dataclass(frozen=True)
class Endpoint:
    """One call of the API: what it does, where its parameters stand, how its caller is known."""

    operation: str
    handler: Callable[[Call], JsonObject]
    version: str = V1
    gather: Callable[[HttpRequest], Parameters] = queried
    admit: Callable[[EasypayServer, Parameters], Merchant] = admission.by_key
    content_type: str = _JSON


def v2(
    operation: str, handler: Callable[[Call], JsonObject], *, content_type: str = _JSON
) -> Endpoint:
    """An endpoint of V2: a POST, signed within the last five minutes."""
    return Endpoint(
        operation,
        handler,
        version=V2,
        gather=posted,
        admit=admission.by_timed_signature,
        content_type=content_type,
    )


def serve(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """The response of one endpoint."""
    return to_response(request, _answer(request, endpoint))


def refuse(request: HttpRequest, error: ApiError) -> HttpResponse:
    """A refusal before any endpoint is known."""
    return to_response(request, _json_reply(error.body(), _JSON))


def base_url(request: HttpRequest) -> str:
    """The platform's own address, as this caller reached it."""
    return request.build_absolute_uri("/easypay/")


def _answer(request: HttpRequest, endpoint: Endpoint) -> Reply:
    server = world().easypay
    parameters = endpoint.gather(request)
    try:
        merchant = endpoint.admit(server, parameters)
    except ApiError as error:
        return _json_reply(error.body(), endpoint.content_type)
    call = Call(
        server=server,
        merchant=merchant,
        version=endpoint.version,
        parameters=parameters,
        base_url=base_url(request),
        faults=server.engine.faults.draw(CHANNEL, endpoint.operation, MENU),
    )
    return _execute(call, endpoint)


def _execute(call: Call, endpoint: Endpoint) -> Reply:
    for fault in call.faults:
        instead = fault.instead()
        if instead is not None:
            return instead
    try:
        reply = _signed_reply(call, endpoint, _success(call, endpoint))
    except ApiError as error:
        write = _signed_reply if error.signed else _unsigned_reply
        reply = write(call, endpoint, error.body())
    except PageError as error:
        reply = Reply(200, _NOTICE.format(escape(error)).encode(), {"Content-Type": HTML})
    for fault in call.faults:
        reply = fault.afterwards(reply)
    return reply


def _success(call: Call, endpoint: Endpoint) -> JsonObject:
    document = endpoint.handler(call)
    for fault in call.faults:
        document = fault.document(document)
    return document


def _signed_reply(call: Call, endpoint: Endpoint, document: JsonObject) -> Reply:
    if call.version == V1:
        return _unsigned_reply(call, endpoint, document)
    pid = call.merchant.pid
    document = sealed(call.server, document, pid=pid, version=V2, faults=call.faults)
    reply = _unsigned_reply(call, endpoint, document)
    for fault in call.faults:
        reply = replace(reply, body=fault.body(reply.body))
    return reply


def _unsigned_reply(_: Call, endpoint: Endpoint, document: JsonObject) -> Reply:
    return _json_reply(document, endpoint.content_type)


def _json_reply(document: JsonObject, content_type: str) -> Reply:
    return Reply(200, to_json(document), {"Content-Type": content_type})
