"""What the channel says of a split: each share booked or given back once, the rest asked about."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from gateway.contract import ConfigurationError
from gateway.messages import Failure, Operation, Outcome
from gateway.split_messages import SplitReport, SplitRequest
from tests.support.clock import Clock
from tests.support.desk import events
from tests.support.split_desk import SplitDesk, alerts, assert_books_agree, balance, money, results
from tests.support.together import together
from transactions.models import Account, JournalEntry, Move, Split
from transactions.schedule import IN_FLIGHT
from transactions.splits.split_truth import apply_split_report
from transactions.tasks import look_at_split, send_split

NO_KEY = ConfigurationError("no key")
REFUSED = Failure("NOT_ENOUGH", "not enough")


def _silence(request: SplitRequest) -> SplitReport:
    return SplitReport(Outcome.UNKNOWN, request.split_serial_no)


def _refusal(request: SplitRequest) -> SplitReport:
    return SplitReport(Outcome.FAILED, request.split_serial_no, failure=REFUSED)


def _calls(split_desk: SplitDesk) -> list[Operation]:
    calls = split_desk.desk.channel.calls_of(Operation.SPLIT, Operation.SPLIT_QUERY)
    return [call.operation for call in calls]


def _unknown_split(split_desk: SplitDesk) -> Split:
    """Return a split whose request nobody answered and that never arrived."""
    split_desk.desk.channel.answers(Operation.SPLIT, _silence)
    answer = split_desk.split(split_desk.ready(), {split_desk.receiver(): 1_000})
    assert answer["state"] == "unknown"
    return Split.objects.get()


def _apply(split: Split, report: SplitReport, **facts: Any) -> str:
    owner = split.payment.channel_merchant
    return str(apply_split_report(owner, report, cause=Move.Cause.QUERY, **facts).effect)


def test_every_share_succeeded_is_booked_and_told(split_desk: SplitDesk) -> None:
    split = split_desk.shared({split_desk.receiver(): 1_000, split_desk.receiver(): 500})
    assert (split.state, split.due_at) == ("finished", None)
    assert results(split) == [(1_000, "succeeded"), (500, "succeeded")]
    assert JournalEntry.objects.filter(kind="split").count() == 2
    assert (balance(Account.SHARED), balance(Account.CHANNEL)) == (1_500, 8_500)
    [event] = events("split.finished")
    assert event.data["split_serial_no"] == split.split_serial_no
    assert [share["result"] for share in event.data["shares"]] == ["succeeded", "succeeded"]
    assert_books_agree(split.payment)


def test_a_share_that_failed_gives_its_money_back_and_people_are_told(
    split_desk: SplitDesk,
) -> None:
    split_desk.splits.failing.add("1600000001")
    shares = {split_desk.receiver(account="1600000001"): 1_000, split_desk.receiver(): 500}
    split = split_desk.shared(shares)
    assert (split.state, results(split)) == ("finished", [(1_000, "failed"), (500, "succeeded")])
    assert money(split.payment) == (500, 0, 0)
    [alert] = alerts("split_share_failed")
    assert alert.params["code"] == "ACCOUNT_ABNORMAL"
    [event] = events("split.finished")
    assert event.data["shares"][0]["failure"]["code"] == "ACCOUNT_ABNORMAL"
    assert_books_agree(split.payment)


def test_it_is_asked_until_the_last_share_is_known(split_desk: SplitDesk) -> None:
    split_desk.splits.waiting.add("1600000001")
    shares = {split_desk.receiver(account="1600000001"): 1_000, split_desk.receiver(): 500}
    split = split_desk.shared(shares)
    assert (split.state, results(split)) == ("processing", [(1_000, "pending"), (500, "succeeded")])
    assert events("split.finished") == []
    split_desk.splits.waiting.clear()
    split_desk.look()
    assert results(split) == [(1_000, "succeeded"), (500, "succeeded")]
    assert JournalEntry.objects.filter(kind="split").count() == 2
    assert len(events("split.finished")) == 1


def test_a_failed_share_gives_back_once_however_often_it_is_asked(split_desk: SplitDesk) -> None:
    split_desk.splits.failing.add("1600000001")
    split_desk.splits.waiting.add("1600000002")
    failing, waiting = (split_desk.receiver(account=f"160000000{n}") for n in (1, 2))
    split = split_desk.shared({failing: 1_000, waiting: 500})
    split_desk.look()
    assert (results(split), money(split.payment)) == (
        [(1_000, "failed"), (500, "pending")],
        (500, 0, 0),
    )
    assert len(alerts("split_share_failed")) == 1
    _apply(split, SplitReport(Outcome.FAILED, split.split_serial_no, failure=REFUSED))
    assert (Split.objects.get().state, money(split.payment)) == ("failed", (0, 0, 0))


def test_a_split_refused_as_a_whole_shares_nothing(split_desk: SplitDesk) -> None:
    split_desk.desk.channel.answers(Operation.SPLIT, _refusal)
    payment = split_desk.ready()
    answer = split_desk.split(payment, {split_desk.receiver(): 1_000, split_desk.receiver(): 1})
    assert (answer["state"], answer["failure"]["code"]) == ("failed", "NOT_ENOUGH")
    assert [share["result"] for share in answer["shares"]] == ["failed", "failed"]
    assert money(payment) == (0, 0, 0)
    assert len(events("split.failed")) == len(alerts("split_failed")) == 1
    assert_books_agree(payment)


def test_the_same_result_any_number_of_times_books_once(split_desk: SplitDesk) -> None:
    split = split_desk.shared({split_desk.receiver(): 1_000, split_desk.receiver(): 500})
    report = split_desk.splits.splits[split.split_serial_no]
    Split.objects.update(state="processing", due_at=split.created_at)
    together(10, lambda _: _apply(split, report))
    assert JournalEntry.objects.filter(kind="split").count() == 2
    assert money(split.payment) == (1_500, 0, 0)
    assert len(events("split.finished")) == 2


def test_a_timeout_is_unknown_and_asked_with_the_same_number(split_desk: SplitDesk) -> None:
    def arrived(request: SplitRequest) -> SplitReport:
        split_desk.splits.take(request)
        return _silence(request)

    split_desk.desk.channel.answers(Operation.SPLIT, arrived)
    payment = split_desk.ready()
    assert split_desk.split(payment, {split_desk.receiver(): 1_000})["state"] == "unknown"
    assert money(payment) == (1_000, 0, 0)
    split_desk.look()
    assert _calls(split_desk) == [Operation.SPLIT, Operation.SPLIT_QUERY]
    assert Split.objects.get().state == "finished"


def test_what_never_arrived_is_sent_again_with_the_same_request(
    clock: Clock, split_desk: SplitDesk
) -> None:
    _unknown_split(split_desk)
    split_desk.look()
    assert _calls(split_desk) == [Operation.SPLIT, Operation.SPLIT_QUERY]
    clock.shift(IN_FLIGHT)
    split_desk.look()
    assert _calls(split_desk)[2:] == [Operation.SPLIT_QUERY, Operation.SPLIT]
    first, again = split_desk.desk.channel.calls_of(Operation.SPLIT)
    assert first.request == again.request
    split_desk.look()
    assert Split.objects.get().state == "finished"


def test_the_refusal_of_an_older_sending_ends_nothing(clock: Clock, split_desk: SplitDesk) -> None:
    split = _unknown_split(split_desk)
    sent_version = split.version
    clock.shift(IN_FLIGHT)
    split_desk.look()
    refused = SplitReport(Outcome.FAILED, split.split_serial_no, failure=REFUSED)
    _apply(split, refused, sent_version=sent_version)
    assert Split.objects.get().state == "processing"
    assert money(split.payment) == (1_000, 0, 0)


def test_one_that_was_sent_is_never_sent_first_again(split_desk: SplitDesk) -> None:
    split = _unknown_split(split_desk)
    send_split(split.pk)
    assert _calls(split_desk) == [Operation.SPLIT]


def test_two_workers_send_it_once(split_desk: SplitDesk) -> None:
    payment = split_desk.paid()
    split_desk.split(payment, {split_desk.receiver(): 1_000})
    split = Split.objects.get()
    type(payment).objects.update(paid_at=split.created_at - 2 * IN_FLIGHT)
    together(8, lambda _: send_split(split.pk))
    assert _calls(split_desk) == [Operation.SPLIT]


def test_an_answer_about_other_shares_is_not_believed(split_desk: SplitDesk) -> None:
    split_desk.split(split_desk.ready(), {split_desk.receiver(): 1_000})
    split = Split.objects.get()
    known = split_desk.splits.splits[split.split_serial_no]
    [share] = known.shares
    lying = replace(share, amount=999, outcome=Outcome.SUCCEEDED)
    report = replace(known, outcome=Outcome.SUCCEEDED, shares=(lying,))
    assert _apply(split, report) == "mismatch"
    assert results(split) == [(1_000, "pending")]
    assert Split.objects.get().due_at is not None


def test_a_success_that_tells_no_share_is_asked_about_again(split_desk: SplitDesk) -> None:
    split_desk.split(split_desk.ready(), {split_desk.receiver(): 1_000})
    split = Split.objects.get()
    assert _apply(split, SplitReport(Outcome.SUCCEEDED, split.split_serial_no)) == "nothing"
    assert (Split.objects.get().state, results(split)) == ("processing", [(1_000, "pending")])


def test_another_channel_merchants_number_says_nothing(split_desk: SplitDesk) -> None:
    split = split_desk.shared({split_desk.receiver(): 1_000})
    report = SplitReport(Outcome.FAILED, split.split_serial_no)
    stranger = split_desk.desk.other_account.channel_merchant
    applied = apply_split_report(stranger, report, cause=Move.Cause.QUERY)
    assert applied.effect == "unknown_number"


def test_an_account_that_cannot_work_leaves_the_split_due(split_desk: SplitDesk) -> None:
    payment = split_desk.ready()
    with patch.object(split_desk.desk.channel, "check_account", side_effect=NO_KEY):
        assert split_desk.split(payment, {split_desk.receiver(): 1_000})["state"] == "planned"
    split = Split.objects.get()
    assert (split.sent_at, split.due_at is not None) == (None, True)
    split_desk.look()
    assert _calls(split_desk) == [Operation.SPLIT]


def test_a_worker_that_dies_leaves_the_split_due(split_desk: SplitDesk) -> None:
    split_desk.desk.channel.answers(Operation.SPLIT, RuntimeError("the worker dies"))
    split_desk.split(split_desk.paid(), {split_desk.receiver(): 1_000})
    split = Split.objects.get()
    type(split.payment).objects.update(paid_at=split.created_at - 2 * IN_FLIGHT)
    with pytest.raises(RuntimeError, match="the worker dies"):
        look_at_split(split.pk)
    died = Split.objects.get()
    assert (died.state, died.sent_at is not None, died.due_at is not None) == (
        "planned",
        True,
        True,
    )
    split_desk.look()
    assert _calls(split_desk) == [Operation.SPLIT, Operation.SPLIT_QUERY]
