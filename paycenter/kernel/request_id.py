"""Every answer carries ``X-Request-Id``: the request's own when it brought a sane one.

The same id stands in the problem that is answered and in every log line of the request, also in
those of the workers that go on with it (``paycenter.kernel.tracing``).
"""

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from paycenter.kernel.tracing import TRACEPARENT, read_trace, working_for

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")


class RequestIdMiddleware:
    """Choose the request's id, keep it for logs and problems, and return it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request under its id."""
        given = request.headers.get(HEADER, "")
        request_id = given if _SANE.fullmatch(given) else uuid.uuid4().hex
        token = current_request_id.set(request_id)
        try:
            with working_for(read_trace(request.headers.get(TRACEPARENT, ""), request_id)):
                response = self.get_response(request)
        finally:
            current_request_id.reset(token)
        response[HEADER] = request_id
        return response
