"""Where a request comes from: as far as our own proxies say, and not one word further."""

import ipaddress

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from paycenter.kernel.addresses import client_address, client_network, is_within

PROXY, INNER = "10.0.0.1", "10.0.0.2"
CLIENT = "203.0.113.7"


@pytest.fixture(autouse=True)
def _proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        (CLIENT, "", CLIENT),
        (CLIENT, "127.0.0.1", CLIENT),
        (CLIENT, PROXY, CLIENT),
        (PROXY, "", PROXY),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"127.0.0.1, {CLIENT}", CLIENT),
        (PROXY, f"127.0.0.1, {CLIENT}, {INNER}", CLIENT),
        (PROXY, f"{CLIENT},{INNER}", CLIENT),
        (PROXY, f"{INNER}", INNER),
        (PROXY, f"{CLIENT}, nonsense", PROXY),
        (PROXY, f"{CLIENT}, ", PROXY),
        (PROXY, "2001:db8::1", "2001:db8::1"),
        (PROXY, f"{CLIENT}:4711", PROXY),
        ("", CLIENT, ""),
        ("unix:", CLIENT, ""),
    ],
)
def test_the_last_address_our_own_proxies_did_not_write_is_the_client(
    peer: str, forwarded: str, found: str
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)
    assert client_address(request) == found


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (CLIENT, CLIENT),
        (f"::ffff:{CLIENT}", CLIENT),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_limits_count_an_ipv4_address_or_an_ipv6_network(address: str, network: str) -> None:
    assert client_network(RequestFactory().get("/", REMOTE_ADDR=address)) == network


def test_without_proxies_nobody_is_believed(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = []
    headers = {"X-Forwarded-For": CLIENT, "X-Real-IP": CLIENT, "Forwarded": f"for={CLIENT}"}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="127.0.0.1")
    assert client_address(request) == "127.0.0.1"


@pytest.mark.parametrize(
    ("address", "networks", "inside"),
    [
        (CLIENT, ["203.0.113.0/24"], True),
        (CLIENT, ["198.51.100.0/24", CLIENT], True),
        (CLIENT, ["203.0.112.0/24"], False),
        (CLIENT, [], False),
        (CLIENT, ["2001:db8::/32"], False),
        ("2001:db8::1", ["2001:db8::/32"], True),
        ("", ["0.0.0.0/0"], False),
        ("localhost", ["0.0.0.0/0"], False),
    ],
)
def test_networks(address: str, networks: list[str], *, inside: bool) -> None:
    assert is_within(address, networks) is inside
