"""A refund that needs what receivers got takes it back first, or takes it back itself."""

from typing import Any

import pytest

from gateway.messages import Failure, Operation, Outcome, RefundReport
from gateway.split_messages import ReleaseReport, ReleaseRequest, ReturnReport, ReturnRequest
from merchants.models import Merchant
from paycenter.kernel.approvals import Decision, Verdict
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import events
from tests.support.signing import Answer
from tests.support.split_desk import SplitDesk, alerts, assert_books_agree, money, results
from transactions.models import (
    JournalEntry,
    Move,
    Payment,
    Refund,
    Split,
    SplitRelease,
    SplitReturn,
    SplitShare,
)
from transactions.services.refund_approvals import decide_waiting_refund
from transactions.services.refund_truth import apply_refund_report
from transactions.splits.return_truth import apply_return_report
from transactions.splits.setting_aside import proportional

POOR, RICH = "1600000001", "1600000002"


def _working(request: ReturnRequest) -> ReturnReport:
    return ReturnReport(Outcome.PENDING, request.return_serial_no, "fake-1")


def _unanswered(request: ReleaseRequest) -> ReleaseReport:
    return ReleaseReport(Outcome.UNKNOWN, request.release_serial_no)


def _divided(split_desk: SplitDesk) -> Payment:
    """Return a payment of 100 yuan of which POOR has 20 and RICH 10."""
    shares = {
        split_desk.receiver(account=POOR): 2_000,
        split_desk.receiver(account=RICH): 1_000,
    }
    return split_desk.payment(split_desk.shared(shares).payment)


def _refund(split_desk: SplitDesk, amount: int, refund_no: str = "R1") -> Answer:
    return split_desk.desk.refund(_the_payment(split_desk), refund_no, amount=amount)


def _the_payment(split_desk: SplitDesk) -> Payment:
    return split_desk.desk.the_payment()


def _sent(split_desk: SplitDesk) -> list[Operation]:
    calls = split_desk.desk.channel.calls_of(Operation.SPLIT_RETURN, Operation.REFUND)
    return [call.operation for call in calls]


def _apply_return(returned: SplitReturn, outcome: Outcome) -> str:
    owner = returned.share.split.payment.channel_merchant
    report = ReturnReport(outcome, returned.return_serial_no)
    return str(apply_return_report(owner, report, cause=Move.Cause.QUERY).effect)


def _shares() -> list[tuple[int, int]]:
    """Return what of each share came back, and what is coming back."""
    return list(SplitShare.objects.order_by("pk").values_list("returned", "return_reserved"))


def test_what_is_not_shared_is_refunded_without_asking_anybody(split_desk: SplitDesk) -> None:
    _divided(split_desk)
    assert _refund(split_desk, 7_000)["state"] == "processing"
    assert _sent(split_desk) == [Operation.REFUND]
    assert money(_the_payment(split_desk)) == (3_000, 7_000, 0)


def test_the_refund_waits_for_its_shares_and_follows_them(split_desk: SplitDesk) -> None:
    payment = _divided(split_desk)
    answer = _refund(split_desk, 8_500)
    assert (answer.status, answer["state"]) == (201, "processing")
    assert _sent(split_desk) == [Operation.SPLIT_RETURN, Operation.SPLIT_RETURN, Operation.REFUND]
    assert _shares() == [(1_000, 0), (500, 0)]
    assert money(payment) == (1_500, 8_500, 0)
    assert_books_agree(payment)
    split_desk.desk.callback(split_desk.desk.channel.refunded(answer["refund_serial_no"]))
    assert money(payment) == (1_500, 0, 8_500)
    assert_books_agree(payment)
    assert [event.data["refund_serial_no"] for event in events("split.returned")] == [
        answer["refund_serial_no"]
    ] * 2


