"""A payer with a device: what they open, press and read."""

import re
from contextlib import suppress
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Error, Page, expect

from tests.browser.house import Bill

PATIENCE_MS = 20_000


@dataclass(frozen=True)
class Device:
    """What a page is looked at with; ``app`` is the channel whose app shows it, if one does."""

    name: str
    width: int
    height: int
    user_agent: str | None = None
    app: str = ""


_PHONE = "Mozilla/5.0 (Linux; Android 9; P30) AppleWebKit/537.36 Chrome/86.0 Mobile Safari/537.36"
PHONE = Device("phone", 390, 844, _PHONE)
SMALL_PHONE = Device("small phone", 320, 568, _PHONE)
DESKTOP = Device("desktop", 1280, 900)
IN_WECHAT = Device("in WeChat", 390, 844, f"{_PHONE} MicroMessenger/8.0.40", app="wechat")
IN_ALIPAY = Device("in Alipay", 390, 844, f"{_PHONE} AlipayClient/10.5.0", app="alipay")


class Payer:
    """One tab of one browser."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)

    def open(self, bill: Bill) -> None:
        """Follow the link."""
        self.page.goto(bill.url)

    def looks_again(self) -> None:
        """Reload the page, unless it is just about to do so by itself."""
        with suppress(Error):
            self.page.reload()

    def second_tab(self) -> "Payer":
        """Open another tab of the same browser."""
        return Payer(self.context)

    def choose(self, way: str) -> None:
        """Press a way to pay, wherever the page offers it."""
        switch = self.page.locator("#switch:not([open]) summary")
        if switch.count():
            switch.click()
        self.page.locator(f"button[value='{way}'], a[href$='/login/{way}']").click()

    def sees(self, state: str) -> None:
        """Wait until the page shows this of its faces."""
        shown = self.page.locator("#page")
        expect(shown).to_have_attribute("data-state", state, timeout=PATIENCE_MS)

    def reads(self, *texts: str) -> None:
        """Check that the page shows these texts."""
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text, timeout=PATIENCE_MS)

    def is_at_channel(self) -> None:
        """Wait for the channel's own page: until then the browser is still on its way there."""
        self.page.wait_for_url("**/cashier/**")

    def acts_at_channel(self, act: str) -> None:
        """Wait for the channel's own page and press: ``pay``, ``fail`` or ``cancel``."""
        button = self.page.locator(f"button[name='act'][value='{act}']")
        with self.page.expect_navigation():
            button.click()

    def comes_back_to(self, bill: Bill) -> None:
        """Wait until the channel has sent the payer back to the page."""
        self.page.wait_for_url(re.compile(re.escape(bill.url)))

    def numbers(self) -> str:
        """Return the text of the facts the page lists."""
        return re.sub(r"\s+", " ", self.page.locator("dl.facts").inner_text())
