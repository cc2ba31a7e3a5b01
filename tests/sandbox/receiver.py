"""A merchant's callback address: a small HTTP server that keeps what it gets."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.sandbox.merchant import decrypt


@dataclass(frozen=True)
class Received:
    """One callback as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    @property
    def parameters(self) -> dict[str, str]:
        """The query string of a GET, or the form of a POST."""
        text = self.body.decode() if self.method == "POST" else urlsplit(self.path).query
        return dict(parse_qsl(text, keep_blank_values=True))

    @property
    def envelope(self) -> dict[str, Any]:
        """The JSON around the encrypted resource."""
        return dict(json.loads(self.body))

    def open(self, apiv3_key: str) -> dict[str, Any]:
        """The decrypted content."""
        return dict(json.loads(decrypt(self.envelope["resource"], apiv3_key)))


class Receiver:
    """Answers with ``answers`` in turn, then with ``usual_answer`` for ever."""

    def __init__(self, usual_answer: tuple[int, bytes] = (204, b"")) -> None:
        self.usual_answer = usual_answer
        self.received: list[Received] = []
        self.answers: list[tuple[int, bytes]] = []
        self.delay_seconds = 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._receive(b"")

            def do_POST(self) -> None:
                self._receive(self.rfile.read(int(self.headers["Content-Length"])))

            def _receive(self, body: bytes) -> None:
                one = Received(self.path, dict(self.headers), body, self.command)
                receiver.received.append(one)
                time.sleep(receiver.delay_seconds)
                answers = receiver.answers
                status, answer = answers.pop(0) if answers else receiver.usual_answer
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