def test_everything_is_refunded_after_every_share_came_back(split_desk: SplitDesk) -> None:
    payment = _divided(split_desk)
    number = _refund(split_desk, 10_000)["refund_serial_no"]
    split_desk.desk.callback(split_desk.desk.channel.refunded(number))
    assert (money(payment), split_desk.desk.order().state) == ((0, 0, 10_000), "refunded")
    assert _shares() == [(2_000, 0), (1_000, 0)]
    assert_books_agree(payment)


def test_until_the_last_share_is_back_nothing_is_refunded(split_desk: SplitDesk) -> None:
    payment = _divided(split_desk)
    split_desk.desk.channel.answers(Operation.SPLIT_RETURN, _working, _working)
    answer = _refund(split_desk, 8_500)
    assert answer["state"] == "approved"
    assert money(payment) == (1_500, 8_500, 0)
    split_desk.desk.sweep_refunds()
    split_desk.desk.sweep_refunds()
    assert Operation.REFUND not in _sent(split_desk)
    assert_books_agree(payment)
    first, second = SplitReturn.objects.order_by("pk")
    _apply_return(first, Outcome.SUCCEEDED)
    split_desk.desk.sweep_refunds()
    assert Operation.REFUND not in _sent(split_desk)
    _apply_return(second, Outcome.SUCCEEDED)
    assert Refund.objects.filter(due_at__lte=now()).exists()
    split_desk.desk.sweep_refunds()
    assert _sent(split_desk)[-1] == Operation.REFUND
    assert _sent(split_desk).count(Operation.REFUND) == 1


def test_one_share_that_does_not_come_back_ends_the_refund(split_desk: SplitDesk) -> None:
    payment = _divided(split_desk)
    split_desk.splits.refusing.add(RICH)
    answer = _refund(split_desk, 8_500)
    assert (answer["state"], answer["failure"]["code"]) == ("failed", "ACCOUNT_ABNORMAL")
    assert Operation.REFUND not in _sent(split_desk)
    assert _shares() == [(1_000, 0), (0, 0)]
    assert money(payment) == (2_000, 0, 0)
    assert len(events("refund.failed")) == len(alerts("split_return_failed")) == 1
    assert_books_agree(payment)
    assert _refund(split_desk, 8_000, "R2").status == 201


def test_what_was_not_sent_yet_is_given_up_with_the_refund(split_desk: SplitDesk) -> None:
    payment = _divided(split_desk)
    split_desk.splits.refusing.add(POOR)
    assert _refund(split_desk, 8_500)["state"] == "failed"
    states = list(SplitReturn.objects.order_by("pk").values_list("state", "failure_code"))
    assert states == [("failed", "ACCOUNT_ABNORMAL"), ("failed", "refund_failed")]
    assert (_shares(), money(payment)) == ([(0, 0), (0, 0)], (3_000, 0, 0))
    assert_books_agree(payment)


def test_a_return_under_way_goes_on_by_itself_when_its_refund_failed(
    split_desk: SplitDesk,
) -> None:
    payment = _divided(split_desk)
    split_desk.desk.channel.answers(Operation.SPLIT_RETURN, _working)
    _refund(split_desk, 8_500)
    first, second = SplitReturn.objects.order_by("pk")
    _apply_return(second, Outcome.FAILED)
    assert Refund.objects.get().state == "failed"
    assert (_shares(), money(payment)) == ([(0, 1_000), (0, 0)], (3_000, 0, 0))
    assert_books_agree(payment)
    _apply_return(first, Outcome.SUCCEEDED)
    assert (_shares(), money(payment)) == ([(1_000, 0), (0, 0)], (2_000, 0, 0))
    assert_books_agree(payment)


def test_a_refund_that_fails_leaves_what_came_back_with_the_company(
    split_desk: SplitDesk,
) -> None:
    payment = _divided(split_desk)
    number = _refund(split_desk, 8_500)["refund_serial_no"]
    report = RefundReport(Outcome.FAILED, number, failure=Failure("X", "no"))
    split_desk.desk.callback(report)
    assert (_shares(), money(payment)) == ([(1_000, 0), (500, 0)], (1_500, 0, 0))
    assert_books_agree(payment)


