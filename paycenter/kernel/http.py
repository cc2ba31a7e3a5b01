"""Outgoing HTTP with a real deadline.

``requests`` knows only a timeout per read: a peer that sends one byte per second holds a call open
for ever. Here an alarm cuts the connection when the whole exchange has had its time, and an answer
is read up to a size limit. Two errors only, because money depends on the difference: ``NotSent``
(may be repeated at will) and ``NoAnswer`` (the peer may have acted). An answer too large for memory
goes to a file (``download``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import BinaryIO, Protocol

import requests
from requests.adapters import HTTPAdapter
from requests.utils import requote_uri
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError
from urllib3.util import parse_url

from paycenter.kernel.deadlines import Deadline, DeadlineAdapter

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
    with Deadline(limits.total) as deadline, _send(session, request, limits) as response:
        return _answer(response, limits, deadline)


def download(
    session: requests.Session, request: WireRequest, limits: Limits, target: BinaryIO
) -> WireResponse:
    """Send ``request`` and write the body of a success (200) to ``target``, a piece at a time.

    The answer returned for it has no body. Any other answer, redirects among them, writes nothing
    and is returned as by ``exchange``, its body cut at 64 KiB. Raises ``NotSent`` or ``NoAnswer``,
    after which ``target`` may hold a part, and ``OSError`` when ``target`` cannot be written.
    """
    with Deadline(limits.total) as deadline, _send(session, request, limits) as response:
        if response.status_code != OK:
            refusal = Limits(max_bytes=_REFUSAL_BYTES, truncate=True)
            return _answer(response, refusal, deadline)
        left = limits.max_bytes
        while piece := _read_piece(response, _CHUNK_BYTES):
            left -= len(piece)
            if left < 0:
                raise NoAnswer("answer longer than allowed")
            target.write(piece)
        _check(deadline)
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


def _answer(response: requests.Response, limits: Limits, deadline: Deadline) -> WireResponse:
    body = _read(response, limits)
    _check(deadline)
    return WireResponse(response.status_code, _headers_of(response), body)


def _check(deadline: Deadline) -> None:
    """A cut connection may look like a peer that closed it at the end of its answer."""
    if deadline.expired:
        raise NoAnswer("took too long")


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
