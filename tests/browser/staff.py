"""The operators of the walks: each signs in once, with a password and an app on a phone."""

import base64
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from paycenter.operators.security.otp import TOTP
from tests.browser.house import House
from tests.browser.names import CHECKER, MAKER


@dataclass(frozen=True)
class Person:
    """Somebody who works at the operators' site."""

    username: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)


@dataclass(frozen=True)
class Staff:
    """Who has signed in, with the cookies that say so."""

    chromium: Browser = field(repr=False)
    house: House = field(repr=False)
    finance: tuple[Person, Person] = field(
        default_factory=lambda: (Person(MAKER), Person(CHECKER)), repr=False
    )
    """Who asks, and who decides."""
    _cookies: dict[str, Any] = field(default_factory=dict, repr=False)

    def platform_operator(self) -> Person:
        """Return who may do everything, from the first day on."""
        known = self.house.credentials.admin
        return Person(known["username"], known["password"])

    def browser_of(self, person: Person, *, width: int, language: str) -> BrowserContext:
        """Return a browser in which a person is signed in and has chosen a language."""
        if person.username not in self._cookies:
            self._cookies[person.username] = self._sign_in(person)
        context = self.chromium.new_context(
            viewport={"width": width, "height": 900},
            locale=language,
            timezone_id="Asia/Shanghai",
            storage_state=self._cookies[person.username],
        )
        url = self.house.center.at.web_url
        context.add_cookies([{"name": "django_language", "value": language, "url": url}])
        return context

    def _sign_in(self, person: Person) -> Any:
        """Go through the door for the first time: password, app, recovery codes."""
        context = self.chromium.new_context(locale="en-US")
        url = self.house.center.at.web_url
        context.add_cookies([{"name": "django_language", "value": "en", "url": url}])
        page = context.new_page()
        page.goto(f"{url}/admin/")
        page.locator("[name=username]").fill(person.username)
        page.locator("[name=password]").fill(person.password)
        page.locator("[name=password]").press("Enter")
        page.locator("details summary").click()
        page.locator("[name=code]").fill(_code_shown_for(page))
        page.get_by_role("button", name="Switch on").click()
        page.get_by_role("link", name="I have kept them").click()
        page.wait_for_url(re.compile("/admin/$"))
        state = context.storage_state()
        context.close()
        return state


def _code_shown_for(page: Page) -> str:
    """Return what an app shows that was told the key of the page."""
    key = re.sub(r"[^A-Z2-7]", "", page.locator(".pc-secret").inner_text())
    return f"{TOTP(base64.b32decode(key)).token():06d}"