def test_more_than_can_come_back_is_refused_with_what_can(split_desk: SplitDesk) -> None:
    payment = _divided(split_desk)
    SplitShare.objects.filter(amount=1_000).update(kind="openid")
    answer = _refund(split_desk, 9_001)
    assert (answer.status, answer.code) == (409, "refund_exceeds_payment")
    assert "9000 of 10000 fen can be refunded" in answer["detail"]
    assert (money(payment), _shares()) == ((3_000, 0, 0), [(0, 0), (0, 0)])
    assert _refund(split_desk, 9_000, "R2").status == 201


def test_after_its_time_a_share_stays_where_it_is(clock: Clock, split_desk: SplitDesk) -> None:
    _divided(split_desk)
    clock.shift(split_desk.splits.terms.return_seconds + 1)
    assert "7000 of 10000 fen" in _refund(split_desk, 7_001)["detail"]


def test_a_split_that_was_not_sent_is_given_up(clock: Clock, split_desk: SplitDesk) -> None:
    payment = split_desk.paid()
    split_desk.split(payment, {split_desk.receiver(): 3_000})
    assert split_desk.desk.refund(payment, amount=7_001).status == 201
    split = Split.objects.get()
    assert (split.state, split.due_at, results(split)) == ("cancelled", None, [(3_000, "failed")])
    assert money(payment) == (0, 7_001, 0)
    [event] = events("split.failed")
    assert event.data["state"] == "cancelled"
    clock.shift(60)
    split_desk.look()
    assert split_desk.desk.channel.calls_of(Operation.SPLIT) == []
    assert_books_agree(payment)


def test_a_split_that_may_be_on_its_way_is_not_given_up(split_desk: SplitDesk) -> None:
    payment = split_desk.paid()
    split_desk.split(payment, {split_desk.receiver(): 3_000})
    Split.objects.update(sent_at=now())
    assert split_desk.desk.refund(payment, amount=7_001).code == "request_in_progress"
    assert (Split.objects.get().state, money(payment)) == ("planned", (3_000, 0, 0))


def test_a_split_that_is_not_needed_stays_planned(clock: Clock, split_desk: SplitDesk) -> None:
    payment = split_desk.paid()
    split_desk.split(payment, {split_desk.receiver(): 3_000})
    assert split_desk.desk.refund(payment, amount=7_000).status == 201
    assert (Split.objects.get().state, money(payment)) == ("planned", (3_000, 7_000, 0))


@pytest.mark.parametrize(("amount", "releases"), [(9_000, 1), (10_000, 0)])
def test_what_a_given_up_rule_split_leaves_is_freed(
    clock: Clock, split_desk: SplitDesk, amount: int, releases: int
) -> None:
    payment = split_desk.paid(rule=split_desk.rule({split_desk.receiver(): 300_000}))
    split_desk.desk.refund(payment, amount=amount)
    assert Split.objects.get().state == "cancelled"
    clock.shift(60)
    split_desk.look()
    assert SplitRelease.objects.filter(state="succeeded").count() == releases


def test_a_split_under_way_is_waited_for(split_desk: SplitDesk) -> None:
    payment = split_desk.ready()
    split_desk.split(payment, {split_desk.receiver(): 3_000})
    answer = split_desk.desk.refund(payment, amount=7_001)
    assert (answer.status, answer.code) == (409, "request_in_progress")
    assert answer.headers["Retry-After"] == "60"
    assert money(payment) == (3_000, 0, 0)
    split_desk.look()
    assert split_desk.desk.refund(payment, amount=7_001).status == 201


