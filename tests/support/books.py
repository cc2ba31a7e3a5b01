"""What a test asks of the ledger."""

from collections import Counter
from typing import Any

from paycenter.kernel.clock import now
from tests.support.money import make_payment
from transactions.ledger.posting import Posting, Side, post
from transactions.models import Account, JournalEntry, JournalLine, Payment

Kind = JournalEntry.Kind
Lines = list[tuple[str, str, int, int]]


def make_posting(payment: Payment | None = None, **changes: Any) -> Posting:
    """Return the entry of a payment of 100 yuan, to be posted."""
    payment = payment or make_payment(state="succeeded")
    facts: dict[str, Any] = {
        "kind": Kind.PAYMENT,
        "reference": payment.serial_no,
        "channel_merchant": payment.channel_merchant,
        "occurred_at": now(),
        "debits": [Side(Account.CHANNEL, payment.amount)],
        "credits": [Side(Account.INCOME, payment.amount)],
        "payment": payment,
    }
    return Posting(**(facts | changes))


def posted(posting: Posting) -> JournalEntry:
    """Post an entry that was not posted before, and return it."""
    return entry_of(post(posting))


def entry_of(pk: int | None) -> JournalEntry:
    """Return the entry that was just posted."""
    assert pk is not None, "it was posted before"
    return JournalEntry.objects.get(pk=pk)


def lines_of(entry: JournalEntry) -> Lines:
    """Return the lines of an entry as (account, fee type, debit, credit)."""
    return list(entry.lines.values_list("account", "fee_type", "debit", "credit"))


def kinds(payment: Payment) -> list[str]:
    """Return the kinds of a payment's entries, oldest first."""
    return list(payment.journal_entries.order_by("pk").values_list("kind", flat=True))


def balances_of(payment: Payment) -> dict[tuple[str, str], int]:
    """Return debits less credits of a payment's entries by (account, fee type), zeros left out."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in JournalLine.objects.filter(entry__payment=payment):
        sums[line.account, line.fee_type] += line.debit - line.credit
    return {key: balance for key, balance in sums.items() if balance}
