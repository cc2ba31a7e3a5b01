"""The payer's pages: usable without JavaScript, in two languages, marked as sandbox."""

import html
import re
from typing import Any

import pytest
import requests

from tests.sandbox.merchant import Merchant
from tests.sandbox.process import Sandbox
from tests.sandbox.test_orders import H5_SCENE

ENGLISH = {"Accept-Language": "en"}


class Browser:
    """Follows links and presses buttons, as a browser without scripts does."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.headers.update(ENGLISH)

    def open(self, url: str) -> str:
        """The page, whatever redirects lead to it."""
        response = self._session.get(url, timeout=10)
        self.url, self.status = response.url, response.status_code
        return html.unescape(response.text)

    def press(self, page: str, act: str) -> requests.Response:
        """Submit the form of the page that is open."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token is not None
        data = {"csrfmiddlewaretoken": token[1], "act": act}
        return self._session.post(self.url, data=data, timeout=10, allow_redirects=False)


def _h5_url(merchant: Merchant, **changes: Any) -> tuple[str, str]:
    body = merchant.order(scene_info=H5_SCENE, **changes)
    answer = merchant.post("/v3/pay/transactions/h5", body).json()
    return body["out_trade_no"], answer["h5_url"]


def _code_url(merchant: Merchant) -> tuple[str, str]:
    body = merchant.order()
    answer = merchant.post("/v3/pay/transactions/native", body).json()
    return body["out_trade_no"], answer["code_url"]


def _state(merchant: Merchant, number: str) -> str:
    return str(merchant.query(number).json()["trade_state"])


def test_h5_page_shows_the_order_and_takes_the_payment(merchant: Merchant) -> None:
    number, url = _h5_url(merchant)
    browser = Browser()

    page = browser.open(url)

    assert "¥128.50" in page
    assert "2026 物业费" in page
    assert "Sandbox: no real money moves here." in page
    response = browser.press(page, "pay")
    assert (response.status_code, _state(merchant, number)) == (200, "SUCCESS")


@pytest.mark.parametrize(
    ("act", "state"), [("pay", "SUCCESS"), ("fail", "NOTPAY"), ("cancel", "NOTPAY")]
)
def test_payer_returns_to_the_merchant(merchant: Merchant, act: str, state: str) -> None:
    number, url = _h5_url(merchant)
    browser = Browser()
    page = browser.open(f"{url}&redirect_url=http%3A%2F%2F127.0.0.1%3A9%2Fdone%3Fx%3D1")

    response = browser.press(page, act)

    assert response.headers["Location"] == "http://127.0.0.1:9/done?x=1"
    assert _state(merchant, number) == state


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//x.example"])
def test_payer_is_sent_to_web_addresses_only(merchant: Merchant, address: str) -> None:
    _, url = _h5_url(merchant)
    browser = Browser()
    page = browser.open(f"{url}&redirect_url={address}")

    assert "Location" not in browser.press(page, "pay").headers


def test_h5_credential_lives_five_minutes(sandbox: Sandbox, merchant: Merchant) -> None:
    number, url = _h5_url(merchant)
    sandbox.control("clock", {"advance_seconds": 301})
    browser = Browser()

    response = browser.press(browser.open(url), "pay")

    assert "credential has run out" in response.text
    assert _state(merchant, number) == "NOTPAY"


@pytest.mark.parametrize("how", ["?pr={token}", "?code={code_url}", "?code={token}"])
def test_phone_scans_a_native_code(sandbox: Sandbox, merchant: Merchant, how: str) -> None:
    number, code_url = _code_url(merchant)
    browser = Browser()
    token = code_url.partition("pr=")[2]

    page = browser.open(
        f"{sandbox.url}/cashier/wechat/" + how.format(token=token, code_url=code_url)
    )

    assert number in page
    browser.press(page, "pay")
    assert _state(merchant, number) == "SUCCESS"


def test_phone_takes_the_package_of_a_mini_program(sandbox: Sandbox, merchant: Merchant) -> None:
    body = merchant.order(payer={"openid": "oOne"})
    prepay_id = merchant.post("/v3/pay/transactions/jsapi", body).json()["prepay_id"]

    page = Browser().open(f"{sandbox.url}/cashier/wechat/?code=prepay_id%3D{prepay_id}")

    assert body["out_trade_no"] in page


def test_superseded_code_is_dead(sandbox: Sandbox, merchant: Merchant) -> None:
    body = merchant.order()
    path = "/v3/pay/transactions/native"
    first, second = (merchant.post(path, body).json()["code_url"] for _ in range(2))
    browser = Browser()

    for code_url, status in ((first, 404), (second, 200)):
        browser.open(f"{sandbox.url}/cashier/wechat/?code={code_url}")
        assert browser.status == status


def test_unknown_code_is_dead(sandbox: Sandbox) -> None:
    browser = Browser()

    page = browser.open(f"{sandbox.url}/cashier/wechat/?code=nonsense")

    assert (browser.status, "cannot be used" in page) == (404, True)


def test_list_leads_to_every_order_that_can_be_paid(sandbox: Sandbox, merchant: Merchant) -> None:
    paid, waiting = merchant.place(), merchant.place("jsapi", payer={"openid": "oOne"})
    sandbox.control("wechat/pay", {"serial_no": paid})
    browser = Browser()

    page = browser.open(f"{sandbox.url}/cashier/")

    assert paid in page
    (link,) = re.findall(r'href="(/cashier/wechat/\w+/)"', page)
    assert waiting in browser.open(sandbox.url + link)


def test_pages_are_chinese_unless_the_browser_wants_english(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/cashier/"

    assert "沙箱收银台" in requests.get(url, timeout=5).text
    assert "沙箱收银台" in requests.get(url, headers={"Accept-Language": "zh-CN"}, timeout=5).text
    assert "Sandbox cashier" in requests.get(url, headers=ENGLISH, timeout=5).text


def test_pages_use_no_other_host_and_no_script(sandbox: Sandbox, merchant: Merchant) -> None:
    _, url = _h5_url(merchant)

    for address in (f"{sandbox.url}/cashier/", url):
        page = requests.get(address, timeout=5).text
        assert not re.search(r"""(src|href)=["']?(https?:)?//|<script|url\(""", page)


def test_payment_form_needs_its_token(merchant: Merchant) -> None:
    number, url = _h5_url(merchant)

    assert requests.post(url, data={"act": "pay"}, timeout=5).status_code == 403
    assert _state(merchant, number) == "NOTPAY"
