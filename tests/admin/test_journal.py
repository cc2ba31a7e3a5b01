"""The ledger's pages: an entry with both sides, found by the numbers people have."""

import pytest
from django.test import Client

from tests.admin.books import make_books
from tests.admin.pages import address, read
from tests.admin.rows import make_company, make_story
from transactions.models import JournalEntry, JournalLine, Order, Payment, Refund


@pytest.fixture
def reversal(order: Order) -> JournalEntry:
    """The reversal of a refund that was booked."""
    return make_books(order)


def test_an_entry_shows_its_sides_and_leads_to_what_it_books(
    browser: Client, reversal: JournalEntry
) -> None:
    page = read(browser, address(JournalEntry, "change", reversal.pk))
    assert "28.50" in page
    assert "booked in error" in page
    for row in (Payment.objects.get(state="succeeded"), Refund.objects.get(), reversal.reverses):
        assert row is not None
        assert f'href="{address(type(row), "change", row.pk)}"' in page


def test_what_was_reversed_leads_to_its_reversal(browser: Client, reversal: JournalEntry) -> None:
    page = read(browser, address(JournalEntry, "change", reversal.reverses_id))
    assert f'href="{address(JournalEntry, "change", reversal.pk)}"' in page


@pytest.mark.parametrize("model", [JournalEntry, JournalLine])
@pytest.mark.parametrize("number", ["order_no", "serial_no", "channel_serial_no", "refund_no"])
def test_entries_and_lines_are_found_by_every_number(
    browser: Client, reversal: JournalEntry, model: type, number: str
) -> None:
    make_books(make_story(make_company()))
    payment = reversal.payment
    assert payment is not None
    owner = {"order_no": payment.order, "refund_no": payment.refunds.get()}.get(number, payment)
    url = address(model, "changelist") + f"?q={getattr(owner, number)}"
    found = browser.get(url).context["cl"].result_list
    entries = {row.pk if model is JournalEntry else row.entry_id for row in found}
    assert entries == set(payment.journal_entries.values_list("pk", flat=True))
