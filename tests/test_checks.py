"""What ``check --deploy`` says of a deployment, and what to do about it."""

import ipaddress

import pytest
from pytest_django import Settings

from paycenter.checks import check_no_development_doors, check_proxies_are_known

PROXIES = [ipaddress.ip_network("10.0.0.0/8")]


def test_a_proxy_that_is_not_named_is_warned_of(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL, settings.TRUSTED_PROXIES = "https://pay.example.com", []
    (found,) = check_proxies_are_known(None)
    assert found.id == "paycenter.W001"
    assert found.hint is not None
    assert found.hint.startswith("Set TRUSTED_PROXIES to the networks of the proxies")


@pytest.mark.parametrize(
    ("url", "proxies"), [("https://pay.example.com", PROXIES), ("http://127.0.0.1:8000", [])]
)
def test_nothing_is_said_where_it_is_named_or_there_is_none(
    settings: Settings, url: str, proxies: list[ipaddress.IPv4Network]
) -> None:
    settings.PUBLIC_BASE_URL, settings.TRUSTED_PROXIES = url, proxies
    assert check_proxies_are_known(None) == []


@pytest.mark.parametrize(("wanted", "found"), [("required", []), ("off", ["paycenter.E004"])])
def test_a_deployment_has_a_second_factor(
    settings: Settings, wanted: str, found: list[str]
) -> None:
    settings.SANDBOX_URL, settings.ALLOW_PRIVATE_URLS = "", False
    settings.PUBLIC_BASE_URL = "https://pay.example.com"
    settings.SECOND_FACTOR = wanted
    assert [one.id for one in check_no_development_doors(None)] == found
