"""Where WeChat Pay calls back to, and from where a payer may come.

Production wants https on a public host and a public payer IP. The sandbox can be as strict, but by
default lets loopback through, for that is where development happens.
"""

import ipaddress
from urllib.parse import urlsplit

from gateway.sandbox.wechat.errors import param_error


def check_notify_url(url: str, *, strict: bool) -> None:
    """Raise PARAM_ERROR for an address production would not call; form is checked before."""
    if not strict:
        return
    parts = urlsplit(url)
    if parts.scheme != "https" or not _is_public_host(parts.hostname or ""):
        raise param_error(
            "notify_url 必须为外网可访问的 https 地址", field="/body/notify_url", value=url
        )


def check_client_ip(text: str, *, strict: bool) -> None:
    """Raise PARAM_ERROR for something that is no IP address, or not a public one."""
    address = _address(text)
    if address is None or (strict and not address.is_global):
        raise param_error(
            "payer_client_ip 必须为用户终端的真实 IP",
            field="/body/scene_info/payer_client_ip",
            value=text,
        )


def _is_public_host(host: str) -> bool:
    address = _address(host)
    if address is not None:
        return address.is_global
    return "." in host and not host.endswith((".local", ".localhost", ".internal"))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
