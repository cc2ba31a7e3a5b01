"""From an HTTP request to a signed answer, in the order production checks things.

Method, User-Agent and Accept (certificates and refunds only), Authorization, named key, faults,
then content and business. Successes and business refusals are signed; refusals of strangers are
not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from gateway.sandbox.faults import Fault
from gateway.sandbox.reply import Reply, to_response
from gateway.sandbox.wechat.authorization import SignedRequest, authenticate
from gateway.sandbox.wechat.call import Call
from gateway.sandbox.wechat.envelopes import (
    Signer,
    default_signer,
    named_signer,
    new_request_id,
    signed_headers,
    to_json,
)
from gateway.sandbox.wechat.errors import ApiError, NotAuthenticated
from gateway.sandbox.wechat.faults import MENU
from gateway.sandbox.wechat.records import JsonObject, Merchant
from gateway.sandbox.wechat.server import CHANNEL, WechatServer
from gateway.sandbox.world import world

_STANDARD_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Language": "zh-CN",
    "Cache-Control": "no-cache, must-revalidate",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Endpoint:
    """One call of the API; ``strict_headers`` marks the certificate, refund and bill family.

    ``is_file``: its handler returns a Reply, which goes out as it is, without a signature.
    """

    method: str
    operation: str
    handler: Callable[..., JsonObject | Reply | None]
    strict_headers: bool = False
    is_file: bool = False


def view(endpoint: Endpoint) -> Callable[..., HttpResponse]:
    """The Django view that serves one endpoint."""

    @csrf_exempt
    def serve(request: HttpRequest, **variables: object) -> HttpResponse:
        if request.method != endpoint.method:
            return to_response(request, Reply(405))
        return to_response(request, _serve(request, endpoint, variables))

    return serve


def not_found(request: HttpRequest) -> HttpResponse:
    """An unknown path: empty and unsigned."""
    return to_response(request, Reply(404))


not_found.csrf_exempt = True  # type: ignore[attr-defined]  # read by Django's middleware


def raw_target(request: HttpRequest) -> str:
    """Path and query as on the request line, which is what the merchant signed."""
    environ = request.META
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if raw:
        return str(raw)
    query = environ.get("QUERY_STRING", "")
    return quote(request.path) + (f"?{query}" if query else "")


def _serve(request: HttpRequest, endpoint: Endpoint, variables: Mapping[str, object]) -> Reply:
    server = world().wechat
    try:
        merchant = _authenticated(server, request, endpoint)
    except NotAuthenticated as error:
        return _unsigned(error)
    faults = server.engine.faults.draw(CHANNEL, endpoint.operation, MENU)
    serial_no = request.headers.get("Wechatpay-Serial", "")
    try:
        signer = named_signer(server, merchant, serial_no)
    except ApiError as error:
        return _sealed(_refusal(error), default_signer(server, merchant), faults)
    call = Call(
        server=server,
        merchant=merchant,
        body=request.body,
        query=request.GET.dict(),
        base_url=request.build_absolute_uri("/").rstrip("/"),
        faults=faults,
        named=signer if serial_no else None,
    )
    reply = _execute(call, endpoint, variables)
    return reply if endpoint.is_file and reply.status < 400 else _sealed(reply, signer, faults)


def _authenticated(server: WechatServer, request: HttpRequest, endpoint: Endpoint) -> Merchant:
    has_manners = request.headers.get("User-Agent") and request.headers.get("Accept")
    if endpoint.strict_headers and not has_manners:
        raise NotAuthenticated(400, "INVALID_REQUEST", "Http头缺少Accept或User-Agent")
    signed = SignedRequest(
        method=endpoint.method,
        target=raw_target(request),
        body=request.body,
        authorization=request.headers.get("Authorization", ""),
    )
    return authenticate(server, signed, strict_form=endpoint.strict_headers)


def _execute(call: Call, endpoint: Endpoint, variables: Mapping[str, object]) -> Reply:
    for fault in call.faults:
        instead = fault.instead()
        if instead is not None:
            return instead
    try:
        document = endpoint.handler(call, **variables)
    except ApiError as error:
        reply = _refusal(error)
    else:
        reply = _success(document, call.faults)
    for fault in call.faults:
        reply = fault.afterwards(reply)
    return reply


def _success(document: JsonObject | Reply | None, faults: Sequence[Fault]) -> Reply:
    if document is None:
        return Reply(204)
    if isinstance(document, Reply):
        return document
    for fault in faults:
        document = fault.document(document)
    return Reply(200, to_json(document))


def _refusal(error: ApiError) -> Reply:
    headers = {"Request-ID": new_request_id(error.internal_code)} if error.traced else {}
    return Reply(error.status, to_json(error.body()), headers)


def _unsigned(error: NotAuthenticated) -> Reply:
    reply = _refusal(error)
    return replace(reply, headers={**_STANDARD_HEADERS, **reply.headers})


def _sealed(reply: Reply, signer: Signer, faults: Sequence[Fault]) -> Reply:
    headers = {
        **_STANDARD_HEADERS,
        "Request-ID": new_request_id(),
        **reply.headers,
        **signed_headers(reply.body, signer, faults),
    }
    body = reply.body
    if not body:
        del headers["Content-Type"]
    for fault in faults:
        body = fault.body(body)
    return replace(reply, body=body, headers=headers)
