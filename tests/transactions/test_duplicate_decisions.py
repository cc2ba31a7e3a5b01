"""A duplicate payment that is held: one person decides, once, with a reason that is kept."""

import pytest

from gateway.messages import Operation, Outcome, RefundReport
from tests.support.desk import Desk
from tests.support.duplicates import alerts, held, paid_twice, refuse_refund, the_duplicate
from tests.support.together import together
from transactions.models import DuplicatePayment, Move, Payment, Refund
from transactions.services.duplicate_decisions import Decision, Verdict, decide_duplicate

NOTE = "asked the payer by telephone"


def _decide(duplicate: DuplicatePayment, verdict: Verdict) -> bool:
    decision = Decision(verdict, "li", NOTE, version=duplicate.version)
    return decide_duplicate(duplicate.payment.serial_no, decision)


def _books() -> tuple[str, int, int]:
    duplicate = the_duplicate()
    return duplicate.state, duplicate.payment.refund_reserved, duplicate.payment.refunded


def test_what_a_person_returns_goes_back_whole(desk: Desk) -> None:
    assert _decide(held(desk), Verdict.RETURN)
    assert _books() == ("return", 10_000, 0)
    assert (desk.the_refund().amount, desk.the_refund().refund_no) == (10_000, None)
    desk.sweep_refunds()
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))
    assert _books() == ("return", 0, 10_000)
    assert (desk.order().state, desk.order().refunded_amount) == ("paid", 0)


def test_what_a_person_keeps_stays(desk: Desk) -> None:
    assert _decide(held(desk), Verdict.KEEP)
    assert _books() == ("keep", 0, 0)
    assert not Refund.objects.exists()


def test_what_was_kept_may_be_returned_later(desk: Desk) -> None:
    _decide(held(desk), Verdict.KEEP)
    assert _decide(the_duplicate(), Verdict.RETURN)
    assert _books() == ("return", 10_000, 0)


def test_who_decided_and_why_is_kept(desk: Desk) -> None:
    _decide(held(desk), Verdict.KEEP)
    _decide(the_duplicate(), Verdict.RETURN)
    moves = Move.objects.filter(subject="duplicatepayment").order_by("pk")
    assert [(move.source, move.target, move.cause, move.actor, move.note) for move in moves] == [
        ("held", "keep", "person", "li", NOTE),
        ("keep", "return", "person", "li", NOTE),
    ]


def test_only_what_is_left_goes_back(desk: Desk) -> None:
    duplicate = held(desk)
    desk.refund(duplicate.payment, amount=4_000)
    assert _decide(the_duplicate(), Verdict.RETURN)
    assert _books() == ("return", 10_000, 0)
    assert Refund.objects.get(refund_no=None).amount == 6_000


def test_what_failed_to_go_back_may_be_returned_again(desk: Desk) -> None:
    paid_twice(desk)
    refuse_refund(desk)
    desk.sweep_refunds()
    assert _decide(the_duplicate(), Verdict.RETURN)
    desk.sweep_refunds()
    first, second = desk.channel.calls_of(Operation.REFUND)
    assert first.number != second.number
    assert _books() == ("return", 10_000, 0)


def test_what_a_person_returned_in_vain_is_held_again(desk: Desk) -> None:
    _decide(held(desk), Verdict.RETURN)
    refuse_refund(desk)
    desk.sweep_refunds()
    assert _books() == ("held", 0, 0)
    assert len(alerts("duplicate_refund_failed")) == 1


@pytest.mark.parametrize("verdict", Verdict)
def test_what_goes_back_by_itself_needs_no_decision(desk: Desk, verdict: Verdict) -> None:
    paid_twice(desk)
    assert not _decide(the_duplicate(), verdict)
    assert _books() == ("return", 10_000, 0)
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("verdict", Verdict)
def test_what_the_application_returned_needs_no_decision(desk: Desk, verdict: Verdict) -> None:
    duplicate = held(desk)
    desk.refund(duplicate.payment, amount=10_000)
    assert not _decide(the_duplicate(), verdict)
    assert Refund.objects.count() == 1


def test_what_is_kept_is_kept_once(desk: Desk) -> None:
    _decide(held(desk), Verdict.KEEP)
    assert not _decide(the_duplicate(), Verdict.KEEP)


@pytest.mark.parametrize("verdict", Verdict)
def test_a_decision_about_what_was_decided_since_is_refused(desk: Desk, verdict: Verdict) -> None:
    seen = held(desk)
    _decide(seen, Verdict.KEEP)
    assert not _decide(seen, verdict)
    assert _books() == ("keep", 0, 0)


def test_a_payment_that_is_no_duplicate_is_not_decided_about(desk: Desk) -> None:
    payment = desk.paid_payment()
    decision = Decision(Verdict.RETURN, "li", NOTE, version=0)
    assert not decide_duplicate(payment.serial_no, decision)
    assert not decide_duplicate("P0", decision)
    assert not Refund.objects.exists()


@pytest.mark.parametrize("other", Verdict)
def test_of_people_who_decide_at_once_one_does(desk: Desk, other: Verdict) -> None:
    seen = held(desk)
    verdicts = [Verdict.RETURN, other] * 3
    assert sum(together(6, lambda index: _decide(seen, verdicts[index]))) == 1
    state, reserved, refunded = _books()
    assert (state, reserved, refunded) in [("return", 10_000, 0), ("keep", 0, 0)]
    assert Refund.objects.count() == (state == "return")


def test_a_person_and_an_application_at_once_return_it_once(desk: Desk) -> None:
    seen = held(desk)

    def work(index: int) -> object:
        if index % 2:
            return _decide(seen, Verdict.RETURN)
        return desk.refund(seen.payment, f"R{index}", amount=6_000)

    together(6, work)
    assert _books() == ("return", 10_000, 0)
    assert sum(Refund.objects.values_list("amount", flat=True)) == 10_000


def test_a_person_who_keeps_and_an_application_that_returns_at_once_agree(desk: Desk) -> None:
    seen = held(desk)

    def work(index: int) -> object:
        if index % 2:
            return _decide(seen, Verdict.KEEP)
        return desk.refund(seen.payment, amount=10_000)

    together(2, work)
    assert _books() == ("return", 10_000, 0)
    assert Refund.objects.get().amount == 10_000


def test_a_decision_and_a_failure_at_once_leave_nothing_without_an_owner(desk: Desk) -> None:
    """The application's part fails while a person returns the rest."""
    seen = held(desk)
    desk.refund(seen.payment, amount=4_000)
    refused = RefundReport(Outcome.FAILED, desk.the_refund().refund_serial_no)
    together(2, lambda index: _decide(seen, Verdict.RETURN) if index else desk.callback(refused))
    payment = Payment.objects.get(pk=seen.payment_id)
    assert (the_duplicate().state == "return") == (payment.left == 0)
    assert payment.refund_reserved == sum(
        Refund.objects.exclude(state="failed").values_list("amount", flat=True)
    )
