"""How the center's requests reach a channel: one pooled session per channel, limits, a memory.

A platform whose address a person entered is called through ``kernel.guarded_http`` alone, so that
no such address leads into the private network.
"""

import threading
from collections.abc import Callable
from typing import BinaryIO

import requests

from gateway.registry import channel_of
from merchants.models import ChannelMerchant
from paycenter.kernel.guarded_http import guarded_session
from paycenter.kernel.http import (
    Limits,
    NoAnswer,
    NotSent,
    WireRequest,
    WireResponse,
    download,
    exchange,
    pooled_session,
)

CHANNEL_LIMITS = Limits(connect=3.0, total=10.0, max_bytes=1_048_576)
PAGE_LIMITS = Limits(connect=2.0, total=5.0, max_bytes=65_536)
"""For a call during which somebody looks at a page that does not load."""
FILE_LIMITS = Limits(connect=3.0, total=900.0, max_bytes=2 * 1024**3)
"""For a file that nobody waits for. A channel bill of a million lines packs into 100 MB."""


class RecordingTransport:
    """Sends for one call and remembers the last exchange for its record."""

    def __init__(self, session: requests.Session, limits: Limits) -> None:
        self._session, self._limits = session, limits
        self.request: WireRequest | None = None
        self.response: WireResponse | None = None
        self.error = ""

    def send(self, request: WireRequest) -> WireResponse:
        """Send within the limits. Raises ``NotSent`` or ``NoAnswer``."""
        return self._remember(request, lambda: exchange(self._session, request, self._limits))

    def download(self, request: WireRequest, target: BinaryIO) -> WireResponse:
        """Send, and write the body of a success to ``target`` (``kernel.http.download``)."""
        return self._remember(
            request, lambda: download(self._session, request, FILE_LIMITS, target)
        )

    def _remember(self, request: WireRequest, send: Callable[[], WireResponse]) -> WireResponse:
        self.request, self.response, self.error = request, None, ""
        try:
            self.response = send()
        except (NotSent, NoAnswer) as error:
            self.error = f"{type(error).__name__}: {error}"[:200]
            raise
        return self.response


def transport_for(owner: ChannelMerchant, *, limits: Limits = CHANNEL_LIMITS) -> RecordingTransport:
    """Return what one call for this channel merchant is sent with."""
    return RecordingTransport(session_of(owner), limits)


def session_of(owner: ChannelMerchant) -> requests.Session:
    """Return this process's session for a channel merchant; the sandbox's address is our own."""
    if channel_of(owner.channel).own_endpoint and not owner.is_sandbox:
        return guarded_session()
    return _pooled(owner.channel)


_sessions: dict[str, requests.Session] = {}
_sessions_lock = threading.Lock()


def _pooled(code: str) -> requests.Session:
    """Return a channel's session, made on first use (after any fork)."""
    with _sessions_lock:
        if code not in _sessions:
            _sessions[code] = pooled_session()
        return _sessions[code]
