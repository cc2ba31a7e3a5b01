"""A closed day stays as it is: what comes later, even in the same moment, stands elsewhere."""

import threading
import time
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from paycenter.kernel.clock import business_date, now
from tests.support.books import make_posting, posted
from tests.support.clock import Clock
from tests.support.money import make_payment
from tests.support.parties import make_account
from tests.support.together import together
from transactions.ledger.closing import close_day, close_due_days, last_due_day
from transactions.ledger.day_rows import facts_of_day
from transactions.ledger.posting import Posting, Side, post
from transactions.models import Account, ClosedDay, DayBalance, JournalEntry, Payment

YESTERDAY = timedelta(days=1)


def _postings(count: int, *, days_ago: int = 1) -> list[Posting]:
    """Return the entries of payments of one company that succeeded on one past day."""
    account = make_account()
    paid_at = now() - timedelta(days=days_ago)
    return [
        make_posting(
            make_payment(account=account, state="succeeded", settles_order=True, paid_at=paid_at),
            occurred_at=paid_at,
        )
        for _ in range(count)
    ]


def _close(posting: Posting) -> ClosedDay:
    day = business_date(posting.occurred_at)
    return close_day(posting.channel_merchant.merchant, day)


@pytest.mark.django_db
def test_closing_keeps_rows_totals_digest_and_what_each_account_moved() -> None:
    first, second = _postings(2)
    post(first)
    post(second)
    closed = _close(first)
    assert (closed.rows, closed.totals) == (2, {"payment": {"count": 2, "amount": 20_000}})
    assert closed.sha256 == facts_of_day(closed.merchant_id, closed.business_date).sha256
    moved = DayBalance.objects.order_by("account").values_list("account", "debit", "credit")
    assert list(moved) == [("channel", 20_000, 0), ("income", 0, 20_000)]


@pytest.mark.django_db
def test_closing_again_changes_nothing() -> None:
    [posting] = _postings(1)
    post(posting)
    closed = _close(posting)
    assert _close(posting) == closed
    assert ClosedDay.objects.count() == 1


@pytest.mark.django_db
def test_a_day_without_rows_can_be_closed() -> None:
    [posting] = _postings(1)
    closed = _close(posting)
    assert (closed.rows, closed.totals) == (0, {})
    assert closed.sha256 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, 1])
def test_a_day_that_is_not_over_is_not_closed(days: int) -> None:
    merchant = make_account().channel_merchant.merchant
    with pytest.raises(ValueError, match="is not over"):
        close_day(merchant, business_date(now()) + timedelta(days=days))


@pytest.mark.django_db
def test_the_digest_is_of_what_a_statement_shows() -> None:
    first, second = _postings(2)
    post(first)
    day = business_date(first.occurred_at)
    merchant_id = first.channel_merchant.merchant_id
    one = facts_of_day(merchant_id, day).sha256
    assert facts_of_day(merchant_id, day).sha256 == one
    Payment.objects.filter(pk=first.payment.pk).update(channel_serial_no="4200")  # type: ignore[union-attr]
    renamed = facts_of_day(merchant_id, day).sha256
    post(second)
    assert len({one, renamed, facts_of_day(merchant_id, day).sha256}) == 3


@pytest.mark.django_db
def test_the_digest_does_not_depend_on_the_session() -> None:
    [posting] = _postings(1)
    post(posting)
    args = (posting.channel_merchant.merchant_id, business_date(posting.occurred_at))
    one = facts_of_day(*args)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'America/New_York'")
        cursor.execute("SET LOCAL DateStyle = 'German'")
    assert facts_of_day(*args) == one


@pytest.mark.django_db
def test_another_company_is_not_closed_with_it() -> None:
    [own], [other] = _postings(1), _postings(1)
    _close(own)
    assert posted(own).business_date == business_date(now())
    assert posted(other).business_date == business_date(now()) - YESTERDAY


def test_closing_waits_for_a_posting_under_way(transactional_db: None) -> None:
    [posting] = _postings(1)
    holding = threading.Event()

    def work(index: int) -> ClosedDay | None:
        if index:
            holding.wait(10)
            return _close(posting)
        with transaction.atomic():
            post(posting)
            holding.set()
            time.sleep(0.5)
        return None

    _, closed = together(2, work)
    assert closed is not None
    assert closed.rows == 1
    assert closed == ClosedDay.objects.get()
    assert JournalEntry.objects.get().business_date == closed.business_date


def test_what_is_posted_while_a_day_closes_is_in_it_or_after_it(transactional_db: None) -> None:
    postings = _postings(18)

    def work(index: int) -> object:
        if index in (6, 12):
            return _close(postings[0])
        return post(postings[index])

    together(18, work)
    closed = ClosedDay.objects.get()
    assert JournalEntry.objects.count() == 16
    facts = facts_of_day(closed.merchant_id, closed.business_date)
    assert (facts.rows, facts.totals, facts.sha256) == (closed.rows, closed.totals, closed.sha256)
    moved = DayBalance.objects.filter(account="channel").first()
    assert (moved.debit if moved else 0) == closed.rows * 10_000
    later = JournalEntry.objects.exclude(business_date=closed.business_date)
    assert set(later.values_list("business_date", flat=True)) <= {business_date(now())}


@pytest.mark.parametrize(
    ("moment", "last"),
    [
        ("2026-11-22T03:59:59+00:00", "2026-11-19"),
        ("2026-11-22T04:00:00+00:00", "2026-11-20"),
        ("2026-11-22T15:59:59+00:00", "2026-11-20"),
        ("2026-11-22T16:00:00+00:00", "2026-11-20"),
    ],
)
def test_a_day_is_due_at_noon_in_china_two_days_later(moment: str, last: str) -> None:
    assert last_due_day(now().fromisoformat(moment)) == date.fromisoformat(last)


@pytest.mark.django_db
def test_due_days_are_closed_without_a_gap(clock: Clock) -> None:
    postings = [*_postings(1, days_ago=5), *_postings(1, days_ago=1)]
    for posting in postings:
        post(posting)
    assert close_due_days() == 4
    closed = ClosedDay.objects.order_by("business_date")
    days = [day.isoformat() for day in closed.values_list("business_date", flat=True)]
    assert days == ["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"]
    assert {one.merchant for one in closed} == {postings[0].channel_merchant.merchant}
    assert close_due_days() == 0


@pytest.mark.django_db
def test_a_day_before_the_first_closed_one_is_closed_too(clock: Clock) -> None:
    [posting] = _postings(1, days_ago=3)
    post(posting)
    close_due_days()
    late = make_posting(
        posting.payment,
        kind=JournalEntry.Kind.FEE,
        occurred_at=now() - timedelta(days=6),
        debits=[Side(Account.FEE, 60)],
        credits=[Side(Account.CHANNEL, 60)],
    )
    assert posted(late).business_date.isoformat() == "2026-11-16"
    assert close_due_days() == 3
