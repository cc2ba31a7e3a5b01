"""An operator at a computer or a tablet: what they read, press and fill in, by its words."""

import re

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.house import House

PATIENCE_MS = 20_000


class Operator:
    """One browser of an operator who reads English, signed in."""

    def __init__(self, chromium: Browser, house: House, *, width: int) -> None:
        self.house = house
        self.context: BrowserContext = chromium.new_context(
            viewport={"width": width, "height": 900}, locale="en-US"
        )
        url = house.center.at.web_url
        self.context.add_cookies([{"name": "django_language", "value": "en", "url": url}])
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self._sign_in(url)

    def presses(self, words: str, *, beside: str = "") -> None:
        """Press a link or button; ``beside`` is a text of the row or section it stands in."""
        place: Page | Locator = self.page
        if beside:
            place = self.page.locator("section, tr").filter(has_text=beside).last
        # The name of an icon may stand before the words.
        name = re.compile(rf"^\s*(?:[a-z_]+\s+)?{re.escape(words)}\s*$", re.IGNORECASE)
        link, button = place.get_by_role("link", name=name), place.get_by_role("button", name=name)
        link.or_(button).first.click()

    def opens_menu(self) -> None:
        """Open the menu where the screen has no room to show it always."""
        icon = self.page.get_by_text("dock_to_right").filter(visible=True).first
        if not self.page.locator("#nav-sidebar").is_visible():
            icon.click()

    def fills(self, **fields: str) -> None:
        """Fill fields in by their labels; an underscore stands for a blank."""
        for label, value in fields.items():
            self._field(label.replace("_", " ")).fill(value)

    def chooses(self, label: str, words: str) -> None:
        """Choose in a list."""
        self._field(label).select_option(label=words)

    def ticks(self, label: str) -> None:
        """Tick a box."""
        self._field(label).check()

    def finds(self, name: str, words: str) -> None:
        """Choose by typing a part of a name."""
        self.page.locator(f"select[name='{name}'] + .select2-container").click()
        self.page.locator(".select2-search__field").last.fill(words)
        self.page.locator(".select2-results__option", has_text=words).first.click()

    def uploads(self, name: str, content: str) -> None:
        """Choose a file."""
        file = {"name": name, "mimeType": "application/x-pem-file", "buffer": content.encode()}
        self.page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]

    def saves(self) -> None:
        """Press "Save" below a form."""
        self.page.get_by_role("button", name="Save", exact=True).click()

    def reads(self, *texts: str) -> None:
        """Check that the page shows these texts."""
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text, timeout=PATIENCE_MS)

    def reads_next(self, title: str) -> None:
        """Check what the checklist says is next."""
        expect(self.page.locator(".pc-next")).to_contain_text(f"Next: {title}.")

    def opens_payment_page(self) -> Page:
        """Open the payer's page in a tab of its own."""
        with self.context.expect_page() as opened:
            self.presses("Open the payment page")
        opened.value.set_default_timeout(PATIENCE_MS)
        return opened.value

    def is_wider_than_the_screen(self) -> bool:
        """Whether the page must be moved sideways to be read."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )

    def _field(self, label: str) -> Locator:
        name = re.compile(rf"^\s*{re.escape(label)}\b", re.IGNORECASE)
        return self.page.get_by_label(name).first

    def _sign_in(self, url: str) -> None:
        known = self.house.credentials.admin
        self.page.goto(f"{url}/admin/")
        self.page.locator("[name=username]").fill(known["username"])
        self.page.locator("[name=password]").fill(known["password"])
        self.page.locator("[name=password]").press("Enter")
        self.page.wait_for_url(re.compile("/admin/$"))
