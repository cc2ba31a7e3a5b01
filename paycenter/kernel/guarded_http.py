"""Calling URLs that others chose: only the checked address is dialled.

``requests-hardened`` resolves the name once, judges the address and dials exactly that one, while
Host, SNI and certificate stay bound to the name: a name that changes its address in between
(rebinding) gains nothing. Added here: the ranges it lacks, the port and scheme rules of
``outgoing_urls``, the deadline of ``kernel.http``, and no cookies.
"""

import ipaddress
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from django.conf import settings
from requests_hardened.ip_filter import InvalidIPAddress  # type: ignore[import-untyped]
from requests_hardened.ip_filter_adapter import IPFilterAdapter  # type: ignore[import-untyped]

from paycenter.kernel.deadlines import DeadlineMixin
from paycenter.kernel.http import pooled_session
from paycenter.kernel.outgoing_urls import MAX_DIALLED, RefusedURL, check_url, may_dial

HOSTS_KEPT_OPEN = 64
CONNECTIONS_PER_HOST = 8


class AddressRefused(requests.exceptions.InvalidURL):
    """The URL, or the address its name resolves to now, is not called; nothing was sent."""


class GuardedAdapter(DeadlineMixin, IPFilterAdapter):  # type: ignore[misc]
    """Refuses what ``outgoing_urls`` refuses, before any socket is opened."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.init_poolmanager(HOSTS_KEPT_OPEN, CONNECTIONS_PER_HOST)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        """Send unless the URL or its address is refused. Raises ``AddressRefused``."""
        try:
            check_url(request.url or "", max_length=MAX_DIALLED)
            return super().send(request, *args, **kwargs)
        except (RefusedURL, InvalidIPAddress) as error:
            raise AddressRefused(str(error)) from None

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        """Return where to connect: the one address that was resolved and judged."""
        host_params, pool_kwargs = super().build_connection_pool_key_attributes(*args, **kwargs)
        if not may_dial(ipaddress.ip_address(host_params["host"].strip("[]"))):
            raise InvalidIPAddress("private or special address")
        return host_params, pool_kwargs


def guarded_session() -> requests.Session:
    """Return the process's session for URLs that others chose."""
    return _session(allow_loopback=settings.ALLOW_PRIVATE_URLS)


@lru_cache(maxsize=2)
def _session(*, allow_loopback: bool) -> requests.Session:
    session = pooled_session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http", "https"):
        adapter = GuardedAdapter(is_https_proto=scheme == "https", allow_loopback=allow_loopback)
        session.mount(f"{scheme}://", adapter)
    return session
