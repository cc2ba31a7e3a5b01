"""Refunds at a channel where two requests are two refunds (EasyPay V1): sent once, or by nobody."""

import threading
from datetime import timedelta

import pytest

from gateway.contract import ConfigurationError
from gateway.messages import Operation, Outcome, RefundRef, RefundReport, RefundRequest
from paycenter.kernel.clock import now
from tests.support.clock import Clock
from tests.support.desk import Desk, history
from tests.support.fake_channel import EasyFakeChannel
from tests.support.together import PATIENCE_SECONDS, together
from tests.support.workers import Workers
from transactions.models import Payment, Refund
from transactions.schedule import IN_FLIGHT, STUCK_REFUND
from transactions.services.asking import look_at_refund
from transactions.services.refund_sending import send_refund

AT_ONCE = 6


def _silence(request: RefundRequest) -> RefundReport:
    return RefundReport(Outcome.UNKNOWN, request.refund_serial_no)


def _paid(desk: Desk) -> Payment:
    payment = desk.pending_payment()
    desk.channel.paid(payment.serial_no)
    desk.sync(payment.serial_no)
    return desk.payment(payment.serial_no)


def _sent_in_vain(desk: Desk) -> Refund:
    """Return a refund that was sent, not answered, and did not arrive."""
    payment = _paid(desk)
    desk.channel.answers(Operation.REFUND, _silence)
    assert desk.refund(payment)["state"] == "unknown"
    return desk.the_refund()


def _sent(desk: Desk) -> int:
    return len(desk.channel.calls_of(Operation.REFUND))


def test_it_is_claimed_and_committed_before_anything_is_sent(easy_desk: Desk) -> None:
    seen: list[tuple[str, bool]] = []

    def look(request: RefundRequest) -> RefundReport:
        refund = easy_desk.the_refund()
        seen.append((refund.state, refund.sent_at is not None))
        return _silence(request)

    payment = _paid(easy_desk)
    easy_desk.channel.answers(Operation.REFUND, look)
    easy_desk.refund(payment)
    assert seen == [("unknown", True)]
    assert history(easy_desk.the_refund()) == [("approved", "unknown", "send")]


def test_an_answer_decides_it_as_anywhere(easy_desk: Desk) -> None:
    assert easy_desk.refund(_paid(easy_desk))["state"] == "processing"
    refund = easy_desk.the_refund()
    easy_desk.channel.refunded(refund.refund_serial_no)
    easy_desk.sweep_refunds()
    assert (easy_desk.the_refund().state, easy_desk.the_payment().refunded) == ("succeeded", 1_000)


def test_it_is_not_sent_again_while_the_channel_says_nothing(easy_desk: Desk, clock: Clock) -> None:
    refund = _sent_in_vain(easy_desk)
    clock.shift(IN_FLIGHT.total_seconds() * 10)
    silence = RefundReport(Outcome.UNKNOWN, refund.refund_serial_no)
    for _ in range(3):
        easy_desk.channel.answers(Operation.REFUND_QUERY, silence)
        easy_desk.sweep_refunds()
    assert (_sent(easy_desk), easy_desk.the_refund().state) == (1, "unknown")


@pytest.mark.parametrize(("seconds", "times"), [(59, 1), (60, 2)])
def test_it_is_sent_again_when_missing_and_no_request_can_be_on_its_way(
    easy_desk: Desk, clock: Clock, seconds: int, times: int
) -> None:
    _sent_in_vain(easy_desk)
    clock.shift(seconds)
    easy_desk.sweep_refunds()
    assert _sent(easy_desk) == times
    first, *rest = easy_desk.channel.calls_of(Operation.REFUND)
    assert all(call == first for call in rest)


def test_the_time_counts_from_the_last_sending(easy_desk: Desk, clock: Clock) -> None:
    _sent_in_vain(easy_desk)
    clock.shift(60)
    easy_desk.channel.answers(Operation.REFUND, _silence)
    easy_desk.sweep_refunds()
    clock.shift(59)
    easy_desk.sweep_refunds()
    assert _sent(easy_desk) == 2


def test_a_worker_that_dies_before_it_sends_leaves_it_to_be_asked_about(
    easy_desk: Desk, workers: Workers, clock: Clock
) -> None:
    payment = _paid(easy_desk)
    easy_desk.channel.answers(Operation.REFUND, RuntimeError("killed"))
    easy_desk.refund(payment)
    workers.errors.clear()
    assert easy_desk.the_refund().state == "unknown"
    clock.shift(30)
    easy_desk.sweep_refunds()
    assert _sent(easy_desk) == 1
    clock.shift(30)
    easy_desk.sweep_refunds()
    assert (_sent(easy_desk), easy_desk.the_refund().state) == (2, "processing")


def test_a_hint_that_comes_twice_sends_once(easy_desk: Desk, workers: Workers) -> None:
    _sent_in_vain(easy_desk)
    [message] = workers.kept("send_refund")
    workers.work_on(message)
    assert _sent(easy_desk) == 1


def test_hints_at_once_send_once(easy_desk: Desk, workers: Workers) -> None:
    payment = _paid(easy_desk)
    workers.pause()
    easy_desk.refund(payment)
    refund = easy_desk.the_refund()
    together(AT_ONCE, lambda _: send_refund(refund.pk))
    assert _sent(easy_desk) == 1
    assert history(refund)[:1] == [("approved", "unknown", "send")]


