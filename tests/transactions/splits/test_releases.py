"""The rest of a payment is freed once, by whoever asks, and sent until the channel says it is."""

from gateway.messages import Failure, Operation, Outcome
from gateway.split_messages import ReleaseReport, ReleaseRequest
from tests.support.clock import Clock
from tests.support.split_desk import SplitDesk, alerts
from transactions.models import SplitRelease


def _silence(request: ReleaseRequest) -> ReleaseReport:
    return ReleaseReport(Outcome.UNKNOWN, request.release_serial_no)


def _refusal(request: ReleaseRequest) -> ReleaseReport:
    failure = Failure("NO_AUTH", "not allowed")
    return ReleaseReport(Outcome.FAILED, request.release_serial_no, failure=failure)


def _sent(split_desk: SplitDesk) -> list[str]:
    return [call.number for call in split_desk.desk.channel.calls_of(Operation.RELEASE)]


def test_the_rest_is_freed_once(split_desk: SplitDesk) -> None:
    payment = split_desk.ready()
    answer = split_desk.release(payment)
    assert (answer.status, answer["state"]) == (201, "succeeded")
    again = split_desk.release(payment)
    assert (again.status, again["release_serial_no"]) == (200, answer["release_serial_no"])
    assert again["state"] == "succeeded"
    assert _sent(split_desk) == [answer["release_serial_no"]]


def test_before_the_earliest_time_it_waits(clock: Clock, split_desk: SplitDesk) -> None:
    answer = split_desk.release(split_desk.paid())
    assert (answer.status, answer["state"]) == (201, "planned")
    split_desk.look()
    assert _sent(split_desk) == []
    clock.shift(60)
    split_desk.look()
    assert SplitRelease.objects.get().state == "succeeded"


def test_what_nobody_answered_is_sent_again_with_its_number(split_desk: SplitDesk) -> None:
    split_desk.desk.channel.answers(Operation.RELEASE, _silence, _silence)
    assert split_desk.release(split_desk.ready())["state"] == "unknown"
    split_desk.look()
    split_desk.look()
    number = SplitRelease.objects.get().release_serial_no
    assert _sent(split_desk) == [number] * 3
    assert SplitRelease.objects.get().state == "succeeded"


def test_a_refusal_is_told_to_people(split_desk: SplitDesk) -> None:
    split_desk.desk.channel.answers(Operation.RELEASE, _refusal)
    answer = split_desk.release(split_desk.ready())
    assert (answer["state"], answer["failure"]["code"]) == ("failed", "NO_AUTH")
    assert len(alerts("split_release_failed")) == 1


def test_a_split_under_way_is_waited_for(split_desk: SplitDesk) -> None:
    payment = split_desk.ready()
    split_desk.split(payment, {split_desk.receiver(): 1_000})
    answer = split_desk.release(payment)
    assert (answer.status, answer.code) == (409, "request_in_progress")
    split_desk.look()
    assert split_desk.release(payment).status == 201


def test_what_a_split_freed_already_is_not_freed_again(split_desk: SplitDesk) -> None:
    payment = split_desk.ready()
    split_desk.split(payment, {split_desk.receiver(): 1_000}, release_rest=True)
    split_desk.look()
    answer = split_desk.release(payment)
    assert (answer.status, answer.code) == (409, "split_not_allowed")


def test_a_payment_that_was_never_frozen_is_refused(split_desk: SplitDesk) -> None:
    answer = split_desk.release(split_desk.ready(mode="none"))
    assert (answer.status, answer.code) == (409, "split_not_allowed")


def test_another_applications_payment_is_not_found(split_desk: SplitDesk) -> None:
    payment = split_desk.ready()
    payment.serial_no = f"P{'0' * 23}"
    assert split_desk.release(payment).status == 404


def test_a_body_is_refused(split_desk: SplitDesk) -> None:
    path = f"/api/v1/payments/{split_desk.ready().serial_no}/release"
    assert split_desk.desk.client.post(path, {"amount": 1}).code == "invalid_request"
