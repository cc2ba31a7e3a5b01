"""A merchant's callback address: a small HTTP server that keeps what it gets."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.sandbox.merchant import decrypt


@dataclass(frozen=True)
class Received:
    """One callback as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def envelope(self) -> dict[str, Any]:
        """The JSON around the encrypted resource."""
        return dict(json.loads(self.body))

    def open(self, apiv3_key: str) -> dict[str, Any]:
        """The decrypted content."""
        return dict(json.loads(decrypt(self.envelope["resource"], apiv3_key)))


class Receiver:
    """Answers with ``answers`` in turn, then with 204 for ever."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[tuple[int, bytes]] = []
        self.delay_seconds = 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Received(self.path, dict(self.headers), body))
                time.sleep(receiver.delay_seconds)
                status, answer = receiver.answers.pop(0) if receiver.answers else (204, b"")
                self.send_response(status)
                self.send_header("Location", receiver.url)  # means something with 3xx only
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        serve = partial(self._server.serve_forever, poll_interval=0.02)
        threading.Thread(target=serve, daemon=True).start()

    @property
    def url(self) -> str:
        """Where callbacks are welcome."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/callbacks/wechat/P1/"

    def wait(self, count: int = 1, seconds: float = 10) -> list[Received]:
        """The callbacks, as soon as there are ``count`` of them."""
        deadline = time.monotonic() + seconds
        while len(self.received) < count:
            assert time.monotonic() < deadline, f"{len(self.received)} of {count} callbacks came"
            time.sleep(0.01)
        return list(self.received)

    def close(self) -> None:
        """Free the port."""
        self._server.shutdown()
        self._server.server_close()
