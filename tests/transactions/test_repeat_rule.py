"""The 15-second rule inside its window: what a repeated attempt for one order gets, and when."""

from typing import Any

import pytest
from pytest_django import Settings

from gateway.messages import Failure, Operation, Outcome, PaymentReport, PayResult
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.workers import Workers
from transactions.models import Payment

pytestmark = pytest.mark.usefixtures("clock")


def _leave_open(desk: Desk, serial_no: str, outcome: Outcome) -> None:
    """Let the channel neither close the payment nor call it closed."""
    word = PaymentReport(outcome, serial_no)
    desk.channel.answers(Operation.CLOSE, PaymentReport(Outcome.UNKNOWN, serial_no))
    desk.channel.answers(Operation.QUERY, word)


def test_the_same_request_gets_the_same_payment_and_launch_data(desk: Desk, clock: Clock) -> None:
    first = desk.pay()
    clock.shift(14.9)
    again = desk.pay()
    assert again.status == 200
    assert again.body == first.body
    assert len(desk.channel.calls) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"invoke_method": "wap"},
        {"payer": {"openid": "o1"}},
        {"return_url": "https://app.test/back"},
        {"notify_url": "https://app.test/other"},
    ],
)
def test_another_request_closes_the_earlier_payment_first(
    desk: Desk, changes: dict[str, Any]
) -> None:
    first = desk.pay()
    second = desk.pay(**changes)
    assert second.status == 201
    assert desk.payment(first["serial_no"]).state == "closed"
    operations = [call.operation for call in desk.channel.calls]
    assert operations == [Operation.PAY, Operation.CLOSE, Operation.QUERY, Operation.PAY]


def test_another_account_closes_the_earlier_payment_at_its_own_channel(desk: Desk) -> None:
    first = desk.pay()
    second = desk.pay(account=desk.other_account)
    assert (second.status, second["channel"]) == (201, "alipay")
    assert len(desk.channel.calls_of(Operation.CLOSE)) == 1
    assert desk.other_channel.calls_of(Operation.CLOSE) == []
    assert desk.payment(first["serial_no"]).state == "closed"


def test_a_failed_payment_holds_nobody_up(desk: Desk) -> None:
    failure = Failure("NO_AUTH", "no permission")
    desk.channel.answers(Operation.PAY, PayResult(Outcome.FAILED, failure=failure))
    assert desk.pay()["state"] == "failed"
    assert desk.pay(account=desk.other_account).status == 201
    assert desk.channel.calls_of(Operation.CLOSE) == []


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.UNKNOWN])
def test_a_payment_that_may_still_be_paid_holds_the_order(
    desk: Desk, clock: Clock, outcome: Outcome
) -> None:
    first = desk.pay()
    clock.shift(4.2)
    _leave_open(desk, first["serial_no"], outcome)
    answer = desk.pay(account=desk.other_account)
    assert (answer.status, answer.code) == (409, "attempt_too_soon")
    assert answer.headers["Retry-After"] == "11"
    assert Payment.objects.count() == 1


def test_a_silent_worker_holds_the_order(desk: Desk, workers: Workers) -> None:
    desk.pay()
    workers.pause()
    assert desk.pay(account=desk.other_account).code == "attempt_too_soon"


def test_a_payment_found_paid_settles_the_order_instead(desk: Desk) -> None:
    first = desk.pay()
    desk.channel.paid(first["serial_no"])
    answer = desk.pay(account=desk.other_account)
    assert (answer.status, answer.code) == (409, "order_paid")
    assert desk.order().state == "paid"
    assert Payment.objects.count() == 1


def test_different_orders_are_never_held_up(desk: Desk) -> None:
    first = desk.pay("A1")
    _leave_open(desk, first["serial_no"], Outcome.UNKNOWN)
    assert desk.pay("A2").status == 201
    assert desk.channel.calls_of(Operation.CLOSE) == []


def test_the_window_is_the_platforms_unless_the_application_has_its_own(
    desk: Desk, clock: Clock, settings: Settings
) -> None:
    settings.ATTEMPT_GUARD_SECONDS = 5
    first = desk.pay("A1")
    desk.application.attempt_guard_seconds = 60
    desk.application.save()
    clock.shift(59)
    assert desk.pay("A1").body == first.body
    desk.application.attempt_guard_seconds = None
    desk.application.save()
    assert desk.pay("A1")["repeat_of"] == first["serial_no"]


def test_a_window_of_zero_seconds_holds_nothing(desk: Desk, clock: Clock) -> None:
    desk.application.attempt_guard_seconds = 0
    desk.application.save()
    first = desk.pay()
    _leave_open(desk, first["serial_no"], Outcome.UNKNOWN)
    assert desk.pay(account=desk.other_account).status == 201
