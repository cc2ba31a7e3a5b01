"""What Celery workers measure: each task, and a port of their own to be scraped at.

A worker is one process with a pool of threads, so it needs no folder to share with others, and a
worker that starts anew starts counting anew, as Prometheus expects of a target.
"""

import threading
import time
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from celery import Task, states
from celery.signals import task_postrun, task_prerun, worker_ready
from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from paycenter.kernel.metrics import REGISTRY, TASKS
from paycenter.metrics.scraping import may_scrape


@task_prerun.connect
def note_start(task: "Task[..., Any]", **kwargs: Any) -> None:
    """Remember when a task began."""
    del kwargs
    task.request.update(begun_at=time.perf_counter())


@task_postrun.connect
def note_end(task: "Task[..., Any]", state: str | None = None, **kwargs: Any) -> None:
    """Measure a task that is over, however it ended."""
    del kwargs
    outcome = "succeeded" if state == states.SUCCESS else "failed"
    TASKS.labels(task.name, outcome).observe(time.perf_counter() - task.request.get("begun_at"))


@worker_ready.connect
def open_port(**kwargs: Any) -> None:
    """Let this worker be scraped where ``METRICS_PORT`` says so."""
    del kwargs
    if settings.METRICS_PORT:
        server = make_server("", settings.METRICS_PORT, answer, handler_class=_Silent)
        threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer a scrape as the web server does: with the token, or not at all."""
    if environ["PATH_INFO"] != "/metrics" or not may_scrape(environ.get("HTTP_AUTHORIZATION", "")):
        start_response("404 Not Found", [])
        return []
    start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
    return [generate_latest(REGISTRY)]


class _Silent(WSGIRequestHandler):
    timeout = 5
    """Seconds for a request to come: there is one thread for all."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing of each scrape."""
