"""The web server as it runs in production, on the tests' own database, reached by raw bytes."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

PROJECT = Path(__file__).parents[2]
START_SECONDS = 60
ANSWER_SECONDS = 10


@dataclass(frozen=True)
class RawAnswer:
    """Status 0 means that the server hung up without a word."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Server:
    """A running gunicorn."""

    port: int

    def send(self, request: bytes) -> RawAnswer:
        """Write these bytes to a fresh connection and read until the server closes it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS) as sock:
            try:
                sock.sendall(request)
                answer = b"".join(iter(lambda: sock.recv(65_536), b""))
            except ConnectionError:
                answer = b""
        head, _, body = answer.partition(b"\r\n\r\n")
        return RawAnswer(int(head.split(b" ")[1]) if head else 0, body)

    def ask(
        self, method: str, target: str, headers: dict[str, str], body: bytes = b"", **framing: str
    ) -> RawAnswer:
        """Send a request with exactly this target and these headers.

        ``framing`` replaces ``Content-Length`` by another way to say where the body ends.
        """
        given = framing or {"Content-Length": str(len(body))}
        whole = {"Host": "127.0.0.1", "Connection": "close", **given, **headers}
        lines = [f"{method} {target} HTTP/1.1", *(f"{n}: {v}" for n, v in whole.items()), "", ""]
        return self.send("\r\n".join(lines).encode("latin-1") + body)


@contextmanager
def running_server() -> Iterator[Server]:
    """Start gunicorn on a free port with the database of the tests; stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "paycenter.wsgi:application"]
    options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "8"]
    process = subprocess.Popen(
        [*command, *options, "--no-control-socket"], cwd=PROJECT, env=_environment()
    )
    server = Server(port)
    try:
        _wait_until_ready(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _environment() -> dict[str, str]:
    name = settings.DATABASES["default"]["NAME"]
    url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
    return {
        **os.environ,
        "DATABASE_URL": url,
        "ALLOWED_HOSTS": "127.0.0.1",
        "INITIATE_WAIT_SECONDS": "1",
    }


def _wait_until_ready(server: Server, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "gunicorn ended while starting"
        try:
            if server.ask("GET", "/healthz", {}).status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("gunicorn did not start")
