"""URLs an application names: only https, only its own hosts, nothing a parser could misread."""

from typing import Any

import pytest
from pytest_django import Settings

from tests.attacks.facts import refused_request
from tests.attacks.shop import REFUNDS, Shop

REFUSED = [
    "http://app.test/a",
    "https://evil.test/a",
    "https://good.com@evil.test/",
    "https://app.test@evil.test/",
    "https://evil.test#@app.test",
    "https://evil.test\\@app.test",
    "https://u:p@app.test/",
    "https://app.test.evil.test/",
    "https://evilapp.test/",
    "https://sub.app.test/",
    "https://app.test./",
    "https://app.test:22/",
    "https://app.test:6379/",
    "https://app.test:99999/",
    "https://app.test:０443/",
    "https://ａpp.test/",
    "https://ⓐpp.test/",
    "https://app。test/",
    "//app.test/a",
    "/relative",
    "app.test/a",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "gopher://app.test/",
    "ftp://app.test/",
    "https://app.test/\r\nSet-Cookie: a=b",
    "https://app.test/a b",
    " https://app.test/",
    "https://app.test/\u0000",
    "https:/app.test",
    "https:///app.test",
    "https://",
    "https://app.test/" + "a" * 3_000,
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1%25lo]/",
    "https://[fc00::1]/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.100.100.200/latest/meta-data/",
    "https://100.64.0.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://localhost/",
    "https://localhost./",
]


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.ALLOW_PRIVATE_URLS = False


@pytest.mark.parametrize("url", REFUSED, ids=lambda url: ascii(url)[:60])
@pytest.mark.parametrize("field", ["notify_url", "return_url"])
def test_url_that_leads_elsewhere_is_refused(field: str, url: str, shop: Shop) -> None:
    with refused_request(400, f"{field}_refused", "invalid_request") as answers:
        answers.append(shop.pay(**{field: url}))


@pytest.mark.parametrize("value", [1, None, [], {"url": "https://app.test/"}, True], ids=str)
@pytest.mark.parametrize("field", ["notify_url", "return_url"])
def test_url_that_is_no_text_is_refused(field: str, value: object, shop: Shop) -> None:
    changes: dict[str, Any] = {field: value}
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.pay(**changes))


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "localhost", "10.0.0.1"])
def test_private_host_is_refused_even_when_it_is_registered(host: str, shop: Shop) -> None:
    shop.application.allowed_hosts = [host]
    shop.application.save()
    with refused_request(400, "notify_url_refused") as answers:
        answers.append(shop.pay(notify_url=f"https://{host}/notify"))


def test_the_center_itself_is_refused(shop: Shop, settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = "https://app.test"
    with refused_request(400, "notify_url_refused") as answers:
        answers.append(shop.pay(notify_url="https://app.test/callbacks/wechat/P1/"))


@pytest.mark.parametrize(
    "url",
    [
        "https://app.test/a?b=c#d",
        "https://app.test:443/",
        "https://app.test:8443/a",
        "HTTPS://APP.TEST/",
    ],
)
def test_own_url_is_taken(url: str, shop: Shop) -> None:
    assert shop.pay(notify_url=url, return_url=url).status == 202


def test_notification_url_of_a_payment_stays_what_it_was(shop: Shop) -> None:
    payment = shop.initiated(notify_url="https://app.test/first")
    shop.application.notify_url = "https://app.test/second"
    shop.application.save()
    again = shop.pay(notify_url="https://app.test/third")
    assert again.status in {200, 202, 409}
    assert shop.payment(payment.serial_no).notify_url == "https://app.test/first"


@pytest.mark.parametrize("url", ["http://app.test/a", "https://evil.test/", "https://127.0.0.1/"])
def test_notification_url_of_a_refund_obeys_the_same_rule(url: str, shop: Shop) -> None:
    facts = {"serial_no": shop.paid().serial_no, "refund_no": "R1", "amount": 1, "reason": "x"}
    with refused_request(400, "notify_url_refused") as answers:
        answers.append(shop.client.post(REFUNDS, facts | {"notify_url": url}))