def test_sweeps_at_once_send_what_is_missing_once(easy_desk: Desk) -> None:
    """All of them have heard that it is missing before the first of them sends."""
    refund = _sent_in_vain(easy_desk)
    Refund.objects.update(sent_at=now() - IN_FLIGHT)
    all_have_asked = threading.Barrier(AT_ONCE)

    def missing(asked: RefundRef) -> RefundReport:
        all_have_asked.wait(PATIENCE_SECONDS)
        return RefundReport(Outcome.UNKNOWN, asked.refund_serial_no, missing=True)

    easy_desk.channel.answers(Operation.REFUND_QUERY, *[missing] * AT_ONCE)
    together(AT_ONCE, lambda _: look_at_refund(refund.pk))
    assert len(easy_desk.channel.calls_of(Operation.REFUND_QUERY)) == AT_ONCE
    assert _sent(easy_desk) == 2


def test_an_old_answer_does_not_send_what_was_sent_after_the_question(easy_desk: Desk) -> None:
    refund = _sent_in_vain(easy_desk)
    Refund.objects.update(sent_at=now() - IN_FLIGHT)

    def missing_until_now(asked: RefundRef) -> RefundReport:
        look_at_refund(refund.pk)  # another worker asks, hears the same, and sends
        Refund.objects.update(sent_at=now() - IN_FLIGHT)  # and that is a while ago by now
        return RefundReport(Outcome.UNKNOWN, asked.refund_serial_no, missing=True)

    easy_desk.channel.answers(Operation.REFUND_QUERY, missing_until_now)
    easy_desk.channel.answers(Operation.REFUND, _silence)
    look_at_refund(refund.pk)
    assert _sent(easy_desk) == 2


def test_an_account_that_cannot_work_is_found_before_the_claim(
    easy_desk: Desk, easy: EasyFakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing_key(account: object) -> None:
        raise ConfigurationError("the key is missing")

    payment = _paid(easy_desk)
    with monkeypatch.context() as misconfigured:
        misconfigured.setattr(easy, "check_account", missing_key)
        assert easy_desk.refund(payment)["state"] == "approved"
    assert easy_desk.the_refund().sent_at is None
    easy_desk.sweep_refunds()
    assert (_sent(easy_desk), easy_desk.the_refund().state) == (1, "processing")


def test_what_was_never_sent_is_sent_without_asking(easy_desk: Desk, workers: Workers) -> None:
    """A platform that knows of another refund of the payment would call this one undecided."""
    payment = _paid(easy_desk)
    workers.lose()
    easy_desk.refund(payment)
    workers.resume()
    easy_desk.sweep_refunds()
    assert easy_desk.channel.calls_of(Operation.REFUND_QUERY) == []
    assert easy_desk.the_refund().state == "processing"


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.UNKNOWN])
def test_an_answer_that_needs_a_person_says_so_at_once(easy_desk: Desk, outcome: Outcome) -> None:
    payment = _paid(easy_desk)

    def undecided(request: RefundRequest) -> RefundReport:
        return RefundReport(outcome, request.refund_serial_no, needs_person=True)

    easy_desk.channel.answers(Operation.REFUND, undecided)
    easy_desk.refund(payment)
    refund = easy_desk.the_refund()
    assert refund.needs_person
    assert refund.due_at is not None
    assert refund.due_at > now() + timedelta(seconds=STUCK_REFUND[0] - 10)


def test_what_needs_a_person_is_asked_about_and_never_sent_by_itself(
    easy_desk: Desk, clock: Clock
) -> None:
    refund = _sent_in_vain(easy_desk)
    clock.shift(600)
    undecided = RefundReport(Outcome.UNKNOWN, refund.refund_serial_no, needs_person=True)
    missing = RefundReport(Outcome.UNKNOWN, refund.refund_serial_no, missing=True)
    easy_desk.channel.answers(Operation.REFUND_QUERY, undecided, missing)
    for wait in STUCK_REFUND:
        easy_desk.sweep_refunds()
        refund = easy_desk.the_refund()
        assert (refund.needs_person, refund.due_at is None) == (True, False)
        clock.shift(wait)
    assert _sent(easy_desk) == 1


def test_silence_does_not_take_back_that_a_person_is_needed(easy_desk: Desk) -> None:
    refund = _sent_in_vain(easy_desk)
    undecided = RefundReport(Outcome.UNKNOWN, refund.refund_serial_no, needs_person=True)
    silence = RefundReport(Outcome.UNKNOWN, refund.refund_serial_no)
    easy_desk.channel.answers(Operation.REFUND_QUERY, undecided, silence)
    easy_desk.sweep_refunds()
    easy_desk.sweep_refunds()
    assert easy_desk.the_refund().needs_person


def test_an_account_that_changed_its_protocol_meanwhile_asks_a_person(
    easy_desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the new protocol does not know the old one may have returned."""
    _sent_in_vain(easy_desk)
    monkeypatch.setattr(EasyFakeChannel, "refund_is_idempotent", lambda *_: True)
    clock.shift(IN_FLIGHT.total_seconds() + 1)
    easy_desk.sweep_refunds()
    assert easy_desk.the_refund().needs_person
    assert _sent(easy_desk) == 1


def test_one_that_was_taken_and_is_not_known_any_more_asks_a_person(
    easy_desk: Desk, clock: Clock
) -> None:
    assert easy_desk.refund(_paid(easy_desk))["state"] == "processing"
    easy_desk.channel.refunds.clear()
    clock.shift(IN_FLIGHT.total_seconds() + 1)
    easy_desk.sweep_refunds()
    assert easy_desk.the_refund().needs_person
    assert _sent(easy_desk) == 1
