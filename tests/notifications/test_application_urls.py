"""A request may name only URLs of hosts registered with its application."""

import pytest
from pytest_django import Settings

from merchants.models import Application
from notifications.application_urls import check_application_url
from paycenter.kernel.errors import Problem

APPLICATION = Application(code="app", allowed_hosts=["pay.example.com", "h5.example.com"])


@pytest.fixture(autouse=True)
def production(settings: Settings) -> None:
    """No loopback, no plain HTTP."""
    settings.ALLOW_PRIVATE_URLS = False


@pytest.mark.parametrize(
    "url",
    [
        "https://pay.example.com/notify",
        "https://PAY.example.com:8443/notify",
        "https://h5.example.com/#/pages/paid",
    ],
)
def test_url_of_a_registered_host_passes(url: str) -> None:
    check_application_url(APPLICATION, url, code="notify_url_refused")


@pytest.mark.parametrize("code", ["notify_url_refused", "return_url_refused"])
@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.example.com/",
        "https://pay.example.com.evil.com/",
        "https://pay.example.com@evil.com/",
        "https://evil.com/https://pay.example.com",
        "https://evil.com#pay.example.com",
        "https://evil.com\\@pay.example.com",
        "https://sub.pay.example.com/",
        "//pay.example.com/",
        "http://pay.example.com/",
        "https://pay.example.com:22/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://pay.example.com/\r\nSet-Cookie: a=b",
        "https://pay.example.com/" + "a" * 3000,
    ],
)
def test_any_other_url_is_refused_with_the_code_of_its_field(url: str, code: str) -> None:
    with pytest.raises(Problem) as refusal:
        check_application_url(APPLICATION, url, code=code)
    assert (refusal.value.code, refusal.value.status) == (code, 400)
    assert "evil" not in refusal.value.detail


def test_private_address_is_refused_even_if_registered() -> None:
    application = Application(code="app", allowed_hosts=["127.0.0.1", "10.0.0.1"])
    with pytest.raises(Problem):
        check_application_url(application, "https://10.0.0.1/", code="notify_url_refused")
