"""Outgoing HTTP with a real deadline.

``requests`` knows only a timeout per read: a peer that sends one byte per second holds a call open
for ever. Here a timer cuts the connection when the whole exchange has had its time, and an answer
is read up to a size limit. Two errors only, because money depends on the difference: ``NotSent``
(may be repeated at will) and ``NoAnswer`` (the peer may have acted).
"""

import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

_BAD_URL = (
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
)


class NotSent(Exception):
    """The request certainly did not reach the peer (name, connect or TLS failure)."""


class NoAnswer(Exception):
    """The request may have reached the peer, but no whole answer came in time."""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One HTTP request, ready to go: the exact URL and the exact body bytes.

    Neither headers, body nor URL print: some channels want a key in the query.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class WireResponse:
    """The answer as received: header names in lower case, raw body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Transport(Protocol):
    """Sends one request. Raises ``NotSent`` or ``NoAnswer``."""

    def send(self, request: WireRequest) -> WireResponse:
        """Send and return the answer, whatever its status."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one exchange may take, in seconds, and how many body bytes are read at most.

    With ``truncate`` a longer body is cut; without, it is no answer.
    """

    connect: float = 3.0
    total: float = 10.0
    max_bytes: int = 1_048_576
    truncate: bool = False


def pooled_session(adapter: HTTPAdapter | None = None) -> requests.Session:
    """A session for one kind of peer: pooled, no retries, no cookies, no proxies, no ambient CA."""
    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    chosen = adapter or DeadlineAdapter(pool_connections=8, pool_maxsize=64, max_retries=0)
    session.mount("http://", chosen)
    session.mount("https://", chosen)
    return session


def exchange(session: requests.Session, request: WireRequest, limits: Limits) -> WireResponse:
    """Send ``request`` and return the answer, whatever its status; redirects are not followed.

    Raises ``NotSent`` or ``NoAnswer``. Both texts are free of the URL's query and of any header.
    """
    with _Deadline(limits.total) as deadline:
        try:
            with session.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                data=request.body,
                timeout=(limits.connect, limits.total),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read(response, limits)
                # A cut connection may look like a peer that closed it at the end of its answer.
                deadline.check()
                headers = {name.lower(): value for name, value in response.headers.items()}
                return WireResponse(response.status_code, headers, body)
        except requests.RequestException as error:
            raise _classified(error) from None
        except (HTTPError, OSError, ValueError) as error:
            raise NoAnswer(type(error).__name__) from None


def _read(response: requests.Response, limits: Limits) -> bytes:
    body: bytes = response.raw.read(limits.max_bytes + 1, decode_content=True) or b""
    if len(body) <= limits.max_bytes:
        return body
    if limits.truncate:
        return body[: limits.max_bytes]
    raise NoAnswer("answer longer than allowed")


def _classified(error: requests.RequestException) -> NotSent | NoAnswer:
    """Tell "never sent" from "perhaps sent" by the cause that urllib3 leaves in the error."""
    name = type(error).__name__
    if isinstance(error, _BAD_URL):
        return NotSent(name)
    cause = getattr(error.args[0], "reason", None) if error.args else None
    never_sent = (NewConnectionError, ConnectTimeoutError, SSLError)
    if isinstance(error, requests.ConnectTimeout) or isinstance(cause, never_sent):
        return NotSent(type(cause or error).__name__)
    return NoAnswer(name)


class _Deadline:
    """Shuts the running exchange's socket when its time is up; the blocked read then fails."""

    running = threading.local()

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._expired = False

    def __enter__(self) -> "_Deadline":
        self.running.deadline = self
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.running.deadline = None
        self._timer.cancel()
        self._replace_handle(None)

    def check(self) -> None:
        """Raise ``NoAnswer`` when the time was up before the answer was whole."""
        if self._expired:
            raise NoAnswer("took too long")

    def watch(self, sock: socket.socket) -> None:
        """Remember the socket now in use, by a duplicate that survives its wrapping in TLS."""
        self._replace_handle(socket.socket(fileno=os.dup(sock.fileno())))

    def _replace_handle(self, handle: socket.socket | None) -> None:
        with self._lock:
            if self._handle is not None:
                self._handle.close()
            self._handle = handle
            if self._expired:
                self._shut()

    def _cut(self) -> None:
        with self._lock:
            self._expired = True
            self._shut()

    def _shut(self) -> None:
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)


def _watch(sock: socket.socket | None) -> None:
    deadline: _Deadline | None = getattr(_Deadline.running, "deadline", None)
    if deadline is not None and sock is not None:
        deadline.watch(sock)


class _WatchedConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        _watch(sock)
        return sock

    def getresponse(self) -> Any:
        _watch(self.sock)
        return super().getresponse()


class _WatchedTLSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        _watch(sock)
        return sock

    def getresponse(self) -> Any:
        _watch(self.sock)
        return super().getresponse()


class DeadlineMixin(HTTPAdapter):
    """Makes any ``requests`` adapter use connections that a deadline can cut."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pool of the request's host, told to make watched connections."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        secure = pool.scheme == "https"
        pool.ConnectionCls = _WatchedTLSConnection if secure else _WatchedConnection
        return pool


class DeadlineAdapter(DeadlineMixin):
    """The plain adapter for peers the platform itself configured."""
