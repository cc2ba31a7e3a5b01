"""Each list of work: from "Work" to a row that waits, and to what is done with it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from paycenter.operators.worklists.queues import DECISIONS, WORK, Queue
from tests.browser.conftest import MakeOperator
from tests.browser.house import House
from tests.browser.operator import DESKTOP, TABLET, Operator, Screen
from tests.browser.staff import Staff

pytestmark = pytest.mark.slow


@contextmanager
def nobody_sends(house: House) -> Iterator[None]:
    """Let notifications be late: the worker that would send them stands still."""
    house.center.pause("worker")
    try:
        house.inside("make_late")
        yield
        house.inside("make_punctual")
    finally:
        house.center.resume("worker")


def look_into(operator: Operator, queue: Queue) -> None:
    """Go from "Work" to the list, and there to the first row."""
    operator.goes_to(reverse("work"))
    section = operator.page.locator(f"section#{queue.key}")
    operator.follows(section.locator("p a"))
    operator.follows(operator.page.locator("#result_list tbody th a").filter(visible=True).first)
    expect(operator.page).to_have_url(re.compile("/change/"))


def look_at_decision(operator: Operator, queue: Queue) -> None:
    """Go from "Work" to the page on which somebody decides about the first row."""
    operator.goes_to(reverse("work"))
    operator.follows(operator.page.locator(f"section#{queue.key} tbody a").first)


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("screen", [DESKTOP, TABLET], ids=["desktop", "tablet"])
def test_every_list_of_work_leads_to_a_row_that_waits(
    house: House, staff: Staff, operator_with: MakeOperator, screen: Screen
) -> None:
    operator = operator_with(staff.platform_operator(), screen)
    with nobody_sends(house):
        operator.opens("Work")
        operator.shows("work")
        for queue in (*DECISIONS, *WORK):
            look_into(operator, queue)
    for queue in DECISIONS:
        look_at_decision(operator, queue)
