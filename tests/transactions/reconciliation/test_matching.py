"""What differs between a channel bill and our books is found, whatever it is, and nothing else."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from merchants.models import ChannelMerchant
from notifications.models import Event
from tests.transactions.reconciliation.ledgers import Books, found, noon, open_books, reconcile
from transactions.models import (
    ChannelBill,
    Difference,
    JournalEntry,
    Move,
    Payment,
    Receiver,
    Reconciliation,
    Refund,
    Split,
    SplitShare,
)
from transactions.reconciliation import running
from transactions.reconciliation.running import run

DAY = date(2026, 11, 20)
NEXT = DAY + timedelta(days=1)


def _differences() -> set[tuple[str, str, str]]:
    return found(Difference.objects.exclude(state="vanished"))


def test_equal_books_have_no_difference(books: Books) -> None:
    payment = books.paid(10_000, noon(DAY))
    books.refunded(payment, 3_000, noon(DAY, 1))
    books.paid(500, noon(DAY))
    done = books.reconcile(DAY)
    assert (done.state, done.counts["equal"]) == (Reconciliation.State.DONE, 3)
    assert _differences() == set()


def test_a_line_without_a_payment_is_only_at_the_channel(books: Books) -> None:
    books.line(noon(DAY), number="P-unknown", amount=500)
    books.line(noon(DAY), number="", channel_number="4200", amount=600)
    books.line(noon(DAY), movement="refund", number="R-unknown", amount=70)
    books.reconcile(DAY)
    assert _differences() == {
        ("channel_only", "P-unknown", "open"),
        ("channel_only", "4200", "open"),
        ("channel_only", "R-unknown", "open"),
    }


def test_another_channel_merchants_payment_is_only_at_the_channel(books: Books) -> None:
    other = open_books().paid(500, noon(DAY), listed=False)
    books.line(noon(DAY), number=other.serial_no, amount=500)
    books.reconcile(DAY)
    assert _differences() == {("channel_only", other.serial_no, "open")}


def test_a_payment_without_a_line_waits_for_the_next_bill_then_is_open(books: Books) -> None:
    payment = books.paid(500, noon(DAY), listed=False)
    books.reconcile(DAY)
    assert _differences() == {("local_only", payment.serial_no, "pending")}
    books.reconcile(NEXT)
    assert _differences() == {("local_only", payment.serial_no, "open")}


def test_a_payment_around_midnight_is_found_in_the_next_bill(books: Books) -> None:
    payment = books.paid(500, noon(DAY, 11), listed=False)
    books.reconcile(DAY)
    books.line(
        noon(NEXT, -12),
        number=payment.serial_no,
        channel_number=f"42{payment.serial_no}",
        amount=500,
    )
    books.reconcile(NEXT)
    assert _differences() == set()
    gone = Move.objects.get(subject="difference")
    assert (gone.source, gone.target, gone.cause) == ("pending", "vanished", "bill")


def test_a_refund_listed_on_the_day_it_was_asked_for_is_not_missed_later(books: Books) -> None:
    payment = books.paid(10_000, noon(DAY))
    refund = books.refunded(payment, 100, noon(NEXT), listed=False)
    number = f"50{refund.refund_serial_no}"
    books.line(
        noon(DAY),
        movement="refund",
        number=refund.refund_serial_no,
        channel_number=number,
        amount=100,
        outcome="pending",
    )
    books.reconcile(DAY)
    books.reconcile(NEXT)
    assert _differences() == set()


@pytest.mark.parametrize("movement", ["payment", "refund"])
def test_amounts_that_differ(books: Books, movement: str) -> None:
    payment = books.paid(10_000, noon(DAY), listed=movement == "refund")
    number = payment.serial_no
    if movement == "refund":
        number = books.refunded(payment, 300, noon(DAY), listed=False).refund_serial_no
    books.line(noon(DAY), movement=movement, number=number, amount=299)
    books.reconcile(DAY)
    assert _differences() == {("amount", number, "open")}
    row = Difference.objects.get()
    assert (row.ours, row.theirs) == (10_000 if movement == "payment" else 300, 299)


def test_states_that_differ(books: Books) -> None:
    payment = books.paid(10_000, noon(DAY), listed=False)
    books.line(noon(DAY), number=payment.serial_no, amount=10_000, outcome="failed")
    books.reconcile(DAY)
    assert _differences() == {("state", payment.serial_no, "open")}


def test_another_number_of_the_channel(books: Books) -> None:
    payment = books.paid(10_000, noon(DAY), listed=False)
    books.line(noon(DAY), number=payment.serial_no, channel_number="4299", amount=10_000)
    books.reconcile(DAY)
    assert _differences() == {("state", payment.serial_no, "open")}
    assert "4299" in Difference.objects.get().detail


def test_a_number_that_stands_twice(books: Books) -> None:
    payment = books.paid(10_000, noon(DAY))
    books.line(noon(DAY), number=payment.serial_no, amount=10_000)
    books.reconcile(DAY)
    assert _differences() == {("duplicate", payment.serial_no, "open")}


def test_a_fee_that_is_not_the_agreed_one(books: Books) -> None:
    ChannelMerchant.objects.update(fee_ppm=6_000)
    usual = books.paid(10_000, noon(DAY), listed=False)
    dear = books.paid(10_000, noon(DAY), listed=False)
    rounded = books.paid(83, noon(DAY), listed=False)
    for payment, fee in ((usual, 60), (dear, 61), (rounded, 0)):
        books.line(
            noon(DAY),
            number=payment.serial_no,
            channel_number=f"42{payment.serial_no}",
            amount=payment.amount,
            fee=fee,
        )
    books.reconcile(DAY)
    assert _differences() == {("fee", dear.serial_no, "open")}


def test_a_payment_that_the_ledger_lacks_is_a_difference(books: Books) -> None:
    payment = books.paid(10_000, noon(DAY))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE transactions_journalline DISABLE TRIGGER append_only")
        cursor.execute("ALTER TABLE transactions_journalentry DISABLE TRIGGER append_only")
        cursor.execute("DELETE FROM transactions_journalline")
        cursor.execute("DELETE FROM transactions_journalentry")
    books.reconcile(DAY)
    assert _differences() == {("state", payment.serial_no, "open")}
    assert "ledger" in Difference.objects.get().detail


class TestRepairs:
    def test_a_lost_success_is_booked_by_the_bill(self, books: Books) -> None:
        payment = books.paid(10_000, noon(DAY), told=False)
        done = books.reconcile(DAY)
        payment.refresh_from_db()
        assert (payment.state, payment.channel_serial_no) == ("succeeded", f"42{payment.serial_no}")
        assert (done.counts["repaired"], done.counts["equal"]) == (1, 1)
        assert _differences() == set()
        assert Move.objects.filter(subject="payment", cause="bill").count() == 1
        assert JournalEntry.objects.get().reference == payment.serial_no
        assert Event.objects.get().type == "payment.succeeded"

    def test_a_lost_success_after_a_close_is_booked_too(self, books: Books) -> None:
        payment = books.paid(10_000, noon(DAY), told=False)
        Payment.objects.filter(pk=payment.pk).update(state="closed", due_at=None)
        books.reconcile(DAY)
        payment.refresh_from_db()
        assert payment.state == "succeeded"

    def test_a_lost_refund_is_booked_by_the_bill(self, books: Books) -> None:
        payment = books.paid(10_000, noon(DAY))
        refund = books.refunded(payment, 400, noon(DAY), told=False)
        books.reconcile(DAY)
        refund.refresh_from_db()
        assert refund.state == "succeeded"
        assert Payment.objects.get().refunded == 400
        assert _differences() == set()

    def test_the_door_believes_a_line_no_more_than_a_callback(self, books: Books) -> None:
        payment = books.paid(10_000, noon(DAY), told=False, listed=False)
        books.line(noon(DAY), number=payment.serial_no, channel_number="42", amount=9_999)
        done = books.reconcile(DAY)
        payment.refresh_from_db()
        assert (payment.state, done.counts["repaired"]) == ("pending", 0)
        assert _differences() == {("amount", payment.serial_no, "open")}


class TestAgain:
    def test_the_same_bill_again_finds_nothing_new_and_keeps_the_work(self, books: Books) -> None:
        books.line(noon(DAY), number="P-unknown", amount=500)
        bill = books.bill(DAY)
        reconcile(bill)
        Difference.objects.update(state="assigned", assignee="li")
        reconcile(bill)
        row = Difference.objects.get()
        assert (row.state, row.assignee) == ("assigned", "li")

    def test_a_revision_takes_away_what_it_mends(self, books: Books) -> None:
        books.line(noon(DAY), number="P-wrong", amount=500)
        books.line(noon(DAY), number="P-still", amount=500)
        books.reconcile(DAY)
        del books.lines[DAY][0]
        second = books.reconcile(DAY)
        assert _differences() == {("channel_only", "P-still", "open")}
        assert Difference.objects.get(number="P-still").channel_bill == second.channel_bill
        assert Difference.objects.get(number="P-wrong").state == "vanished"

    def test_what_was_resolved_is_not_found_again(self, books: Books) -> None:
        books.line(noon(DAY), number="P-unknown", amount=500)
        bill = books.bill(DAY)
        reconcile(bill)
        Difference.objects.update(state="resolved", proposed_by="li", resolved_by="wang")
        before = Difference.objects.values().get()
        reconcile(bill)
        assert Difference.objects.values().get() == before

    def test_a_replaced_bill_is_not_compared(self, books: Books) -> None:
        books.line(noon(DAY), number="P-unknown", amount=500)
        bill = books.bill(DAY)
        ChannelBill.objects.filter(pk=bill.pk).update(state="replaced")
        assert reconcile(bill).counts == {}
        assert _differences() == set()

    def test_a_done_run_does_nothing(self, books: Books) -> None:
        done = books.reconcile(DAY)
        books.paid(500, noon(DAY), listed=False)
        run(done.pk)
        assert _differences() == set()


def test_an_empty_day_is_compared(books: Books) -> None:
    payment = books.paid(500, noon(DAY), listed=False)
    bill = books.bill(DAY)
    ChannelBill.objects.filter(pk=bill.pk).update(state="empty")
    bill.refresh_from_db()
    reconcile(bill)
    assert _differences() == {("local_only", payment.serial_no, "pending")}


def test_an_application_hears_once_of_differences_of_its_payments(books: Books) -> None:
    payment = books.paid(10_000, noon(DAY), listed=False)
    books.line(noon(DAY), number=payment.serial_no, amount=9_000)
    books.line(noon(DAY), number="P-unknown", amount=500)
    bill = books.bill(DAY)
    for _ in range(2):
        reconcile(bill)
    told: dict[str, Any] = Event.objects.get(type="reconciliation.difference").data
    assert (told["type"], told["serial_no"]) == ("amount", payment.serial_no)
    assert (told["amount"], told["channel_amount"]) == (10_000, 9_000)


def test_refunds_are_found_by_their_own_number(books: Books) -> None:
    payment = books.paid(10_000, noon(DAY))
    refund = books.refunded(payment, 100, noon(DAY), listed=False)
    books.reconcile(DAY)
    assert _differences() == {("local_only", refund.refund_serial_no, "pending")}
    assert Difference.objects.get().refund == Refund.objects.get()


def test_what_a_bill_has_no_lines_for_cannot_be_missing_from_it(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EasyPay lists orders only: a refund is not looked for there."""
    payment = books.paid(10_000, noon(DAY))
    books.refunded(payment, 100, noon(DAY), listed=False)
    monkeypatch.setattr(running, "_movements", lambda _: ["payment"])
    books.reconcile(DAY)
    assert _differences() == set()


