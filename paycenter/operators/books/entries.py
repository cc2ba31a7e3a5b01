"""What the ledger has of a payment, for the pages that show one."""

from django.utils.html import format_html_join

from paycenter.operators import columns
from transactions.models import Payment

AT_MOST = 50


def entries_of(payment: Payment | None) -> str:
    """Lead to a payment's journal entries, oldest first."""
    if payment is None:
        return columns.EMPTY
    entries = payment.journal_entries.order_by("pk")[:AT_MOST]
    lines = [(entry.business_date.isoformat(), columns.link(entry)) for entry in entries]
    return format_html_join("", '<p class="pc-line">{} {}</p>', lines) or columns.EMPTY
