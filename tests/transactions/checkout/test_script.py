"""How often an open page looks, as its script says: quick at first, cheap in the long run."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.benchmarks.checkout import looks_per_second, seconds_between_looks
from transactions.checkout.pages import PageState

MOST_PER_SECOND = 20
"""Of a thousand open pages; ``make bench`` says what one look costs."""


def test_every_table_is_of_a_state_and_grows_slower() -> None:
    tables = seconds_between_looks()
    assert set(tables) <= {state.value for state in PageState}
    for steps in tables.values():
        assert steps == sorted(steps)


def test_payer_who_has_just_paid_is_told_in_seconds() -> None:
    steps = seconds_between_looks()["waiting"]
    assert steps[0] <= 2
    passed = 0
    for step in steps:
        assert step <= max(3, passed / 2), "nobody waits half as long again as until now"
        passed += step


@pytest.mark.parametrize("state", ["waiting", "choose", "paid"])
def test_a_thousand_open_pages_look_seldom_enough(state: str) -> None:
    assert looks_per_second(state) < MOST_PER_SECOND


def test_page_that_nobody_sees_does_not_look() -> None:
    found = finders.find("checkout/checkout.js")
    assert isinstance(found, str)
    assert "if (document.hidden) return;" in Path(found).read_text("utf-8")
