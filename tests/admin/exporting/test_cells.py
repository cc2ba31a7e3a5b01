"""A cell is what the page shows, as plain text; money is a number."""

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override

from merchants.models import Merchant
from paycenter.operators import columns
from paycenter.operators.exporting.cells import cell_of, plain
from transactions.models import Move, Order


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (columns.copyable("P1 <b>"), "P1 <b>"),
        (columns.label("paid", "good"), "paid"),
        (mark_safe("<p>a</p>\n  <p>b</p>"), "a b"),
        (columns.EMPTY, ""),
        (SafeString(columns.EMPTY), ""),
        ("a < b & c", "a < b & c"),
        ("2026", "2026"),
        (7, "7"),
        (None, ""),
        (datetime(2026, 11, 22, 8, tzinfo=UTC), "2026-11-22 16:00:00"),
    ],
)
def test_a_value_is_written_without_marks(shown: object, text: str) -> None:
    with override("en"):
        assert plain(shown) == text


def test_yes_and_no_are_words() -> None:
    with override("en"):
        assert [plain(value) for value in (True, False)] == ["yes", "no"]


def test_money_is_a_number_and_a_number_of_an_order_is_not() -> None:
    pages: Any = SimpleNamespace(
        amount_yuan=lambda row: "12850.07", number=lambda row: "0012", left_yuan=lambda row: "–"
    )
    found = [cell_of(pages, name, Order()) for name in ("amount_yuan", "number", "left_yuan")]
    assert found == [Decimal("12850.07"), "0012", ""]


def test_a_choice_is_its_words_and_a_reference_its_name() -> None:
    pages: Any = SimpleNamespace()
    move = Move(cause="callback", merchant=Merchant(name="阳光物业"))
    with override("en"):
        found = [cell_of(pages, name, move) for name in ("cause", "merchant", "actor")]
    assert found == ["callback of the channel", "阳光物业", ""]
