"""``/metrics``: what Prometheus reads. Without ``METRICS_TOKEN`` there is no such address.

Each process answers for itself: the web server's workers together, who share a folder, and every
Celery worker on a port of its own (``paycenter.metrics.workers``).
"""

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from paycenter.kernel.metrics import REGISTRY, SLOT
from paycenter.metrics.state import StateCollector


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer whoever holds the token; for anybody else nothing is here."""
    if not may_scrape(request.headers.get("Authorization", "")):
        return HttpResponse(status=404)
    state = CollectorRegistry()
    state.register(StateCollector())
    body = generate_latest(_own_work()) + generate_latest(state)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def may_scrape(authorization: str) -> bool:
    """Whether a request with this header may read what is measured."""
    token: str = settings.METRICS_TOKEN
    expected = f"Bearer {token}".encode()
    return bool(token) and hmac.compare_digest(authorization.encode("latin-1", "replace"), expected)


def _own_work() -> CollectorRegistry:
    """Return what this process counted, or all processes of the web server together."""
    if SLOT is None:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