class TestSplits:
    """Splits are looked for in the bill of the account, where its lines name them."""

    @pytest.fixture
    def split(self, books: Books) -> str:
        """A split whose one receiver got 30 yuan on the day; returns its number."""
        payment = books.paid(10_000, noon(DAY))
        receiver = Receiver.objects.create(
            merchant=payment.merchant,
            channel_merchant=books.owner,
            label="保洁",
            kind="merchant",
            account_hash="x",
            relation="partner",
        )
        split = Split.objects.create(
            merchant=payment.merchant,
            application=books.application,
            payment=payment,
            split_serial_no="S261120000000ABCDEFGHJKM",
            amount=3_000,
            state="finished",
            finished_at=noon(DAY, 1),
            content_hash="x",
            created_at=noon(DAY),
        )
        SplitShare.objects.create(
            merchant=payment.merchant,
            split=split,
            receiver=receiver,
            kind="merchant",
            amount=3_000,
            description="保洁",
            result="succeeded",
        )
        return split.split_serial_no

    def _line(self, books: Books, number: str, change: int) -> None:
        books.line(noon(DAY, 1), movement="split", number=number, amount=None, change=change)

    def test_equal(self, books: Books, split: str) -> None:
        self._line(books, split, -1_000)
        self._line(books, split, -2_000)
        books.reconcile(DAY, "account")
        assert _differences() == set()

    def test_another_amount(self, books: Books, split: str) -> None:
        self._line(books, split, -2_999)
        books.reconcile(DAY, "account")
        assert _differences() == {("amount", split, "open")}
        row = Difference.objects.get()
        assert (row.ours, row.theirs) == (3_000, 2_999)

    def test_only_at_the_channel(self, books: Books, split: str) -> None:
        self._line(books, split, -3_000)
        self._line(books, "S-nobodys", -5)
        books.reconcile(DAY, "account")
        assert _differences() == {("channel_only", "S-nobodys", "open")}

    def test_only_here(self, books: Books, split: str) -> None:
        books.reconcile(DAY, "account")
        assert _differences() == {("local_only", split, "pending")}

    def test_where_no_line_names_a_split_none_is_missing(
        self, books: Books, split: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(running, "_movements", lambda _: ["payment"])
        self._line(books, "", -3_000)
        books.reconcile(DAY, "account")
        assert _differences() == set()
