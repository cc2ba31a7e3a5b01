"""DingTalk's robots in a test: a server on loopback that answers errors with HTTP 200, as it does.

It checks what DingTalk checks (token, signature, keyword, length, twenty messages in a minute) and
says what a test tells it to say instead.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from paycenter.kernel.clock import now

MOST_IN_A_MINUTE = 20
MOST_BYTES = 20_000
OK = (0, "ok")


@dataclass
class Listener:
    """One robot as DingTalk knows it."""

    secret: str = ""
    keyword: str = ""


@dataclass(frozen=True)
class Said:
    """A message that arrived, and whether it was taken."""

    token: str
    document: dict[str, Any]
    at: float
    code: int

    @property
    def text(self) -> str:
        """The markdown."""
        return str(self.document["markdown"]["text"])


@dataclass
class _Script:
    answers: deque[bytes | tuple[int, str]] = field(default_factory=deque)


class FakeDingTalk(ThreadingHTTPServer):
    """Knows the robots of ``listeners`` by token; ``said`` is everything that arrived."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.listeners: dict[str, Listener] = {}
        self.said: list[Said] = []
        self._scripts: defaultdict[str, _Script] = defaultdict(_Script)
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def taken(self) -> list[Said]:
        """What reached a chat."""
        return [said for said in self.said if said.code == 0]

    def will_answer(self, token: str, *answers: bytes | tuple[int, str]) -> None:
        """Answer the next messages of a robot so: a code with its text, or raw bytes."""
        self._scripts[token].answers.extend(answers)

    def receive(self, query: dict[str, list[str]], body: bytes) -> bytes:
        """Judge one message and return the answer's body."""
        with self._lock:
            token = query.get("access_token", [""])[0]
            script = self._scripts[token].answers
            answer = script.popleft() if script else self._judge(token, query, body)
            code, text = answer if isinstance(answer, tuple) else (-2, "")
            moment = now().timestamp()
            self.said.append(Said(token, json.loads(body), moment, code))
            if isinstance(answer, bytes):
                return answer
            return json.dumps({"errcode": code, "errmsg": text}).encode()

    def _judge(self, token: str, query: dict[str, list[str]], body: bytes) -> tuple[int, str]:
        listener = self.listeners.get(token)
        if listener is None:
            return 300005, "token is not exist"
        if listener.secret and not _is_signed(listener.secret, query):
            return 310000, "sign not match"
        if listener.keyword not in json.loads(body)["markdown"]["text"]:
            return 310000, "keywords not in content"
        if len(body) > MOST_BYTES:
            return 460101, "message too long, exceed 20000 bytes"
        since = now().timestamp() - 60
        latest = [said for said in self.taken if said.token == token and said.at > since]
        if len(latest) >= MOST_IN_A_MINUTE:
            return 130101, "send too fast, exceed 20 times per minute"
        return OK


def _is_signed(secret: str, query: dict[str, list[str]]) -> bool:
    timestamp = query.get("timestamp", ["0"])[0]
    if abs(int(timestamp) / 1000 - now().timestamp()) > 3600:
        return False
    text = f"{timestamp}\n{secret}".encode()
    digest = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return query.get("sign", [""])[0] == base64.b64encode(digest).decode()


class _Handler(BaseHTTPRequestHandler):
    server: FakeDingTalk
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.receive(parse_qs(urlsplit(self.path).query), body)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        """Stay silent."""


@contextmanager
def fake_dingtalk() -> Iterator[FakeDingTalk]:
    """Run one."""
    with FakeDingTalk() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
