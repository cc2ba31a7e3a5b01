"""A split that a person asks for is sent only when another person agrees."""

from collections import Counter
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from gateway.messages import Operation
from merchants.models import ChannelMerchant
from paycenter.kernel.approvals import Decision, Verdict
from paycenter.kernel.errors import Problem
from tests.support.clock import Clock
from tests.support.split_desk import SplitDesk, assert_books_agree, money, results
from tests.support.together import together
from transactions.models import Move, Payment, Receiver, Split
from transactions.services.commands import ShareCommand
from transactions.splits.by_hand import SplitWish, ask_for_split, decide_split


def _wish(receiver: Receiver, amount: int = 1_000, **changes: Any) -> SplitWish:
    facts: dict[str, Any] = {"release_rest": False, "asked_by": "asker", "reason": "as agreed"}
    return SplitWish((ShareCommand(receiver.receiver_no, amount, "保洁费"),), **facts | changes)


def _decide(
    split: Split, verdict: Verdict = Verdict.APPROVE, actor: str = "checker", version: int = 0
) -> bool:
    return decide_split(split.pk, Decision(verdict, actor, "checked", version))


@pytest.fixture
def receiver(split_desk: SplitDesk) -> Receiver:
    return split_desk.receiver()


@pytest.fixture
def payment(split_desk: SplitDesk) -> Payment:
    return split_desk.ready()


@pytest.fixture
def waiting(payment: Payment, receiver: Receiver) -> Split:
    return ask_for_split(payment.pk, _wish(receiver))


def _read(split: Split) -> Split:
    return Split.objects.get(pk=split.pk)


def test_it_is_sent_only_when_another_person_agrees(
    split_desk: SplitDesk, waiting: Split, payment: Payment
) -> None:
    sent = split_desk.desk.channel.calls_of
    split_desk.look()
    assert (waiting.state, sent(Operation.SPLIT)) == ("pending_approval", [])
    assert money(payment) == (1_000, 0, 0)

    assert _decide(waiting)
    split_desk.look()
    split_desk.look()

    assert (_read(waiting).state, results(waiting)) == ("finished", [(1_000, "succeeded")])
    assert len(sent(Operation.SPLIT)) == 1
    moves = Move.objects.filter(subject=Move.Subject.SPLIT, subject_id=waiting.pk)
    assert moves.order_by("pk").values_list("actor", "note").first() == ("checker", "checked")
    assert_books_agree(payment)


def test_who_asked_for_it_cannot_decide(waiting: Split, payment: Payment) -> None:
    with pytest.raises(ValidationError, match="Somebody else"):
        _decide(waiting, actor="asker")
    with pytest.raises(IntegrityError), transaction.atomic():
        Split.objects.filter(pk=waiting.pk).update(decided_by="asker")
    assert _read(waiting).state == "pending_approval"


def test_the_database_knows_no_split_by_hand_that_nobody_decided(waiting: Split) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Split.objects.filter(pk=waiting.pk).update(state="planned", due_at=waiting.created_at)


def test_refused_gives_the_money_back(
    split_desk: SplitDesk, waiting: Split, payment: Payment, receiver: Receiver
) -> None:
    assert _decide(waiting, Verdict.REFUSE)
    assert (_read(waiting).state, money(payment)) == ("cancelled", (0, 0, 0))
    assert results(waiting) == [(1_000, "failed")]
    assert ask_for_split(payment.pk, _wish(receiver, 2_000)).state == "pending_approval"
    assert_books_agree(payment)


def test_what_was_decided_meanwhile_is_not_decided_again(waiting: Split, payment: Payment) -> None:
    assert _decide(waiting, Verdict.REFUSE)
    assert not _decide(waiting, version=_read(waiting).version)
    assert money(payment) == (0, 0, 0)


def test_what_the_second_person_did_not_see_is_not_decided(waiting: Split) -> None:
    assert not _decide(waiting, version=waiting.version + 1)
    assert _read(waiting).state == "pending_approval"


def test_of_many_verdicts_at_once_one_counts(waiting: Split, payment: Payment) -> None:
    verdicts = (Verdict.APPROVE, Verdict.REFUSE)
    done = together(10, lambda n: _decide(waiting, verdicts[n % 2], f"checker{n}"))
    assert Counter(done) == {True: 1, False: 9}
    assert_books_agree(payment)


def test_one_waits_at_a_time(
    split_desk: SplitDesk, waiting: Split, payment: Payment, receiver: Receiver
) -> None:
    with pytest.raises(Problem, match="request_in_progress"):
        ask_for_split(payment.pk, _wish(receiver))
    answer = split_desk.split(payment, {receiver: 500})
    assert (answer.status, answer.code) == (409, "request_in_progress")


def test_a_refund_that_needs_the_money_ends_the_request(
    split_desk: SplitDesk, waiting: Split, payment: Payment
) -> None:
    answer = split_desk.desk.refund(payment, amount=10_000)
    assert answer.status == 201, answer
    assert _read(waiting).state == "cancelled"
    assert not _decide(waiting, version=_read(waiting).version)
    assert money(payment)[0] == 0
    assert_books_agree(payment)


def test_more_than_the_channel_lets_be_split_is_refused(
    payment: Payment, receiver: Receiver
) -> None:
    with pytest.raises(Problem, match="split_exceeds_payment"):
        ask_for_split(payment.pk, _wish(receiver, 3_001))
    assert money(payment) == (0, 0, 0)


def _lower_the_ratio(split: Split) -> None:
    ChannelMerchant.objects.update(max_split_ppm=1)


def _lose_the_receiver(split: Split) -> None:
    Receiver.objects.update(state="unbound")


@pytest.mark.parametrize("change", [_lower_the_ratio, _lose_the_receiver])
def test_what_became_impossible_is_judged_again_and_can_still_be_refused(
    waiting: Split, payment: Payment, change: Any
) -> None:
    change(waiting)
    with pytest.raises(ValidationError):
        _decide(waiting)
    assert _decide(waiting, Verdict.REFUSE)
    assert money(payment) == (0, 0, 0)


def test_after_its_time_it_is_not_approved(
    split_desk: SplitDesk, clock: Clock, waiting: Split
) -> None:
    clock.shift(split_desk.splits.terms.latest_seconds + 1)
    with pytest.raises(ValidationError, match="is over"):
        _decide(waiting)