def test_the_rest_is_released_before_a_refund_of_more_than_is_frozen(
    split_desk: SplitDesk,
) -> None:
    _divided(split_desk)
    split_desk.desk.channel.answers(Operation.RELEASE, _unanswered)
    assert _refund(split_desk, 8_500)["state"] == "approved"
    assert SplitRelease.objects.get().state == "unknown"
    assert Operation.REFUND not in _sent(split_desk)
    split_desk.desk.sweep_refunds()
    assert SplitRelease.objects.get().state == "succeeded"
    assert _sent(split_desk) == [Operation.SPLIT_RETURN, Operation.SPLIT_RETURN, Operation.REFUND]


def test_what_came_back_before_is_refunded_after_a_release(split_desk: SplitDesk) -> None:
    receiver = split_desk.receiver()
    split = split_desk.shared({receiver: 3_000})
    split_desk.give_back(split, receiver, 1_000)
    assert _refund(split_desk, 7_000)["state"] == "processing"
    assert not SplitRelease.objects.exists()
    assert _refund(split_desk, 1_000, "R2")["state"] == "processing"
    assert SplitRelease.objects.get().state == "succeeded"
    assert not SplitReturn.objects.filter(refund__isnull=False).exists()


def test_what_a_split_freed_already_is_not_released_again(split_desk: SplitDesk) -> None:
    payment = split_desk.ready()
    split_desk.split(payment, {split_desk.receiver(): 3_000}, release_rest=True)
    split_desk.look()
    assert _refund(split_desk, 10_000)["state"] == "processing"
    assert not SplitRelease.objects.exists()


