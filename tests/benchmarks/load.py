"""The load: requests signed beforehand, sent over a few kept connections, as cheaply as possible.

One thread per connection, plain sockets, no HTTP library: what the generator costs is taken from
what is measured, since both share the machine. An answer with another status than expected ends
the run: figures of refusals mean nothing.
"""

import re
import socket
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from paycenter.local.ports import LOOPBACK

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"


class UnexpectedAnswer(Exception):
    """The center did not do what is being measured; the text holds its answer."""


@dataclass
class Load:
    """Requests for one port; every answer must have one of the statuses ``expected``.

    ``pause`` is the time in seconds a client waits after each answer. A client keeps its connection
    unless each request is to come over a ``fresh`` one, as from somebody else. With a ``rate`` each
    request has its time, so many per second, and its latency counts from then on, whether a client
    was free to send it or not.
    """

    port: int
    expected: frozenset[int]
    requests: Iterable[bytes] = field(repr=False)
    pause: float = 0.0
    fresh: bool = False
    rate: float = 0.0

    def send(self, *, clients: int, seconds: float) -> tuple[float, list[float]]:
        """Send until the time or the requests are over; returns the time taken and latencies."""
        begun = time.perf_counter()
        gap = 1 / self.rate if self.rate else 0.0
        waiting = deque((begun + gap * place, each) for place, each in enumerate(self.requests))
        with ThreadPoolExecutor(clients) as pool:
            running = [pool.submit(self._client, waiting, begun + seconds) for _ in range(clients)]
        taken = time.perf_counter() - begun
        return taken, [latency for client in running for latency in client.result()]

    def _client(self, waiting: deque[tuple[float, bytes]], deadline: float) -> list[float]:
        latencies = []
        connection: socket.socket | None = None
        while waiting and time.perf_counter() < deadline:
            try:
                due, request = waiting.popleft()
            except IndexError:  # another client was quicker
                break
            begun = time.perf_counter()
            if self.rate:
                time.sleep(max(0.0, due - begun))
                begun = due
            connection = connection or self._connected()
            connection.sendall(request)
            answer = _read_answer(connection)
            latencies.append(time.perf_counter() - begun)
            if int(answer[9:12]) not in self.expected:
                raise UnexpectedAnswer(answer.decode(errors="replace"))
            if self.fresh:
                connection.close()
                connection = None
            time.sleep(self.pause)
        if connection:
            connection.close()
        return latencies

    def _connected(self) -> socket.socket:
        connection = socket.create_connection((LOOPBACK, self.port), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _read_answer(connection: socket.socket) -> bytes:
    """Return one whole answer, head and body."""
    answer = b""
    while (head := answer.find(_END_OF_HEAD)) < 0:
        answer += _received(connection)
    length = _LENGTH.search(answer, 0, head)
    whole = head + len(_END_OF_HEAD) + (int(length[1]) if length else 0)
    while len(answer) < whole:
        answer += _received(connection)
    return answer


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise UnexpectedAnswer("the connection was closed before the answer")
    return data
