"""One center and one Chromium for all tests here; every payer has a browser of their own."""

import shutil
from collections.abc import Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.house import House
from tests.browser.payer import Device, Payer
from tests.faults.center import running_center

CHROMIUM = shutil.which("chromium")
GUARD_SECONDS = 8
"""As the owner's rule, only quicker to wait for."""


class MakePayer(Protocol):
    """Gives a payer a device."""

    def __call__(self, device: Device, *, javascript: bool = True) -> Payer:
        """Return the payer, with an empty tab."""


@pytest.fixture(scope="session")
def running_house() -> Iterator[House]:
    """The processes, started once."""
    wishes = {"ATTEMPT_GUARD_SECONDS": str(GUARD_SECONDS)}
    with running_center(wishes) as (center, credentials):
        yield House(center, credentials)


@pytest.fixture
def house(running_house: House) -> House:
    """The center with no fault switched on."""
    running_house.center.heal()
    return running_house


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; it is part of what these tests need."""
    assert CHROMIUM is not None, "install chromium"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def payer_with(chromium: Browser, house: House) -> Iterator[MakePayer]:
    """Return what gives a payer a device; whatever breaks the content policy fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(device: Device, *, javascript: bool = True) -> Payer:
        context = chromium.new_context(
            user_agent=device.user_agent,
            viewport={"width": device.width, "height": device.height},
            locale="zh-CN",
            java_script_enabled=javascript,
            # The script that plays the app is not the page's own.
            bypass_csp=bool(device.app),
        )
        if device.app:
            context.add_init_script(house.bridge(device.app))
        context.on("console", lambda message: _note(message.text, complaints))
        contexts.append(context)
        return Payer(context)

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def _note(text: str, complaints: list[str]) -> None:
    if "Content Security Policy" in text:
        complaints.append(text)
