"""Where a request really comes from.

``X-Forwarded-For`` is believed only as far as our own proxies wrote it: walking from the right,
the first address that is not a trusted proxy is the client. Whatever stands left of it may be made
up by the sender.
"""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

IPV6_PREFIX = 64
"""Bits of an IPv6 address that name a household: its owner may change all others at will."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str:
    """Return the client's address as text, blank when there is none (a Unix socket)."""
    current = str(request.META.get("REMOTE_ADDR", ""))
    hops = request.headers.get("X-Forwarded-For", "").split(",") if _is_trusted(current) else []
    while hops and _is_trusted(current):
        candidate = hops.pop().strip()
        if _parse(candidate) is None:
            break
        current = candidate
    return current if _parse(current) is not None else ""


def client_network(request: HttpRequest) -> str:
    """Return what a limit per address counts by; blank when there is no address.

    An IPv4 address, also where it is written as IPv6, or the network that an IPv6 address is of.
    """
    address = _parse(client_address(request))
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.IPv6Network((int(address), IPV6_PREFIX), strict=False))
        address = address.ipv4_mapped
    return "" if address is None else str(address)


def is_within(address: str, networks: list[str]) -> bool:
    """Whether ``address`` lies in one of the networks."""
    parsed = _parse(address)
    return parsed is not None and any(parsed in ipaddress.ip_network(text) for text in networks)


def _is_trusted(address: str) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in settings.TRUSTED_PROXIES)


def _parse(address: str) -> Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
