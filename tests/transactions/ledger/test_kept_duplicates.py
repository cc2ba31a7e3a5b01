"""Money paid twice that the company keeps is income, as long and as far as it is kept."""

from tests.support.books import balances_of, kinds
from tests.support.desk import Desk
from tests.support.duplicates import held, refuse_refund, the_duplicate
from transactions.models import JournalEntry
from transactions.services.duplicate_decisions import Decision, Verdict, decide_duplicate

KEPT = {("channel", ""): 10_000, ("income", ""): -10_000}
TO_BE_RETURNED = {("channel", ""): 10_000, ("duplicate", ""): -10_000}


def _decide(verdict: Verdict) -> None:
    duplicate = the_duplicate()
    decision = Decision(verdict, "li", "as agreed", version=duplicate.version)
    assert decide_duplicate(duplicate.payment.serial_no, decision)


def test_what_is_kept_becomes_income_by_who_decided(desk: Desk) -> None:
    payment = held(desk).payment
    assert balances_of(payment) == TO_BE_RETURNED
    _decide(Verdict.KEEP)
    entry = payment.journal_entries.get(kind="duplicate_kept")
    assert (entry.posted_by, entry.note) == ("li", "as agreed")
    assert balances_of(payment) == KEPT


def test_what_is_given_back_later_is_reversed_first(desk: Desk) -> None:
    payment = held(desk).payment
    _decide(Verdict.KEEP)
    _decide(Verdict.RETURN)
    assert kinds(payment) == ["duplicate", "duplicate_kept", "reversal"]
    assert balances_of(payment) == TO_BE_RETURNED
    desk.sweep_refunds()
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))
    assert balances_of(payment) == {}


def test_only_what_is_not_going_back_is_kept(desk: Desk) -> None:
    payment = held(desk).payment
    desk.refund(payment, amount=4_000)
    _decide(Verdict.KEEP)
    assert balances_of(payment) == TO_BE_RETURNED | {
        ("duplicate", ""): -4_000,
        ("income", ""): -6_000,
    }


def test_a_refund_of_what_is_kept_takes_it_out_of_income(desk: Desk) -> None:
    payment = held(desk).payment
    _decide(Verdict.KEEP)
    desk.refund(payment, amount=4_000)
    desk.sweep_refunds()
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))
    assert balances_of(payment) == {("channel", ""): 6_000, ("income", ""): -6_000}


def test_what_failed_to_go_back_is_kept_again(desk: Desk) -> None:
    payment = held(desk).payment
    _decide(Verdict.KEEP)
    refuse_refund(desk)
    desk.refund(payment, amount=4_000)
    desk.sweep_refunds()
    assert the_duplicate().state == "keep"
    assert balances_of(payment) == KEPT
    references = payment.journal_entries.filter(kind="duplicate_kept").order_by("pk")
    assert list(references.values_list("reference", flat=True)) == [
        payment.serial_no,
        f"{payment.serial_no}-2",
        f"{payment.serial_no}-3",
    ]


def test_a_duplicate_that_is_not_kept_is_never_income(desk: Desk) -> None:
    payment = held(desk).payment
    desk.refund(payment, amount=4_000)
    assert kinds(payment) == ["duplicate"]
    assert not JournalEntry.objects.filter(kind="duplicate_kept").exists()
