"""An operator at a computer or a tablet: what they read, press and fill in, by its words.

A walk is written in the English words of the pages and done in the operator's own language. Every
page on the way is looked at: nothing on it is of another language, wider than the screen, or
complained about by the browser.
"""

import re
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.house import House
from tests.browser.pictures import Pictures
from tests.browser.words import CHINESE, ENGLISH, VISIBLE_TEXT, foreign_words, renderings

PATIENCE_MS = 20_000

_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass(frozen=True)
class Screen:
    """How wide a screen is, in CSS pixels, and the language its reader chose."""

    width: int
    language: str


DESKTOP, TABLET = Screen(1280, CHINESE), Screen(820, ENGLISH)


@dataclass
class Operator:
    """One browser of somebody who is signed in."""

    context: BrowserContext
    house: House
    screen: Screen
    pictures: Pictures
    data: set[str]
    page: Page = field(init=False)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open a tab on the first page."""
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", lambda told: self._hears(told.type, told.text))
        self.page.on("pageerror", lambda error: self._hears("error", str(error)))
        self.goes_to("/admin/")

    def said(self, english: str, **facts: str) -> re.Pattern[str]:
        """Return a pattern of the words, with facts in them, in the operator's language."""
        words = renderings(english, self.screen.language)
        if facts:
            words = [one % facts for one in words]
        return re.compile(f"(?:{'|'.join(re.escape(one) for one in words)})")

    def goes_to(self, path: str) -> None:
        """Type an address of the center."""
        self.page.goto(f"{self.house.center.at.web_url}{path}")
        self.looks()

    def opens(self, words: str) -> None:
        """Follow the link of the menu with these words."""
        self.opens_menu()
        name = self._named(words)
        link = self.page.locator("#nav-sidebar").get_by_role("link", name=name)
        self.follows(link.first)

    def presses(self, words: str, *, beside: str = "", **facts: str) -> None:
        """Press a link or button; ``beside`` is a text of the row or section it stands in."""
        place = self.page.locator("#main")
        if beside:
            place = place.locator("section, tr").filter(has_text=self.said(beside)).last
        name = self._named(words, **facts)
        link, button = place.get_by_role("link", name=name), place.get_by_role("button", name=name)
        pressed = link.or_(button).first
        pressed.or_(self._more).first.wait_for()
        if not pressed.is_visible():
            self._more.click()
        self.follows(pressed)

    @property
    def _more(self) -> Locator:
        """Behind it are the buttons of a row's page where the screen has no room for them."""
        return self.page.locator("#header-inner").get_by_text("more_horiz").filter(visible=True)

    def follows(self, pressed: Locator) -> None:
        """Look at the page before it is left, then press, and wait for where that leads."""
        pressed.wait_for()
        self.looks()
        pressed.click()
        self.page.wait_for_load_state()

    def sees_no_button(self, words: str) -> None:
        """Check that the page has no such button, not even behind others."""
        buttons = self.page.locator("#main").locator("a, button")
        expect(buttons.filter(has_text=self._named(words))).to_have_count(0)

    def opens_menu(self) -> None:
        """Open the menu where the screen has no room to show it always."""
        icon = self.page.get_by_text("dock_to_right").filter(visible=True).first
        if not self.page.locator("#nav-sidebar").is_visible():
            icon.click()

    def fills(self, **fields: str) -> None:
        """Fill fields in by their labels; an underscore stands for a blank."""
        for label, value in fields.items():
            self.writes(label.replace("_", " "), value)

    def writes(self, label: str, value: str) -> None:
        """Fill one field in, by its label."""
        self._field(label).fill(value)

    def chooses(self, label: str, words: str) -> None:
        """Choose in a list."""
        field = self._field(label)
        field.select_option(
            field.locator("option").filter(has_text=self._named(words)).inner_text()
        )

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
        file = {"name": name, "mimeType": "text/plain", "buffer": content.encode()}
        self.page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]

    def saves(self) -> None:
        """Press "Save" below a form."""
        self.follows(self.page.get_by_role("button", name=self._named("Save")))

    def reads(self, *texts: str) -> None:
        """Check that the page shows these texts."""
        for text in texts:
            shown = self.page.locator("body")
            expect(shown).to_contain_text(self.said(text), timeout=PATIENCE_MS)

    def reads_nothing_of(self, text: str) -> None:
        """Check that the page says nothing of something."""
        expect(self.page.locator("body")).not_to_contain_text(text)

    def reads_next(self, title: str) -> None:
        """Check what the checklist says is next."""
        shown = self.page.locator(".pc-next")
        expect(shown).to_contain_text(self.said("Next:"), timeout=PATIENCE_MS)
        expect(shown).to_contain_text(self.said(title))

    def opens_payment_page(self) -> Page:
        """Open the payer's page in a tab of its own."""
        with self.context.expect_page() as opened:
            self.presses("Open the payment page")
        opened.value.set_default_timeout(PATIENCE_MS)
        return opened.value

    def shows(self, picture: str) -> None:
        """Look at the page, and have a picture taken of it for the handbook."""
        self.looks()
        self.pictures.take(self.page, picture, self.screen.language)

    def looks(self) -> None:
        """Look at the page as it is: its language and its width."""
        self.page.wait_for_load_state()
        language = self.screen.language
        foreign = foreign_words(self.page.evaluate(VISIBLE_TEXT), language, self.data)
        self._notes(*(f"not in {language}: {text}" for text in foreign))
        if self.page.evaluate(_TOO_WIDE):
            self._notes(f"wider than {self.screen.width} px")

    def leaves(self) -> None:
        """Close the browser; whatever was wrong on the way fails the test."""
        self.looks()
        self.context.close()
        assert not self.complaints, "\n".join(sorted(set(self.complaints)))

    def _named(self, words: str, **facts: str) -> re.Pattern[str]:
        """Return a pattern of a whole name; that of an icon may stand before the words."""
        return re.compile(rf"^\s*(?:[a-z_0-9]+\s+)?{self.said(words, **facts).pattern}\s*$", re.I)

    def _field(self, label: str) -> Locator:
        name = re.compile(rf"^\s*{self.said(label).pattern}(?!\w)", re.IGNORECASE)
        return self.page.get_by_label(name).first

    def _hears(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self._notes(f"the browser says: {text}")

    def _notes(self, *complaints: str) -> None:
        path = self.page.url.removeprefix(self.house.center.at.web_url)
        self.complaints += [f"{path}: {complaint}" for complaint in complaints]
