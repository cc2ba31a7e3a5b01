"""Measures every request and writes one log line of it, within all that is known of it by then."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from paycenter.kernel.metrics import REQUESTS

OPERATORS_SITE = "operators' site"
NO_ROUTE = "none"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PROBES = frozenset({"healthz", "readyz", "watchz", "metrics"})
"""Asked all the time, by machines: their lines are for who looks for them."""

logger = logging.getLogger(__name__)


class MeasuredRequestsMiddleware:
    """Notes how long the answer took, up to its first byte."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, and count it."""
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        route, method, status = labels_of(request, response.status_code)
        REQUESTS.labels(route, method, status).observe(seconds)
        logger.log(
            logging.DEBUG if route in _PROBES else logging.INFO,
            "%s %s %s in %d ms",
            method,
            # No query, which may name people; and no character that would begin another line.
            escape_uri_path(request.path),
            response.status_code,
            seconds * 1000,
            extra={"route": route, "status": response.status_code, "seconds": round(seconds, 4)},
        )
        return response


def labels_of(request: HttpRequest, status: int) -> tuple[str, str, str]:
    """Return route, method and class of status: words of ours, whatever the request holds."""
    method = request.method if request.method in _METHODS else "other"
    return _route(request), str(method), f"{status // 100}xx"


def _route(request: HttpRequest) -> str:
    """Return the pattern of the address; the operators' site, of many pages, counts as one."""
    match = request.resolver_match
    if match is None:
        return NO_ROUTE
    if match.route.startswith(settings.ADMIN_URL):
        return OPERATORS_SITE
    return match.route or "/"
