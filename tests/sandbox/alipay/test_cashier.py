"""The payer's pages of Alipay: links opened in a browser, codes scanned by a phone."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
import requests

from tests.sandbox.alipay.merchant import Merchant, is_genuine, moment
from tests.sandbox.process import Sandbox
from tests.sandbox.test_cashier import Browser


def _status(merchant: Merchant, number: str) -> str:
    node = merchant.query(number).node
    return str(node.get("trade_status") or node["sub_code"])


@pytest.mark.parametrize(
    ("product", "opened"), [("page", "WAIT_BUYER_PAY"), ("wap", "ACQ.TRADE_NOT_EXIST")]
)
def test_link_shows_the_payment_and_takes_it(merchant: Merchant, product: str, opened: str) -> None:
    number, link = merchant.link(product)
    assert _status(merchant, number) == "ACQ.TRADE_NOT_EXIST"
    browser = Browser()

    page = browser.open(link)

    assert "¥128.50" in page
    assert "2026 物业费" in page
    assert "Sandbox: no real money moves here." in page
    assert _status(merchant, number) == opened
    assert browser.press(page, "pay").status_code == 200
    assert _status(merchant, number) == "TRADE_SUCCESS"


def test_form_that_posts_itself_is_a_link_too(merchant: Merchant) -> None:
    number, link = merchant.link("page")
    parameters = dict(parse_qsl(urlsplit(link).query))
    form = {"biz_content": parameters.pop("biz_content")}

    page = requests.post(f"{merchant.url}?{urlencode(parameters)}", data=form, timeout=10)

    assert (page.status_code, "128.50" in page.text) == (200, True)
    assert _status(merchant, number) == "WAIT_BUYER_PAY"


@pytest.mark.parametrize("product", ["page", "wap"])
def test_payer_returns_with_signed_facts(merchant: Merchant, product: str) -> None:
    number, link = merchant.link(product, return_url="http://127.0.0.1:9/back?o=1&n=%E7%89%A9")
    browser = Browser()

    address = browser.press(browser.open(link), "pay").headers["Location"]

    assert address.startswith("http://127.0.0.1:9/back?o=1&n=%E7%89%A9&")
    told = dict(parse_qsl(urlsplit(address).query))
    del told["o"], told["n"]
    assert told.keys() == {
        "charset", "out_trade_no", "method", "total_amount", "sign", "trade_no", "auth_app_id",
        "version", "app_id", "sign_type", "seller_id", "timestamp",
    }  # fmt: skip
    assert told["method"] == f"alipay.trade.{product}.pay.return"
    assert (told["out_trade_no"], told["total_amount"]) == (number, "128.50")
    assert is_genuine(told, merchant.holder.alipay_public_key_pem)


@pytest.mark.parametrize("act", ["fail", "cancel"])
def test_payer_who_does_not_pay_is_not_sent_back_as_one_who_did(
    merchant: Merchant, act: str
) -> None:
    _, link = merchant.link("page", return_url="http://127.0.0.1:9/back")
    browser = Browser()

    response = browser.press(browser.open(link), act)

    assert "Location" not in response.headers


def test_payer_who_leaves_a_wap_payment_goes_to_the_quit_url(merchant: Merchant) -> None:
    number, link = merchant.link("wap", quit_url="http://127.0.0.1:9/quit")
    browser = Browser()

    response = browser.press(browser.open(link), "cancel")

    assert response.headers["Location"] == "http://127.0.0.1:9/quit"
    assert _status(merchant, number) == "ACQ.TRADE_NOT_EXIST"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//x.example"])
def test_payer_is_sent_to_web_addresses_only(merchant: Merchant, address: str) -> None:
    _, link = merchant.link("wap", quit_url=address)
    browser = Browser()

    assert "INVALID_PARAMETER" in browser.open(link)


def test_same_link_is_the_same_trade(merchant: Merchant) -> None:
    number, link = merchant.link("page")
    browser = Browser()
    browser.open(link)
    trade_no = merchant.query(number).node["trade_no"]

    browser.open(link)

    assert merchant.query(number).node["trade_no"] == trade_no


@pytest.mark.parametrize("product", ["page", "wap"])
def test_link_of_a_paid_trade_takes_no_second_payment(
    sandbox: Sandbox, merchant: Merchant, product: str
) -> None:
    number, link = merchant.link(product)
    sandbox.control("alipay/pay", {"serial_no": number, "launch": link})
    browser = Browser()

    page = browser.open(link)

    assert "Pay now" not in page
    assert sandbox.look("alipay/books")["totals"]["taken"] == 12850


def test_changed_link_is_refused_in_the_browser(merchant: Merchant) -> None:
    number, link = merchant.link("page")
    browser = Browser()

    page = browser.open(link.replace("128.50", "0.01"))

    assert (browser.status, "isv.invalid-signature" in page) == (200, True)
    assert _status(merchant, number) == "ACQ.TRADE_NOT_EXIST"


@pytest.mark.parametrize("product", ["page", "wap"])
def test_link_holds_until_its_time_expire(
    sandbox: Sandbox, merchant: Merchant, product: str
) -> None:
    written = {"timestamp": moment(-5), "time_expire": moment(595)}
    early, late = (merchant.link(product, **written)[1] for _ in range(2))
    sandbox.control("clock", {"advance_seconds": 500})
    browser = Browser()
    assert "Pay now" in browser.open(early)

    sandbox.control("clock", {"advance_seconds": 100})

    assert "NOW_TIME_AFTER_EXPIRE_TIME_ERROR" in browser.open(late)


def test_link_written_after_time_travel_is_good(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.control("clock", {"advance_seconds": 24 * 3600})
    _, link = merchant.link("page", time_expire=moment(600))

    assert "Pay now" in Browser().open(link)


def test_scanned_code_takes_the_payment(merchant: Merchant, sandbox: Sandbox) -> None:
    biz = merchant.order()
    code = merchant.call("precreate", biz).node["qr_code"]
    browser = Browser()

    page = browser.open(f"{sandbox.url}/cashier/alipay/?code={quote(code, safe='')}")

    assert _status(merchant, biz["out_trade_no"]) == "WAIT_BUYER_PAY"
    browser.press(page, "pay")
    assert _status(merchant, biz["out_trade_no"]) == "TRADE_SUCCESS"


def test_code_lives_two_hours(merchant: Merchant, sandbox: Sandbox) -> None:
    code = merchant.call("precreate", merchant.order()).node["qr_code"]

    sandbox.control("clock", {"advance_seconds": 2 * 3600 + 1})

    page = Browser().open(f"{sandbox.url}/cashier/alipay/?code={quote(code, safe='')}")
    assert "expired" in page


def test_phone_takes_an_order_string(merchant: Merchant, sandbox: Sandbox) -> None:
    number, order_string = merchant.link("app")
    browser = Browser()

    page = browser.open(f"{sandbox.url}/cashier/alipay/?code={quote(order_string, safe='')}")
    browser.press(page, "pay")

    assert _status(merchant, number) == "TRADE_SUCCESS"


def test_unknown_code_is_refused(sandbox: Sandbox) -> None:
    page = Browser().open(f"{sandbox.url}/cashier/alipay/?code=https://qr.alipay.com/none")

    assert "This code is unknown." in page


def test_list_shows_trades_and_codes_nobody_scanned(merchant: Merchant, sandbox: Sandbox) -> None:
    code, trade = merchant.place(), merchant.create()
    browser = Browser()

    page = browser.open(f"{sandbox.url}/cashier/")

    assert page.count("/cashier/alipay/") >= 3  # the form, and a button for each
    assert code in page
    assert trade in page


def test_trade_of_a_mini_program_is_paid_from_the_list(
    merchant: Merchant, sandbox: Sandbox
) -> None:
    number = merchant.create()
    trade_no = merchant.query(number).node["trade_no"]
    browser = Browser()

    browser.press(browser.open(f"{sandbox.url}/cashier/alipay/{trade_no}/"), "pay")

    assert _status(merchant, number) == "TRADE_SUCCESS"


def test_pages_speak_chinese_by_default(merchant: Merchant) -> None:
    _, link = merchant.link("page")
    browser = Browser()
    browser._session.headers["Accept-Language"] = ""

    page = browser.open(link)

    assert "支付宝（沙箱）" in page
    assert "立即支付" in page
