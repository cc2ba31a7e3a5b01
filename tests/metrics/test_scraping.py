"""Who may read what is measured, and that all of it is described."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from paycenter.kernel.metrics import REGISTRY
from paycenter.metrics import workers
from paycenter.metrics.state import StateCollector

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
TOKEN = "canary-0123456789abcdef"
_ROW = re.compile(r"^\| `(paycenter_\w+)` \| ([^|]*)\| ", re.MULTILINE)


@pytest.fixture
def _token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


@pytest.mark.usefixtures("_token")
def test_who_holds_the_token_reads_everything(client: Client, db: None) -> None:
    client.get("/healthz")
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    text = answer.content.decode()
    assert 'paycenter_http_request_duration_seconds_count{method="GET",route="healthz"' in text
    assert "paycenter_database_up 1.0" in text


@pytest.mark.usefixtures("_token")
@pytest.mark.parametrize(
    "header",
    [
        "",
        TOKEN,
        f"Basic {TOKEN}",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        "Bearer é",
    ],
)
def test_for_anybody_else_nothing_is_there(client: Client, db: None, header: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer"])
def test_without_a_token_nobody_reads_anything(
    client: Client, db: None, settings: Settings, header: str
) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": header}).status_code == 404


def _ask_worker(path: str, header: str) -> tuple[str, bytes]:
    said: list[str] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        said.append(status)

    environ = {"PATH_INFO": path, "HTTP_AUTHORIZATION": header, "wsgi.input": io.BytesIO()}
    body = b"".join(workers.answer(environ, start_response))
    return said[0], body


@pytest.mark.usefixtures("_token")
def test_a_worker_answers_for_itself_and_asks_for_the_token_too() -> None:
    status, body = _ask_worker("/metrics", f"Bearer {TOKEN}")
    assert status == "200 OK"
    assert b"# TYPE paycenter_task_duration_seconds histogram" in body
    assert _ask_worker("/metrics", "") == ("404 Not Found", b"")
    assert _ask_worker("/", f"Bearer {TOKEN}") == ("404 Not Found", b"")


def _told() -> dict[str, tuple[str, ...]]:
    """Return every metric by its full name, with its labels."""
    told: dict[str, tuple[str, ...]] = {}
    collectors: list[Any] = list(REGISTRY._collector_to_names)
    for collector in collectors:
        name = str(collector._name) + ("_total" if collector._type == "counter" else "")
        told[name] = tuple(collector._labelnames)
    for gauge in StateCollector().collect():
        told[gauge.name] = gauge._labelnames
    return told


def test_every_metric_is_described_with_its_labels_and_no_other(db: None) -> None:
    described = {
        name: tuple(re.findall(r"`(\w+)`", labels))
        for name, labels in _ROW.findall(PAGE.read_text())
    }
    assert described == _told()
