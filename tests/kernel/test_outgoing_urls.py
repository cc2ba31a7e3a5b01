"""Which URLs are refused at saving, by their text and by what their name resolves to."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from pytest_django import Settings

from paycenter.kernel.outgoing_urls import (
    RefusedURL,
    check_url,
    check_url_and_addresses,
    may_dial,
)

PRIVATE_ADDRESSES = [
    "127.0.0.1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[2001:0:7f00:1::]",
    "[2001:db8::1]",
    "[2002:7f00:1::]",
    "[3fff::1]",
    "[5f00::1]",
    "[fe80::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[ff02::1]",
    "[100::1]",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "100.64.0.1",
    "192.0.0.8",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
]
LOOPBACK_IN_DISGUISE = ["127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0"]
UNREADABLE = {
    "blank": "",
    "no scheme": "//evil.example.com/",
    "no host": "https:///path",
    "file": "file:///etc/passwd",
    "gopher": "gopher://pay.example.com/",
    "javascript": "javascript:alert(1)",
    "data": "data:text/html,x",
    "plain http": "http://pay.example.com/",
    "user and password": "https://u:p@127.0.0.1/",
    "user only": "https://public.example.com@127.0.0.1/",
    "lookalike": "https://good.com@evil.example.com/",
    "backslash": "https://127.0.0.1\\@public.example.com/",
    "blank inside": "https://pay.example.com/ /",
    "line feed": "https://pay.example.com/\r\nX: 1",
    "trailing line feed": "https://pay.example.com/\n",
    "fullwidth digits": "https://１２７.0.0.1/",
    "circled digits": "https://①②⑦.0.0.1/",
    "ideographic full stop": "https://127。0。0。1/",
    "international name": "https://物业.example.com/",
    "zone": "https://[fe80::1%25lo]/",
    "trailing dot": "https://localhost./",
    "single label": "https://localhost/",
    "empty label": "https://pay..example.com/",
    "hyphen first": "https://-pay.example.com/",
    "underscore": "https://pay_center.example.com/",
    "ssh": "https://pay.example.com:22/",
    "redis": "https://pay.example.com:6379/",
    "port too large": "https://pay.example.com:99999/",
    "port not a number": "https://pay.example.com:https/",
    "fragment hides a host": "https://127.0.0.1#@public.example.com/",
    "longer than its column": "https://pay.example.com/" + "a" * 500,
    "3 kB": "https://pay.example.com/" + "a" * 3000,
    "own host": "https://center.example.net/notify",
    "own host, other port": "https://center.example.net:8443/",
    "own host in capitals": "https://CENTER.example.net/",
}


@pytest.fixture(autouse=True)
def production(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Production rules; asking the resolver or opening a socket fails the test."""
    settings.ALLOW_PRIVATE_URLS = False
    settings.PUBLIC_BASE_URL = "https://center.example.net"

    def never(*args: Any, **kwargs: Any) -> NoReturn:
        raise AssertionError("touched the network")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    monkeypatch.setattr(socket.socket, "connect", never)


@pytest.mark.parametrize("host", [*PRIVATE_ADDRESSES, *LOOPBACK_IN_DISGUISE])
def test_private_and_special_addresses_are_refused_at_saving(host: str) -> None:
    with pytest.raises(RefusedURL):
        check_url(f"https://{host}/notify")


@pytest.mark.parametrize("url", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_two_parsers_could_read_differently_is_refused_at_saving(url: str) -> None:
    with pytest.raises(RefusedURL):
        check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://pay.example.com",
        "https://pay.example.com/notify?x=1&y=%2F",
        "https://h5.example.com/#/pages/paid",
        "https://PAY.example.com:8443/a",
        "https://pay.example.com:443",
        "https://xn--fiq228c.example.cn/",
        "https://8.8.8.8/notify",
        "https://[2606:4700::1]/notify",
        "https://1.2.3.4.example.com/",
    ],
)
def test_public_https_urls_pass(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize("host", PRIVATE_ADDRESSES)
def test_private_and_special_addresses_are_never_dialled(host: str) -> None:
    assert not may_dial(ipaddress.ip_address(host.strip("[]")))


def resolver(*addresses: str) -> Callable[..., list[Any]]:
    """Stand in for DNS."""
    return lambda *args, **kwargs: [
        (socket.AF_INET6 if ":" in address else socket.AF_INET, 1, 6, "", (address, 0))
        for address in addresses
    ]


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["fe80::1%eth0"], ["100.100.100.200"]],
)
def test_names_that_lead_to_a_private_address_are_refused_at_saving(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver(*addresses))
    with pytest.raises(RefusedURL, match="private or special"):
        check_url_and_addresses("https://pay.example.com/")


def test_names_that_lead_to_public_addresses_only_are_saved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver("8.8.8.8", "2606:4700::1"))
    check_url_and_addresses("https://pay.example.com/")


def test_names_nobody_knows_yet_are_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> NoReturn:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    check_url_and_addresses("https://pay.example.com/")


class TestOnADevelopersMachine:
    """``ALLOW_PRIVATE_URLS`` opens plain HTTP and loopback, and nothing else."""

    @pytest.fixture(autouse=True)
    def development(self, settings: Settings) -> None:
        settings.ALLOW_PRIVATE_URLS = True
        settings.PUBLIC_BASE_URL = "http://127.0.0.1:8000"

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:9000/n", "http://localhost:9000/n", "https://[::1]:9443/"]
    )
    def test_loopback_passes(self, url: str) -> None:
        check_url(url)

    @pytest.mark.parametrize(
        "url", ["http://10.0.0.1/", "http://169.254.169.254/", "http://0.0.0.0/", "ftp://a.cn/"]
    )
    def test_everything_else_private_stays_refused(self, url: str) -> None:
        with pytest.raises(RefusedURL):
            check_url(url)

    def test_the_center_itself_stays_refused(self) -> None:
        with pytest.raises(RefusedURL, match="back to the payment center"):
            check_url("http://127.0.0.1:8000/api/v1/payments")
