"""A share comes back by itself: reserved in the share, booked once, given up when refused."""

from typing import Any

import pytest

from gateway.messages import Failure, Operation, Outcome
from gateway.split_messages import ReturnReport, ReturnRequest
from tests.support.clock import Clock
from tests.support.desk import events
from tests.support.split_desk import SplitDesk, alerts, assert_books_agree, money
from tests.support.together import together
from transactions.models import JournalEntry, Move, Receiver, Split, SplitReturn, SplitShare
from transactions.schedule import IN_FLIGHT
from transactions.splits.return_truth import apply_return_report

REFUSED = Failure("BALANCE_NOT_ENOUGH", "the receiver is poor")


def _silence(request: ReturnRequest) -> ReturnReport:
    return ReturnReport(Outcome.UNKNOWN, request.return_serial_no)


def _working(request: ReturnRequest) -> ReturnReport:
    return ReturnReport(Outcome.PENDING, request.return_serial_no, "fake-1")


def _shared(split_desk: SplitDesk, **facts: Any) -> tuple[Split, Receiver]:
    """Return a finished split of 10 yuan for one receiver, and that."""
    receiver = split_desk.receiver(**facts)
    return split_desk.shared({receiver: 1_000}), receiver


def _share() -> tuple[int, int]:
    """Return what of the only share came back, and what is coming back."""
    share = SplitShare.objects.get()
    return share.returned, share.return_reserved


def _apply(report: ReturnReport, **facts: Any) -> str:
    owner = SplitShare.objects.get().split.payment.channel_merchant
    return str(apply_return_report(owner, report, cause=Move.Cause.QUERY, **facts).effect)


def test_a_share_comes_back_and_is_told(split_desk: SplitDesk) -> None:
    split, receiver = _shared(split_desk)
    answer = split_desk.give_back(split, receiver, 400)
    assert (answer.status, answer["state"], answer["amount"]) == (201, "succeeded", 400)
    assert answer["receiver_id"] == receiver.receiver_no
    assert (_share(), money(split.payment)) == ((400, 0), (600, 0, 0))
    [event] = events("split.returned")
    assert event.data["return_serial_no"] == answer["return_serial_no"]
    [call] = split_desk.desk.channel.calls_of(Operation.SPLIT_RETURN)
    assert call.request.split_serial_no == split.split_serial_no
    assert_books_agree(split.payment)
    shown = split_desk.desk.client.get(f"/api/v1/splits/{split.split_serial_no}")
    assert shown["shares"][0]["returned_amount"] == 400
    assert shown["shares"][0]["returns"][0]["return_no"] == "T1"


def test_returns_never_exceed_the_share(split_desk: SplitDesk) -> None:
    split, receiver = _shared(split_desk)
    assert split_desk.give_back(split, receiver, 600).status == 201
    answer = split_desk.give_back(split, receiver, 401, "T2")
    assert (answer.status, answer.code) == (409, "split_exceeds_payment")
    assert "400 of 1000 fen" in answer["detail"]
    assert split_desk.give_back(split, receiver, 400, "T3").status == 201
    assert _share() == (1_000, 0)


def test_the_same_number_is_the_same_return(split_desk: SplitDesk) -> None:
    split, receiver = _shared(split_desk)
    first = split_desk.give_back(split, receiver)
    again = split_desk.give_back(split, receiver)
    assert (again.status, again["return_serial_no"]) == (200, first["return_serial_no"])
    other = split_desk.give_back(split, receiver, 499)
    assert (other.status, other.code) == (409, "split_mismatch")
    assert _share() == (500, 0)


def test_a_refused_return_leaves_the_share_and_people_are_told(split_desk: SplitDesk) -> None:
    split, receiver = _shared(split_desk, account="1600000001")
    split_desk.splits.refusing.add("1600000001")
    answer = split_desk.give_back(split, receiver)
    assert (answer["state"], answer["failure"]["code"]) == ("failed", "ACCOUNT_ABNORMAL")
    assert (_share(), money(split.payment)) == ((0, 0), (1_000, 0, 0))
    assert len(alerts("split_return_failed")) == 1
    assert events("split.returned") == []
    assert_books_agree(split.payment)


def test_a_timeout_keeps_the_money_reserved_and_is_asked(
    clock: Clock, split_desk: SplitDesk
) -> None:
    split, receiver = _shared(split_desk)
    split_desk.desk.channel.answers(Operation.SPLIT_RETURN, _silence)
    assert split_desk.give_back(split, receiver)["state"] == "unknown"
    assert (_share(), money(split.payment)) == ((0, 500), (1_000, 0, 0))
    split_desk.look()
    clock.shift(IN_FLIGHT)
    split_desk.look()
    calls = split_desk.desk.channel.calls_of(Operation.SPLIT_RETURN, Operation.RETURN_QUERY)
    assert [call.operation for call in calls] == [
        Operation.SPLIT_RETURN,
        Operation.RETURN_QUERY,
        Operation.RETURN_QUERY,
        Operation.SPLIT_RETURN,
    ]
    assert calls[0].request == calls[3].request
    assert (_share(), SplitReturn.objects.get().state) == ((500, 0), "succeeded")


