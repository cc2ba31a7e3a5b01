"""What a simulated channel answers to one request, before it becomes a Django response."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True)
class Reply:
    """Status, raw body and headers; ``dropped`` cuts the connection instead of answering."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False


def to_response(request: HttpRequest, reply: Reply) -> HttpResponse:
    """The Django response; a dropped reply closes the client's connection without a byte."""
    if reply.dropped:
        # gunicorn then fails to write, and ends the connection without a word.
        request.META["gunicorn.socket"].shutdown(socket.SHUT_RDWR)
    response = HttpResponse(reply.body, status=reply.status)
    del response.headers["Content-Type"]
    if reply.status != HTTPStatus.NO_CONTENT:
        response.headers["Content-Length"] = str(len(reply.body))
    for name, value in reply.headers.items():
        response.headers[name] = value
    return response
