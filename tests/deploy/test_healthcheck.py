"""A container is healthy when its web process answers under the center's own name."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from paycenter.local.ports import any_free_port
from tests.deploy.files import DEPLOY


class _Center(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        right = (self.path, self.headers["Host"]) == ("/healthz", "pay.example.com")
        self.send_response(200 if right else 400)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Where a web process answers."""
    server = HTTPServer(("127.0.0.1", 0), _Center)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def _healthy(port: int, url: str = "https://pay.example.com") -> bool:
    environment = {"PATH": os.environ["PATH"], "PUBLIC_BASE_URL": url, "PORT": str(port)}
    command = [sys.executable, str(DEPLOY / "healthcheck.py")]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    return done.returncode == 0


def test_an_answer_under_its_name_is_health(port: int) -> None:
    assert _healthy(port)


def test_another_answer_is_not(port: int) -> None:
    assert not _healthy(port, "https://elsewhere.example.com")


def test_no_answer_is_not() -> None:
    assert not _healthy(any_free_port())
