"""The door of the control API: this machine only, JSON in, JSON out, strangers' fields refused."""

import ipaddress
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

JsonObject = dict[str, Any]
Handler = Callable[[JsonObject], Any]

_REQUIRED = object()


class ControlError(Exception):
    """A refusal of the control API; the message says what to do."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Member:
    """One member of a request body: its types, and the value taken when it is missing."""

    types: tuple[type, ...]
    default: Any = _REQUIRED


def control(**handlers: tuple[Handler, Mapping[str, Member]]) -> Callable[..., HttpResponse]:
    """A view that gives each HTTP method its handler and the members of its body."""

    @csrf_exempt
    def serve(request: HttpRequest, **variables: str) -> HttpResponse:
        try:
            return JsonResponse(_answer(request, handlers, variables), json_dumps_params=_READABLE)
        except ControlError as error:
            content = {"error": {"code": error.code, "message": str(error)}}
            return JsonResponse(content, status=error.status, json_dumps_params=_READABLE)

    return serve


_READABLE = {"ensure_ascii": False, "indent": 1}


def _answer(
    request: HttpRequest,
    handlers: Mapping[str, tuple[Handler, Mapping[str, Member]]],
    variables: Mapping[str, str],
) -> JsonObject:
    _check_neighbour(request)
    if request.method is None or request.method not in handlers:
        allowed = ", ".join(handlers)
        raise ControlError(405, "method_not_allowed", f"Use one of: {allowed}.")
    handler, members = handlers[request.method]
    given = request.GET.dict() if request.method == "GET" else _body(request)
    answer: JsonObject = handler(_read({**given, **variables}, members))
    return answer


def _check_neighbour(request: HttpRequest) -> None:
    """Only programs of this machine; not the pages of a browser on it either."""
    address = ipaddress.ip_address(request.META["REMOTE_ADDR"])
    mapped = getattr(address, "ipv4_mapped", None)
    if not (mapped or address).is_loopback:
        raise ControlError(403, "loopback_only", "Call the control API from the same machine.")
    if "Origin" in request.headers:
        raise ControlError(403, "not_for_pages", "The control API is not for web pages.")


def _body(request: HttpRequest) -> JsonObject:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise ControlError(400, "invalid_json", f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise ControlError(400, "invalid_json", "The body must be a JSON object.")
    return body


def _read(body: JsonObject, members: Mapping[str, Member]) -> JsonObject:
    for name in body:
        if name not in members:
            known = ", ".join(members) or "none"
            raise ControlError(400, "unknown_field", f"Unknown field {name}; known: {known}.")
    return {name: _member(name, member, body) for name, member in members.items()}


def _member(name: str, member: Member, body: JsonObject) -> Any:
    if name not in body:
        if member.default is _REQUIRED:
            raise ControlError(400, "missing_field", f"The field {name} is required.")
        return member.default
    value = body[name]
    if type(value) not in member.types:
        kinds = " or ".join(kind.__name__ for kind in member.types)
        raise ControlError(400, "wrong_type", f"The field {name} must be {kinds}.")
    return value
