"""The bridges of WeChat's and Alipay's browsers, put into a page of another origin."""

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from playwright.sync_api import Browser, Page, sync_playwright

from tests.sandbox.alipay.merchant import Merchant as AlipayMerchant
from tests.sandbox.merchant import Merchant
from tests.sandbox.process import Sandbox

_CHROMIUM = shutil.which("chromium")
PAY_INSIDE_WECHAT = """params => new Promise(
    done => WeixinJSBridge.invoke("getBrandWCPayRequest", params, done))"""
PAY_INSIDE_ALIPAY = """params => new Promise(
    done => AlipayJSBridge.call("tradePay", params, done))"""

pytestmark = pytest.mark.skipif(_CHROMIUM is None, reason="chromium is not installed")


class _Shop(BaseHTTPRequestHandler):
    """A page of another origin than the sandbox's."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Shop</title>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """The address of a shop."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, sandbox: Sandbox, shop: str) -> Iterator[Page]:
    """The shop's page, with both bridges in it."""
    context = browser.new_context()
    for name in ("wechat", "alipay"):
        script = requests.get(f"{sandbox.url}/bridge/{name}.js", timeout=10)
        assert script.headers["Content-Type"].startswith("text/javascript")
        context.add_init_script(script.text)
    shown = context.new_page()
    shown.goto(shop)
    yield shown
    context.close()


@pytest.mark.parametrize(
    ("payer", "result", "state"),
    [(None, "ok", "SUCCESS"), ("fail", "fail", "NOTPAY"), ("cancel", "cancel", "NOTPAY")],
)
def test_page_inside_wechat_is_told_what_the_payer_did(
    page: Page, merchant: Merchant, payer: str | None, result: str, state: str
) -> None:
    number, prepay_id = merchant.prepay()
    page.evaluate("payer => { window.sandboxPayer = payer }", payer)

    told = page.evaluate(PAY_INSIDE_WECHAT, merchant.present(prepay_id))

    assert told["err_msg"] == f"get_brand_wcpay_request:{result}"
    assert merchant.query(number).json()["trade_state"] == state


def test_page_inside_wechat_must_sign(page: Page, merchant: Merchant) -> None:
    _, prepay_id = merchant.prepay()
    presented = merchant.present(prepay_id) | {"nonceStr": "another"}

    told = page.evaluate(PAY_INSIDE_WECHAT, presented)

    assert told["err_msg"] == "get_brand_wcpay_request:fail"
    assert "paySign" in told["err_desc"]


def test_page_is_told_when_the_sandbox_cannot_be_reached(page: Page, merchant: Merchant) -> None:
    page.route("**/bridge/**", lambda route: route.abort())

    told = page.evaluate(PAY_INSIDE_WECHAT, {})

    assert told["err_msg"] == "get_brand_wcpay_request:fail"
    assert page.evaluate(PAY_INSIDE_ALIPAY, {})["resultCode"] == "4000"


@pytest.mark.parametrize(("payer", "code"), [(None, "9000"), ("fail", "4000"), ("cancel", "6001")])
def test_page_inside_alipay_is_told_what_the_payer_did(
    page: Page, sandbox: Sandbox, payer: str | None, code: str
) -> None:
    app = AlipayMerchant(sandbox.url, sandbox.identity.alipay.merchant)
    trade_no = app.query(app.create()).node["trade_no"]
    page.evaluate("payer => { window.sandboxPayer = payer }", payer)

    told = page.evaluate(PAY_INSIDE_ALIPAY, {"tradeNO": trade_no})

    assert told["resultCode"] == code