def test_where_the_channel_splits_nothing_a_refund_is_a_refund(
    split_desk: SplitDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    split_desk.ready()
    monkeypatch.setattr(split_desk.desk.channel, "splits", None)
    assert _refund(split_desk, 10_000)["state"] == "processing"


def test_what_a_return_takes_already_is_not_taken_twice(split_desk: SplitDesk) -> None:
    receiver = split_desk.receiver()
    split = split_desk.shared({receiver: 3_000})
    split_desk.desk.channel.answers(Operation.SPLIT_RETURN, _working)
    split_desk.give_back(split, receiver, 2_000)
    assert "8000 of 10000 fen" in _refund(split_desk, 8_001)["detail"]
    assert _refund(split_desk, 8_000, "R2").status == 201
    assert_books_agree(split.payment)


def test_the_same_refund_again_takes_nothing_more(split_desk: SplitDesk) -> None:
    payment = _divided(split_desk)
    _refund(split_desk, 8_500)
    assert _refund(split_desk, 8_500).status == 200
    assert (SplitReturn.objects.count(), money(payment)) == (2, (1_500, 8_500, 0))


@pytest.mark.parametrize(
    ("kept", "needed", "parts"),
    [
        ([1, 1, 1], 1, [1]),
        ([1, 1, 1], 2, [1, 1]),
        ([1, 1, 1], 3, [1, 1, 1]),
        ([2_000, 1_000], 1_000, [667, 333]),
        ([10, 10, 10], 20, [7, 7, 6]),
        ([1, 999], 999, [1, 998]),
        ([5], 5, [5]),
    ],
)
def test_each_receiver_gives_its_part_to_the_fen(
    kept: list[int], needed: int, parts: list[int]
) -> None:
    shares = [SplitShare(amount=amount) for amount in kept]
    divided = proportional(shares, needed)
    assert [part.amount for part in divided] == parts
    assert sum(part.amount for part in divided) == needed
    assert all(part.amount <= part.share.kept for part in divided)


class TestCarriedByTheRefund:
    """Where the channel takes shares back with the refund itself."""

    def _refunding(self, desk: SplitDesk, amount: int = 8_500) -> Refund:
        _divided(desk)
        assert _refund(desk, amount)["state"] == "processing"
        return desk.desk.the_refund()

    def test_it_names_the_receivers_and_what_each_gives(self, carrying_desk: SplitDesk) -> None:
        refund = self._refunding(carrying_desk)
        taken = carrying_desk.splits.taken_with(refund.refund_serial_no)
        assert taken == [(POOR, 1_000), (RICH, 500)]
        assert Operation.SPLIT_RETURN not in _sent(carrying_desk)
        assert (_shares(), money(refund.payment)) == ([(0, 1_000), (0, 500)], (1_500, 8_500, 0))
        assert_books_agree(refund.payment)

    def test_its_success_brings_the_shares_back(self, carrying_desk: SplitDesk) -> None:
        refund = self._refunding(carrying_desk)
        report = carrying_desk.desk.channel.refunded(refund.refund_serial_no)
        carrying_desk.desk.callback(report)
        carrying_desk.desk.callback(report)
        assert (_shares(), money(refund.payment)) == ([(1_000, 0), (500, 0)], (1_500, 0, 8_500))
        assert JournalEntry.objects.filter(kind="split_return").count() == 2
        assert len(events("split.returned")) == 2
        assert_books_agree(refund.payment)

    def test_its_failure_leaves_the_shares(self, carrying_desk: SplitDesk) -> None:
        refund = self._refunding(carrying_desk)
        carrying_desk.desk.callback(RefundReport(Outcome.FAILED, refund.refund_serial_no))
        assert (_shares(), money(refund.payment)) == ([(0, 0), (0, 0)], (3_000, 0, 0))
        assert_books_agree(refund.payment)

    def test_a_late_success_takes_the_shares_after_all(self, carrying_desk: SplitDesk) -> None:
        refund = self._refunding(carrying_desk)
        carrying_desk.desk.callback(RefundReport(Outcome.FAILED, refund.refund_serial_no))
        carrying_desk.desk.callback(carrying_desk.desk.channel.refunded(refund.refund_serial_no))
        assert (_shares(), money(refund.payment)) == ([(1_000, 0), (500, 0)], (1_500, 0, 8_500))
        assert_books_agree(refund.payment)

    def test_a_late_success_of_what_was_spent_is_a_mismatch(self, carrying_desk: SplitDesk) -> None:
        refund = self._refunding(carrying_desk)
        carrying_desk.desk.callback(RefundReport(Outcome.FAILED, refund.refund_serial_no))
        assert _refund(carrying_desk, 10_000, "R2").status == 201
        report = carrying_desk.desk.channel.refunded(refund.refund_serial_no)
        owner = refund.payment.channel_merchant
        applied = apply_refund_report(owner, report, cause=Move.Cause.QUERY)
        assert applied.effect == "mismatch"
        assert (_shares(), money(refund.payment)) == ([(0, 2_000), (0, 1_000)], (0, 10_000, 0))
        assert_books_agree(refund.payment)

    def test_a_late_success_of_what_is_shared_since_is_a_mismatch(
        self, carrying_desk: SplitDesk
    ) -> None:
        payment = carrying_desk.ready()
        number = _refund(carrying_desk, 7_001)["refund_serial_no"]
        carrying_desk.desk.callback(RefundReport(Outcome.FAILED, number))
        carrying_desk.split(payment, {carrying_desk.receiver(): 3_000})
        report = carrying_desk.desk.channel.refunded(number)
        applied = apply_refund_report(payment.channel_merchant, report, cause=Move.Cause.QUERY)
        assert applied.effect == "mismatch"
        assert money(payment) == (3_000, 0, 0)

    def test_a_late_success_of_shares_that_others_took_is_a_mismatch(
        self, carrying_desk: SplitDesk
    ) -> None:
        payment = _divided(carrying_desk)
        _refund(carrying_desk, 7_000)
        number = _refund(carrying_desk, 600, "R2")["refund_serial_no"]
        carrying_desk.desk.callback(RefundReport(Outcome.FAILED, number))
        assert _refund(carrying_desk, 3_000, "R3").status == 201
        report = carrying_desk.desk.channel.refunded(number)
        applied = apply_refund_report(payment.channel_merchant, report, cause=Move.Cause.QUERY)
        assert applied.effect == "mismatch"
        assert (_shares(), money(payment)) == ([(0, 2_000), (0, 1_000)], (0, 10_000, 0))

    def test_it_is_sent_again_with_the_same_shares(
        self, clock: Clock, carrying_desk: SplitDesk
    ) -> None:
        def silence(request: Any) -> RefundReport:
            return RefundReport(Outcome.UNKNOWN, request.refund_serial_no)

        _divided(carrying_desk)
        carrying_desk.desk.channel.answers(Operation.REFUND, silence)
        assert _refund(carrying_desk, 8_500)["state"] == "unknown"
        clock.shift(120)
        carrying_desk.desk.sweep_refunds()
        first, again = carrying_desk.desk.channel.calls_of(Operation.REFUND)
        assert first.request == again.request
        [named, named_again] = carrying_desk.splits.asked_with_refund
        assert named == named_again

    def test_a_receiver_of_two_splits_is_named_once(self, carrying_desk: SplitDesk) -> None:
        receiver = carrying_desk.receiver(account=POOR)
        split = carrying_desk.shared({receiver: 1_000})
        carrying_desk.split(split.payment, {receiver: 2_000}, "S2")
        carrying_desk.look()
        number = _refund(carrying_desk, 10_000)["refund_serial_no"]
        assert carrying_desk.splits.taken_with(number) == [(POOR, 3_000)]


def _waiting(split_desk: SplitDesk, amount: int) -> Refund:
    Merchant.objects.update(refund_limit=0)
    answer = _refund(split_desk, amount)
    assert answer["state"] == "pending_approval", answer
    return split_desk.desk.the_refund()


def _verdict(refund: Refund, verdict: Verdict) -> bool:
    return decide_waiting_refund(refund.pk, Decision(verdict, "checker", "", refund.version))


def test_while_a_refund_waits_for_a_person_no_share_is_taken_back(split_desk: SplitDesk) -> None:
    payment = _divided(split_desk)
    refund = _waiting(split_desk, 8_500)
    split_desk.look()
    split_desk.desk.sweep_refunds()
    assert (_sent(split_desk), money(payment)) == ([], (1_500, 8_500, 0))
    assert not SplitRelease.objects.exists()
    assert_books_agree(payment)

    assert _verdict(refund, Verdict.REFUSE)
    assert money(payment) == (3_000, 0, 0)
    assert set(SplitReturn.objects.values_list("state", flat=True)) == {"failed"}
    assert list(SplitShare.objects.values_list("return_reserved", flat=True)) == [0, 0]
    assert_books_agree(payment)


def test_approved_the_shares_come_back_first_as_always(split_desk: SplitDesk) -> None:
    payment = _divided(split_desk)
    refund = _waiting(split_desk, 8_500)
    assert _verdict(refund, Verdict.APPROVE)
    # The rest is frozen still: it is released first, as for any refund that takes more than that.
    assert SplitRelease.objects.exists()
    for _ in range(3):
        split_desk.look()
        split_desk.desk.sweep_refunds()
    assert Operation.SPLIT_RETURN in _sent(split_desk)
    assert _sent(split_desk)[-1] == Operation.REFUND
    split_desk.desk.callback(split_desk.desk.channel.refunded(refund.refund_serial_no))
    assert money(payment) == (1_500, 0, 8_500)
    assert_books_agree(payment)


def test_a_refund_that_waits_gives_no_split_up(split_desk: SplitDesk) -> None:
    Merchant.objects.update(refund_limit=0)
    payment = split_desk.paid()
    split_desk.split(payment, {split_desk.receiver(): 1_000})
    answer = _refund(split_desk, 9_500)
    assert (answer.status, answer.code) == (409, "request_in_progress")
    assert (Split.objects.get().state, money(payment)) == ("planned", (1_000, 0, 0))
