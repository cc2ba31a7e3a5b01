"""One center and one Chromium for all tests here; every payer has a browser of their own."""

import shutil
from collections.abc import Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.house import House
from tests.browser.names import DATA
from tests.browser.operator import Operator, Screen
from tests.browser.payer import Device, Payer
from tests.browser.pictures import Pictures
from tests.browser.staff import Person, Staff
from tests.faults.center import running_center

CHROMIUM = shutil.which("chromium")
GUARD_SECONDS = 8
"""As the owner's rule, only quicker to wait for."""


class MakePayer(Protocol):
    """Gives a payer a device."""

    def __call__(self, device: Device, *, javascript: bool = True) -> Payer:
        """Return the payer, with an empty tab."""


class MakeOperator(Protocol):
    """Gives somebody of the operators' site a screen."""

    def __call__(self, person: Person, screen: Screen) -> Operator:
        """Return who is signed in, on the first page."""


@pytest.fixture(scope="session")
def running_house() -> Iterator[House]:
    """The processes, started once; operators need a second factor, as where money is real."""
    wishes = {
        "ATTEMPT_GUARD_SECONDS": str(GUARD_SECONDS),
        "SECOND_FACTOR": "required",
        "PROOF_SECONDS": "3600",
    }
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


@pytest.fixture(scope="session")
def staff(chromium: Browser, running_house: House) -> Staff:
    """Who works at the operators' site."""
    staff = Staff(chromium, running_house)
    passwords = {person.username: person.password for person in staff.finance}
    running_house.inside("make_people", **passwords)
    return staff


@pytest.fixture(scope="session")
def waiting(running_house: House) -> None:
    """Something waits in every list of work."""
    running_house.inside("make_waiting")


@pytest.fixture(scope="session")
def data() -> set[str]:
    """Names that people entered: what one walk enters, others find on their pages."""
    return set(DATA)


@pytest.fixture
def operator_with(staff: Staff, house: House, data: set[str]) -> Iterator[MakeOperator]:
    """Return what gives somebody a screen; whatever they disliked on the way fails the test."""
    opened: list[Operator] = []

    def make(person: Person, screen: Screen) -> Operator:
        context = staff.browser_of(person, width=screen.width, language=screen.language)
        opened.append(Operator(context, house, screen, Pictures.wished(), data))
        return opened[-1]

    yield make
    for one in opened:
        one.leaves()


def _note(text: str, complaints: list[str]) -> None:
    if "Content Security Policy" in text:
        complaints.append(text)
