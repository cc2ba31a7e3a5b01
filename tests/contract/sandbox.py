"""The real sandbox as a peer: started as its own process, reached by real HTTP in both directions.

``Sandbox`` steers it through its control API, ``CallbackReceiver`` is the address it calls back.
"""

import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gateway.messages import RawCallback
from paycenter.kernel.http import (
    Limits,
    NoAnswer,
    NotSent,
    WireRequest,
    WireResponse,
    exchange,
    pooled_session,
)

PROJECT_DIR = Path(__file__).parents[2]
STARTUP_SECONDS = 60
CALLBACK_SECONDS = 15


class HttpTransport:
    """Sends for real, as the center does."""

    def __init__(self) -> None:
        self._session = pooled_session()

    def send(self, request: WireRequest) -> WireResponse:
        """Exchange one request within ten seconds."""
        return exchange(self._session, request, Limits())


class CallbackReceiver:
    """Takes callbacks on loopback, acknowledges them and keeps them for the test."""

    def __init__(self) -> None:
        self._received: queue.Queue[tuple[str, RawCallback]] = queue.Queue()
        self._test = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """The address to give to the channel; another one after ``forget``."""
        return f"http://127.0.0.1:{self._server.server_port}{self._path}"

    @property
    def _path(self) -> str:
        return f"/callbacks/{self._test}/"

    def next(self) -> tuple[str, RawCallback]:
        """Return the path and content of the oldest callback not taken yet; waits for it."""
        return self._received.get(timeout=CALLBACK_SECONDS)

    def forget(self) -> None:
        """Drop what earlier tests left, and what is still under way to them."""
        self._test += 1
        while not self._received.empty():
            self._received.get_nowait()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._keep(b"")

            def do_POST(self) -> None:
                self._keep(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

            def _keep(self, body: bytes) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                path, _, query = self.path.partition("?")
                if path.startswith(receiver._path):
                    receiver._received.put((path, RawCallback(self.command, query, headers, body)))
                self.send_response(200)
                self.send_header("Content-Length", "7")
                self.end_headers()
                self.wfile.write(b"success")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        return Handler


class Sandbox:
    """A running sandbox."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._session = pooled_session()

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        """POST to the control API and return its answer; a refusal fails the test."""
        response = self._session.post(f"{self.base_url}/control/{path}", json=body, timeout=20)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def come_back(self, url: str) -> dict[str, str]:
        """Open a login in the payer's browser; returns the parameters it comes back with."""
        address = urlsplit(url)._replace(fragment="").geturl()  # no browser sends that part
        response = self._session.get(address, timeout=20, allow_redirects=False)
        assert response.status_code == 302, response.text
        return dict(parse_qsl(urlsplit(response.headers["Location"]).query))

    def present(self, channel: str, params: Mapping[str, str]) -> dict[str, str]:
        """Hand launch data to the payer's app, as a page in its browser does; the payer pays."""
        till = f"{self.base_url}/bridge/{channel}/pay"
        answer: dict[str, str] = self._session.post(till, data=dict(params), timeout=20).json()
        return answer

    def books(self, channel: str) -> dict[str, Any]:
        """Return every fen the channel took or returned, as it recorded that itself."""
        response = self._session.get(f"{self.base_url}/control/{channel}/books", timeout=20)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


@contextmanager
def running_sandbox(data_dir: Path) -> Iterator[Sandbox]:
    """Start a sandbox on a free port and stop it at the end."""
    port = _free_port()
    command = [sys.executable, "-m", "gateway.sandbox", "--port", str(port)]
    process = subprocess.Popen([*command, "--data-dir", str(data_dir)], cwd=PROJECT_DIR)
    base_url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_alive(process, base_url)
        yield Sandbox(base_url)
    finally:
        process.terminate()
        process.wait(timeout=STARTUP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_alive(process: "subprocess.Popen[bytes]", base_url: str) -> None:
    transport = HttpTransport()
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the sandbox ended while starting"
        try:
            if transport.send(WireRequest("GET", f"{base_url}/healthz", {})).status == 200:
                return
        except (NotSent, NoAnswer):  # not listening yet, or too busy to answer
            time.sleep(0.1)
    raise TimeoutError("the sandbox did not start")
