"""Cutting the connection of an exchange whose time is up, whatever its peer is doing."""

import os
import socket
import threading
from contextlib import suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from paycenter.kernel.alarms import Alarm


class Deadline:
    """Shuts the socket of this thread's exchange after ``seconds``; the blocked read then fails."""

    running = threading.local()

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._expired = False
        self._alarm = Alarm(seconds, self._cut)

    def __enter__(self) -> "Deadline":
        self.running.deadline = self
        return self

    def __exit__(self, *_: object) -> None:
        self.running.deadline = None
        self._alarm.call_off()
        self._replace_handle(None)

    @property
    def expired(self) -> bool:
        """Whether the time was up."""
        return self._expired

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
    deadline: Deadline | None = getattr(Deadline.running, "deadline", None)
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


class _WatchedTLSConnection(_WatchedConnection, HTTPSConnection):
    """The same over TLS."""


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
