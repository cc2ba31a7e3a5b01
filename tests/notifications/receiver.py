"""An application that is notified: a server on loopback whose paths say how it behaves."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

DRIPS = 100


class Received(NamedTuple):
    """One request as it came in; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver(ThreadingHTTPServer):
    """Records every request; ``url("/taken")`` is where to send one."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.busy = 0
        self.busy_at_most = 0
        self.lock = threading.Lock()

    def url(self, path: str) -> str:
        """Return the URL of a behaviour."""
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            self.server.received.append(Received(self.path, headers, body))
            self.server.busy += 1
            self.server.busy_at_most = max(self.server.busy, self.server.busy_at_most)
        try:
            _BEHAVIOURS[self.path](self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with self.server.lock:
                self.server.busy -= 1

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def slow(self, seconds: float) -> None:
        time.sleep(seconds)
        self.answer(200)

    def drip(self, **headers: str) -> None:
        """Answer 200 at once and then send a byte every tenth of a second."""
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        for _ in range(DRIPS):
            self.wfile.write(b".")
            self.wfile.flush()
            time.sleep(0.1)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Stay silent."""


_BEHAVIOURS: dict[str, Callable[[_Handler], None]] = {
    "/taken": lambda handler: handler.answer(200, b"thanks"),
    "/no-content": lambda handler: handler.answer(204),
    "/nul": lambda handler: handler.answer(200, b"a\x00b\xff"),
    "/error": lambda handler: handler.answer(500, b"out of order"),
    "/informs": lambda handler: handler.answer(304),
    "/redirect": lambda handler: handler.answer(302, Location="/taken"),
    "/gone": lambda handler: handler.answer(410),
    "/busy": lambda handler: handler.answer(503, Retry_After="7200"),
    "/huge": lambda handler: handler.answer(200, b"x" * 5_000_000),
    "/slow": lambda handler: handler.slow(2),
    "/a-little-slow": lambda handler: handler.slow(0.3),
    "/drip": lambda handler: handler.drip(Content_Length=str(DRIPS)),
    "/drip-open": lambda handler: handler.drip(Connection="close"),
}
