"""Outgoing HTTP with a real deadline.

``requests`` knows only a timeout per read: a peer that sends one byte per second holds a call open
for ever. Here an alarm cuts the connection when the whole exchange has had its time, and an answer
is read up to a size limit. Two errors only, because money depends on the difference: ``NotSent``
(may be repeated at will) and ``NoAnswer`` (the peer may have acted). An answer too large for memory
goes to a file (``download``).
"""

import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, BinaryIO, Protocol

import requests
from requests.adapters import HTTPAdapter
from requests.utils import requote_uri
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError
from urllib3.util import parse_url

from paycenter.kernel.alarms import Alarm

OK = 200
MAX_SILENCE = 60.0
"""Seconds a peer may send nothing at all, however long the whole answer may take."""
_CHUNK_BYTES = 262_144
_REFUSAL_BYTES = 65_536
"""As much is read of an answer that comes in place of a file."""

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


class _Session(requests.Session):
    """Knows no redirects. ``requests`` reads the whole body of one, even if it is not to follow."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return that there is none."""
        del resp


def pooled_session(adapter: HTTPAdapter | None = None) -> requests.Session:
    """A session for one kind of peer: pooled, no retries, no cookies, no proxies, no ambient CA."""
    session = _Session()
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
    with _Deadline(limits.total) as deadline, _send(session, request, limits) as response:
        return _answer(response, limits, deadline)


def download(
    session: requests.Session, request: WireRequest, limits: Limits, target: BinaryIO
) -> WireResponse:
    """Send ``request`` and write the body of a success (200) to ``target``, a piece at a time.

    The answer returned for it has no body. Any other answer, redirects among them, writes nothing
    and is returned as by ``exchange``, its body cut at 64 KiB. Raises ``NotSent`` or ``NoAnswer``,
    after which ``target`` may hold a part, and ``OSError`` when ``target`` cannot be written.
    """
    with _Deadline(limits.total) as deadline, _send(session, request, limits) as response:
        if response.status_code != OK:
            refusal = Limits(max_bytes=_REFUSAL_BYTES, truncate=True)
            return _answer(response, refusal, deadline)
        left = limits.max_bytes
        while piece := _read_piece(response, _CHUNK_BYTES):
            left -= len(piece)
            if left < 0:
                raise NoAnswer("answer longer than allowed")
            target.write(piece)
        deadline.check()
        return WireResponse(response.status_code, _headers_of(response), b"")


def sent_target(url: str) -> str:
    """Return path and query of a URL as they go out; who signs them signs these very characters.

    Escapes are written in upper case on the way, and needless ones are undone.
    """
    return parse_url(requote_uri(url)).request_uri


def _send(session: requests.Session, request: WireRequest, limits: Limits) -> requests.Response:
    try:
        return session.request(
            request.method,
            request.url,
            headers=dict(request.headers),
            data=request.body,
            timeout=(limits.connect, min(limits.total, MAX_SILENCE)),
            allow_redirects=False,
            stream=True,
        )
    except requests.RequestException as error:
        raise _classified(error) from None
    except (HTTPError, OSError, ValueError) as error:
        raise NoAnswer(type(error).__name__) from None


def _answer(response: requests.Response, limits: Limits, deadline: "_Deadline") -> WireResponse:
    body = _read(response, limits)
    # A cut connection may look like a peer that closed it at the end of its answer.
    deadline.check()
    return WireResponse(response.status_code, _headers_of(response), body)


def _read(response: requests.Response, limits: Limits) -> bytes:
    body = _read_piece(response, limits.max_bytes + 1)
    if len(body) <= limits.max_bytes:
        return body
    if limits.truncate:
        return body[: limits.max_bytes]
    raise NoAnswer("answer longer than allowed")


def _read_piece(response: requests.Response, size: int) -> bytes:
    """Return the next ``size`` bytes of the body, fewer only at its end."""
    try:
        piece: bytes = response.raw.read(size, decode_content=True) or b""
    except (HTTPError, OSError, ValueError) as error:
        raise NoAnswer(type(error).__name__) from None
    return piece


def _headers_of(response: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


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
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._expired = False
        self._alarm = Alarm(seconds, self._cut)

    def __enter__(self) -> "_Deadline":
        self.running.deadline = self
        return self

    def __exit__(self, *_: object) -> None:
        self.running.deadline = None
        self._alarm.call_off()
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
