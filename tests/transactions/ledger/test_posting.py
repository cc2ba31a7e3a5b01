"""One entry per money event, balanced, whatever is posted how often by whom."""

from datetime import datetime

import pytest

from tests.support.books import Kind, balances_of, entry_of, kinds, lines_of, make_posting, posted
from tests.support.desk import Desk
from tests.support.duplicates import paid_twice
from tests.support.money import make_payment
from tests.support.together import together
from transactions.ledger.posting import Side, post, reverse
from transactions.models import Account, JournalEntry, JournalLine, Refund

LINES = [
    {"fee_type": "物业费", "amount": 7_001},
    {"fee_type": "停车费", "amount": 2_999},
]


def test_a_payment_debits_the_channel_and_credits_income_by_fee_type(desk: Desk) -> None:
    payment = desk.paid_payment(lines=LINES)
    [entry] = payment.journal_entries.all()
    assert (entry.kind, entry.reference) == ("payment", payment.serial_no)
    assert lines_of(entry) == [
        ("channel", "", 10_000, 0),
        ("income", "物业费", 0, 7_001),
        ("income", "停车费", 0, 2_999),
    ]


def test_an_order_without_lines_is_income_without_fee_type(desk: Desk) -> None:
    assert balances_of(desk.paid_payment()) == {("channel", ""): 10_000, ("income", ""): -10_000}


def test_a_duplicate_is_no_income(desk: Desk) -> None:
    _, payment = paid_twice(desk, lines=LINES)
    assert kinds(payment) == ["duplicate"]
    assert balances_of(payment) == {("channel", ""): 10_000, ("duplicate", ""): -10_000}


def test_a_returned_duplicate_leaves_nothing(desk: Desk) -> None:
    _, payment = paid_twice(desk)
    desk.sweep_refunds()
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))
    assert kinds(payment) == ["duplicate", "refund"]
    assert balances_of(payment) == {}


def test_a_refund_is_divided_as_its_order_was_to_the_fen(desk: Desk) -> None:
    payment = desk.paid_payment(lines=LINES)
    desk.refund(payment, amount=1_000)
    desk.sweep_refunds()
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))
    entry = payment.journal_entries.get(kind="refund")
    assert (entry.reference, entry.refund) == (
        desk.the_refund().refund_serial_no,
        Refund.objects.get(),
    )
    assert lines_of(entry) == [
        ("income", "物业费", 700, 0),
        ("income", "停车费", 300, 0),
        ("channel", "", 0, 1_000),
    ]


def test_a_refund_of_named_lines_is_theirs(desk: Desk) -> None:
    payment = desk.paid_payment(lines=LINES)
    desk.refund(payment, amount=1_000, lines=[{"fee_type": "停车费", "amount": 1_000}])
    desk.sweep_refunds()
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))
    assert balances_of(payment) == {
        ("channel", ""): 9_000,
        ("income", "物业费"): -7_001,
        ("income", "停车费"): -1_999,
    }


@pytest.mark.django_db
def test_an_event_is_posted_once() -> None:
    posting = make_posting()
    assert post(posting) is not None
    assert post(posting) is None
    assert JournalLine.objects.count() == 2


def test_of_twenty_who_post_an_event_one_does(transactional_db: None) -> None:
    posting = make_posting()
    results = together(20, lambda _: post(posting))
    assert sum(result is not None for result in results) == 1
    assert JournalLine.objects.count() == 2


@pytest.mark.django_db
def test_the_same_number_may_stand_for_events_of_two_kinds() -> None:
    posting = make_posting()
    assert post(posting) is not None
    assert post(make_posting(posting.payment, kind=Kind.FEE)) is not None


@pytest.mark.django_db
def test_the_day_is_the_chinese_one() -> None:
    before = make_posting(occurred_at=datetime.fromisoformat("2026-11-22T15:59:59+00:00"))
    after = make_posting(occurred_at=datetime.fromisoformat("2026-11-22T16:00:00+00:00"))
    days = [posted(posting).business_date.isoformat() for posting in (before, after)]
    assert days == ["2026-11-22", "2026-11-23"]


@pytest.mark.django_db
def test_a_negative_side_stands_on_the_other_and_nothing_is_left_out() -> None:
    debits = [Side(Account.CHANNEL, 10), Side(Account.FEE, -3), Side(Account.BANK, 0)]
    entry = posted(make_posting(debits=debits, credits=[Side(Account.INCOME, 7)]))
    assert lines_of(entry) == [("channel", "", 10, 0), ("fee", "", 0, 3), ("income", "", 0, 7)]


@pytest.mark.django_db
def test_a_reversal_is_the_opposite_with_who_and_why() -> None:
    payment = make_payment(state="succeeded")
    entry = posted(make_posting(payment))
    reversal = entry_of(reverse(entry.pk, by="li", note="booked in error"))
    assert lines_of(reversal) == [("channel", "", 0, 10_000), ("income", "", 10_000, 0)]
    assert (reversal.kind, reversal.reverses, reversal.payment) == ("reversal", entry, payment)
    assert (reversal.posted_by, reversal.note) == ("li", "booked in error")
    assert balances_of(payment) == {}


@pytest.mark.django_db
def test_an_entry_is_reversed_once() -> None:
    entry = posted(make_posting())
    assert reverse(entry.pk) is not None
    assert reverse(entry.pk) is None
    assert JournalEntry.objects.count() == 2
