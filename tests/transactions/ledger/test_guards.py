"""What PostgreSQL itself holds about the ledger, whatever is wrong with our code."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from paycenter.kernel.clock import business_date, now
from tests.support.books import make_posting, posted
from transactions.ledger.posting import Side, post
from transactions.models import Account, ClosedDay, JournalEntry


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _close(entry: JournalEntry, day: date) -> None:
    ClosedDay.objects.create(
        merchant=entry.merchant,
        business_date=day,
        rows=0,
        totals={},
        sha256="",
        closed_at=now(),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("journalentry", "UPDATE transactions_journalentry SET note = 'x'"),
        ("journalentry", "DELETE FROM transactions_journalentry"),
        ("journalline", "UPDATE transactions_journalline SET debit = debit + 1"),
        ("journalline", "DELETE FROM transactions_journalline"),
        ("closedday", "UPDATE transactions_closedday SET sha256 = 'x'"),
        ("closedday", "DELETE FROM transactions_closedday"),
    ],
)
def test_what_is_posted_is_neither_altered_nor_deleted(table: str, change: str) -> None:
    entry = posted(make_posting())
    _close(entry, business_date(now()))
    with pytest.raises(IntegrityError, match=f"{table} is append-only"):
        _run(change)


@pytest.mark.parametrize("difference", [-1, 1])
def test_an_entry_that_does_not_balance_is_not_committed(
    transactional_db: None, difference: int
) -> None:
    posting = make_posting(credits=[Side(Account.INCOME, 10_000 + difference)])
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        post(posting)
    assert not JournalEntry.objects.exists()


def test_a_line_added_later_must_balance_too(transactional_db: None) -> None:
    entry = posted(make_posting())
    with pytest.raises(IntegrityError, match="does not balance"):
        entry.lines.create(merchant=entry.merchant, account=Account.BANK, debit=1)


@pytest.mark.django_db
@pytest.mark.parametrize(("debit", "credit"), [(0, 0), (1, 1), (-1, 0), (0, -1)])
def test_a_line_has_one_side(debit: int, credit: int) -> None:
    entry = posted(make_posting())
    with pytest.raises(IntegrityError, match="journal_line_one_side"), transaction.atomic():
        entry.lines.create(
            merchant=entry.merchant, account=Account.BANK, debit=debit, credit=credit
        )


@pytest.mark.django_db
def test_an_event_has_one_entry() -> None:
    entry = posted(make_posting())
    entry.pk = None
    with pytest.raises(IntegrityError, match="journal_entry_posted_once"):
        entry.save(force_insert=True)


@pytest.mark.django_db
def test_what_comes_after_a_day_is_closed_stands_on_the_first_open_one() -> None:
    first = posted(make_posting())
    today = business_date(now())
    for days in range(2):
        _close(first, today + timedelta(days=days))
    late = posted(make_posting(reference="late"))
    assert late.business_date == today
    own = make_posting(first.payment, reference="late")
    assert posted(own).business_date == today + timedelta(days=2)