def test_the_same_success_any_number_of_times_books_once(split_desk: SplitDesk) -> None:
    split, receiver = _shared(split_desk)
    split_desk.desk.channel.answers(Operation.SPLIT_RETURN, _working)
    assert split_desk.give_back(split, receiver)["state"] == "processing"
    number = SplitReturn.objects.get().return_serial_no
    together(10, lambda _: _apply(ReturnReport(Outcome.SUCCEEDED, number)))
    assert (_share(), money(split.payment)) == ((500, 0), (500, 0, 0))
    assert JournalEntry.objects.filter(kind="split_return").count() == 1
    assert len(events("split.returned")) == 1


def test_the_refusal_of_an_older_sending_ends_nothing(split_desk: SplitDesk) -> None:
    split, receiver = _shared(split_desk)
    split_desk.desk.channel.answers(Operation.SPLIT_RETURN, _silence)
    split_desk.give_back(split, receiver)
    returned = SplitReturn.objects.get()
    refused = ReturnReport(Outcome.FAILED, returned.return_serial_no, failure=REFUSED)
    _apply(refused, sent_version=returned.version - 1)
    assert (SplitReturn.objects.get().state, _share()) == ("unknown", (0, 500))


def test_a_late_success_is_booked_while_the_share_is_there(split_desk: SplitDesk) -> None:
    split, receiver = _shared(split_desk, account="1600000001")
    split_desk.splits.refusing.add("1600000001")
    number = split_desk.give_back(split, receiver)["return_serial_no"]
    assert _apply(ReturnReport(Outcome.SUCCEEDED, number)) == "moved"
    assert (_share(), money(split.payment)) == ((500, 0), (500, 0, 0))
    assert_books_agree(split.payment)


def test_a_late_success_of_what_came_back_otherwise_is_a_mismatch(split_desk: SplitDesk) -> None:
    split, receiver = _shared(split_desk, account="1600000001")
    split_desk.splits.refusing.add("1600000001")
    number = split_desk.give_back(split, receiver)["return_serial_no"]
    split_desk.splits.refusing.clear()
    split_desk.give_back(split, receiver, 600, "T2")
    assert _apply(ReturnReport(Outcome.SUCCEEDED, number)) == "mismatch"
    assert len(alerts("split_return_mismatch")) == 1
    assert (_share(), money(split.payment)) == ((600, 0), (400, 0, 0))
    assert_books_agree(split.payment)


def test_where_shares_come_back_with_refunds_none_comes_back_alone(
    carrying_desk: SplitDesk,
) -> None:
    split, receiver = _shared(carrying_desk)
    answer = carrying_desk.give_back(split, receiver)
    assert (answer.status, answer.code) == (409, "split_not_allowed")
    assert "Ask for a refund" in answer["detail"]


@pytest.mark.parametrize("facts", [{"result": "failed"}, {"kind": "openid"}])
def test_only_a_share_that_the_channel_takes_back_is_returned(
    facts: dict[str, str], split_desk: SplitDesk
) -> None:
    split, receiver = _shared(split_desk)
    SplitShare.objects.update(**facts)
    answer = split_desk.give_back(split, receiver)
    assert (answer.status, answer.code) == (409, "split_not_allowed")


def test_after_its_time_no_share_is_returned(clock: Clock, split_desk: SplitDesk) -> None:
    split, receiver = _shared(split_desk)
    clock.shift(split_desk.splits.terms.return_seconds + 1)
    answer = split_desk.give_back(split, receiver)
    assert (answer.status, answer.code) == (409, "split_not_allowed")


def test_a_split_under_way_is_waited_for(split_desk: SplitDesk) -> None:
    receiver = split_desk.receiver()
    split_desk.split(split_desk.ready(), {receiver: 1_000})
    answer = split_desk.give_back(Split.objects.get(), receiver)
    assert (answer.status, answer.code) == (409, "request_in_progress")


def test_a_receiver_of_another_split_is_refused_by_its_field(split_desk: SplitDesk) -> None:
    split, _ = _shared(split_desk)
    answer = split_desk.give_back(split, split_desk.receiver())
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer["errors"][0]["field"] == "receiver_id"


def test_another_applications_split_is_not_found(split_desk: SplitDesk) -> None:
    split, receiver = _shared(split_desk)
    split.split_serial_no = f"S{'0' * 23}"
    assert split_desk.give_back(split, receiver).status == 404


def test_while_the_channel_works_on_one_the_next_waits(split_desk: SplitDesk) -> None:
    split, receiver = _shared(split_desk)
    split_desk.desk.channel.answers(Operation.SPLIT_RETURN, _working)
    split_desk.give_back(split, receiver)
    assert split_desk.give_back(split, receiver, 1, "T2")["state"] == "planned"
    assert len(split_desk.desk.channel.calls_of(Operation.SPLIT_RETURN)) == 1
    first = SplitReturn.objects.get(return_no="T1")
    _apply(ReturnReport(Outcome.SUCCEEDED, first.return_serial_no))
    split_desk.look()
    assert SplitReturn.objects.get(return_no="T2").state == "succeeded"
