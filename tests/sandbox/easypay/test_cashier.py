"""The payer's pages: from submit.php to the return address, usable without JavaScript."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.sandbox.easypay.merchant import Merchant, is_signed, md5
from tests.sandbox.process import Sandbox
from tests.sandbox.test_cashier import ENGLISH, Browser


def _submit(merchant: Merchant, browser: Browser, **changes: str | None) -> tuple[str, str]:
    """The order's number and the page the payer comes to."""
    form = merchant.order(clientip=None, **changes)
    jump = browser.open(merchant.submit_link(form))
    address = re.search(r'window.location.replace\("([^"]+)"\)', jump)
    assert address is not None, jump
    assert f'content="0;url={address[1]}"' in jump
    return form["out_trade_no"], browser.open(merchant.base_url + address[1][len("/easypay/") :])


def test_link_leads_to_a_page_that_takes_the_payment(merchant: Merchant) -> None:
    browser = Browser()

    number, page = _submit(merchant, browser)

    assert "¥12.80" in page
    assert "2026 物业费" in page
    assert "Sandbox: no real money moves here." in page
    browser.press(page, "pay")
    assert merchant.query(number)["status"] == 1


def test_form_is_as_good_as_a_link(merchant: Merchant) -> None:
    form = merchant.order()

    page = merchant.post("submit.php", merchant.signed(form))

    assert "window.location.replace" in page.text
    assert merchant.query(form["out_trade_no"])["code"] == 1


@pytest.mark.parametrize("act", ["fail", "cancel"])
def test_payer_may_fail_or_leave(merchant: Merchant, act: str) -> None:
    browser = Browser()
    number, page = _submit(merchant, browser)

    response = browser.press(page, act)

    assert "Not paid" in response.text
    assert merchant.query(number)["status"] == 0


def test_payer_returns_with_the_signed_parameters(merchant: Merchant) -> None:
    browser = Browser()
    number, page = _submit(merchant, browser, return_url="http://127.0.0.1:9/done?x=1")

    address = browser.press(page, "pay").headers["Location"]

    query = urlsplit(address).query
    assert address.startswith("http://127.0.0.1:9/done?x=1&pid=")
    told = dict(parse_qsl(query))
    del told["x"]
    assert told["out_trade_no"] == number
    assert told["sign"] == md5(told, merchant.holder.key)


def test_v2_return_carries_the_platforms_signature(merchant: Merchant, platform_key: str) -> None:
    answer = merchant.v2("pay/create", merchant.order(method="jump"))
    browser = Browser()

    address = browser.press(browser.open(answer["pay_info"]), "pay").headers["Location"]

    assert is_signed(dict(parse_qsl(urlsplit(address).query)), platform_key)


def test_return_address_is_for_five_minutes(sandbox: Sandbox, merchant: Merchant) -> None:
    browser = Browser()
    _, page = _submit(merchant, browser)
    assert "Location" in browser.press(page, "pay").headers
    assert "Location" in browser.press(page, "cancel").headers

    sandbox.control("clock", {"advance_seconds": 301})

    assert "Location" not in browser.press(page, "cancel").headers


def test_payer_chooses_how_to_pay(merchant: Merchant) -> None:
    browser = Browser()
    number, page = _submit(merchant, browser, type=None)

    assert "WeChat Pay" in page
    (way,) = re.findall(r'href="/easypay/(pay/wxpay/\d+/)"', page)
    browser.press(browser.open(merchant.base_url + way), "pay")

    assert merchant.query(number)["type"] == "wxpay"


def test_link_without_a_way_to_pay_leads_to_the_choice(merchant: Merchant) -> None:
    browser = Browser()
    number, _ = _submit(merchant, browser, type=None)
    trade_no = merchant.query(number)["trade_no"]

    page = browser.open(f"{merchant.base_url}pay/submit/{trade_no}/")

    assert "Choose how to pay" in page


def test_closed_way_to_pay_leads_to_the_others(merchant: Merchant) -> None:
    _, page = _submit(merchant, Browser(), type="jdpay")

    assert "This way to pay is closed for now" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"type": "gold"}, "支付方式(type)不存在"), ({"money": "0"}, "金额不合法")],
)
def test_refusal_is_a_page(merchant: Merchant, changes: dict[str, str], message: str) -> None:
    page = requests.get(merchant.submit_link(merchant.order(**changes)), timeout=10)

    assert (page.status_code, message in page.text) == (200, True)
    assert "站点提示信息" in page.text


def test_paid_order_cannot_be_paid_twice(merchant: Merchant) -> None:
    browser = Browser()
    _, page = _submit(merchant, browser, return_url="http://127.0.0.1:9/")
    browser.press(page, "pay")

    page_again = browser.press(page, "pay").text

    assert "cannot pay it twice" in page_again
    assert 'value="pay"' not in page_again


def test_unknown_order(merchant: Merchant) -> None:
    browser = Browser()

    assert "no such order" in browser.open(f"{merchant.base_url}pay/alipay/1/")
    assert browser.status == 404
    assert "no such order" in browser.open(f"{merchant.base_url}cashier.php?trade_no=1")


def test_list_leads_to_every_order_that_can_be_paid(sandbox: Sandbox, merchant: Merchant) -> None:
    waiting = merchant.place(name="<b> & co")
    browser = Browser()

    page = requests.get(f"{sandbox.url}/cashier/", headers=ENGLISH, timeout=10).text

    assert "&lt;b&gt; &amp; co" in page
    (link,) = re.findall(r'href="(/easypay/pay/submit/\d+/)"', page)
    assert waiting in browser.open(sandbox.url + link)


def test_payment_form_needs_its_token(merchant: Merchant) -> None:
    browser = Browser()
    number, _ = _submit(merchant, browser)

    assert requests.post(browser.url, data={"act": "pay"}, timeout=5).status_code == 403
    assert merchant.query(number)["status"] == 0


def test_pages_are_chinese_unless_the_browser_wants_english(merchant: Merchant) -> None:
    browser = Browser()
    _submit(merchant, browser)

    assert "易支付收银台" in requests.get(browser.url, timeout=5).text
