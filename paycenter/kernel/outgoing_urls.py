"""Which URLs chosen by others the center may call or send a browser to.

Applications choose where they are notified, so a URL may try to reach what only the center can
reach: loopback, the private network, a cloud's metadata service (server-side request forgery). The
text of a URL is judged by one strict grammar, narrow enough that no two parsers can read it
differently; the address it leads to is judged again whenever it is dialled (``guarded_http``).

The sentences raised here are msgids: API answers show them as they are, pages translate them.
"""

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_LENGTH = 500
MAX_DIALLED = 8_000
"""Characters of a URL as it is called: parameters may have been added to one that was saved."""
DEFAULT_PORTS = {"http": 80, "https": 443}
ALLOWED_PORTS = frozenset({80, 443, 8443})

_URL = re.compile(
    r"(?P<scheme>[a-z]+)://"
    r"(?P<host>[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?#][a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*)?",
    re.ASCII | re.IGNORECASE,
)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)
# A host whose last label is a number is an IPv4 address to most parsers (WHATWG URL, "ends in a
# number"): 127.1, 2130706433, 0x7f000001.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)

_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
# Special ranges that ``is_global`` lets pass in some Python releases, and those that carry an IPv4
# address inside (IANA special-purpose registries).
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "100.64.0.0/10",  # shared address space; holds Aliyun's metadata service
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)


class RefusedURL(ValueError):
    """The center does not go there; the text says what to write instead."""


def check_url(url: str, *, max_length: int = MAX_LENGTH) -> None:
    """Judge a URL by its text alone. Raises ``RefusedURL``.

    Good for whatever is saved or redirected to; what a name resolves to is judged when dialled.
    """
    match = _URL.fullmatch(url) if len(url) <= max_length else None
    if match is None:
        raise RefusedURL(
            _("Write an absolute URL like https://pay.example.com/notify: no user name, no blanks.")
        )
    scheme, host = match["scheme"].lower(), match["host"].lower()
    if scheme != "https" and not (settings.ALLOW_PRIVATE_URLS and scheme == "http"):
        raise RefusedURL(_("The URL must begin with https://."))
    port = int(match["port"] or DEFAULT_PORTS[scheme])
    if port not in ALLOWED_PORTS and not settings.ALLOW_PRIVATE_URLS:
        raise RefusedURL(_("The port must be 443, 80 or 8443."))
    _check_host(host)
    if _is_own(host, port):
        raise RefusedURL(_("The URL must not lead back to the payment center."))


def check_url_and_addresses(url: str) -> None:
    """Judge a URL and what its name resolves to now. Raises ``RefusedURL``.

    For forms that save a URL: it asks the resolver. A name nobody knows yet passes.
    """
    check_url(url)
    try:
        found = socket.getaddrinfo(urlsplit(url).hostname, None, type=socket.SOCK_STREAM)
    except OSError:
        return
    if not all(may_dial(ipaddress.ip_address(str(entry[4][0]).split("%")[0])) for entry in found):
        raise RefusedURL(_("The name leads to a private or special address."))


def may_dial(address: IPAddress) -> bool:
    """Whether the center may open a connection to ``address`` at somebody else's wish."""
    if settings.ALLOW_PRIVATE_URLS and address.is_loopback:
        return True
    if address.version == 6 and address not in _GLOBAL_IPV6:
        return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast


def _check_host(host: str) -> None:
    labels = host.split(".")
    if host.startswith("[") or _NUMBER.fullmatch(labels[-1]):
        _check_literal(host.strip("[]"))
        return
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise RefusedURL(_("The host name is not valid; write international names in punycode."))
    if len(labels) == 1 and not settings.ALLOW_PRIVATE_URLS:
        raise RefusedURL(_("Write the full host name, like pay.example.com."))


def _check_literal(text: str) -> None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise RefusedURL(_("Write IPv4 addresses as four decimal numbers.")) from None
    if not may_dial(address):
        raise RefusedURL(_("Private and special addresses are not called."))


def _is_own(host: str, port: int) -> bool:
    """Whether the URL names this center; on a developer's machine the port tells servers apart."""
    own = urlsplit(settings.PUBLIC_BASE_URL)
    own_port = own.port or DEFAULT_PORTS[own.scheme]
    return host == own.hostname and (port == own_port or not settings.ALLOW_PRIVATE_URLS)
