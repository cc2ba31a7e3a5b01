"""A link nobody followed yet: its channel knows nothing, and whoever holds it may still pay.

Alipay's trade query answers ``ACQ.TRADE_NOT_EXIST`` until the payer comes, and so does its close.
"""

import pytest

from gateway.messages import Operation, Outcome, PaymentReport
from tests.support.clock import Clock
from tests.support.desk import Desk, events, history
from tests.support.fake_channel import PageFakeChannel
from transactions.models import Payment

LIFETIME = 600
GRACE = 60
TWO_DAYS = 48 * 3600
WINDOW = 15


def _link(desk: Desk) -> Payment:
    return desk.pending_payment(invoke_method="wap", expires_in=LIFETIME)


def test_until_it_expires_it_is_neither_sent_again_nor_closed(
    page_desk: Desk, clock: Clock
) -> None:
    _link(page_desk)
    for _ in range(3):
        clock.shift(LIFETIME / 3)
        page_desk.sweep_payments()
    operations = [call.operation for call in page_desk.channel.calls]
    assert operations == [Operation.PAY, *[Operation.QUERY] * 3]
    assert page_desk.the_payment().state == "pending"


@pytest.mark.parametrize(("late", "state"), [(0, "pending"), (1, "closed")])
def test_it_ends_when_the_channel_does_not_know_it_after_its_expiry(
    page_desk: Desk, clock: Clock, late: int, state: str
) -> None:
    payment = _link(page_desk)
    clock.shift(LIFETIME + GRACE + late)
    page_desk.sweep_payments()
    assert page_desk.the_payment().state == state
    assert page_desk.channel.calls_of(Operation.CLOSE) == []
    if state == "closed":
        assert history(payment)[-1] == ("pending", "closed", "query")
        assert [event.type for event in events()] == ["payment.closed"]


@pytest.mark.parametrize(("late", "state"), [(0, "pending"), (1, "closed")])
def test_where_the_channel_was_told_no_expiry_it_ends_two_days_later(
    easy_desk: Desk, clock: Clock, late: int, state: str
) -> None:
    _link(easy_desk)
    clock.shift(LIFETIME + TWO_DAYS + late)
    easy_desk.sweep_payments()
    assert easy_desk.the_payment().state == state


def test_no_answer_after_its_expiry_ends_nothing(page_desk: Desk, clock: Clock) -> None:
    payment = _link(page_desk)
    clock.shift(LIFETIME + TWO_DAYS)
    silence = PaymentReport(Outcome.UNKNOWN, payment.serial_no)
    page_desk.channel.answers(Operation.QUERY, silence, silence)
    page_desk.sweep_payments()
    payment = page_desk.the_payment()
    assert (payment.state, payment.due_at is None) == ("pending", False)


def test_a_close_the_channel_knows_nothing_of_is_no_close(page_desk: Desk, clock: Clock) -> None:
    payment = _link(page_desk)
    clock.shift(100)
    answer = page_desk.close(payment.serial_no)
    assert (answer.status, answer.code) == (409, "payment_not_closable")
    assert "may pay until 2026-11-22T08:11:00Z" in answer["detail"]
    assert answer.headers["Retry-After"] == str(LIFETIME + GRACE - 100)
    assert (page_desk.the_payment().state, page_desk.order().state) == ("pending", "paying")


def test_after_its_expiry_it_can_be_closed(page_desk: Desk, clock: Clock) -> None:
    payment = _link(page_desk)
    clock.shift(LIFETIME + GRACE + 1)
    answer = page_desk.close(payment.serial_no)
    assert (answer.status, answer["state"]) == (200, "closed")
    assert page_desk.order().state == "closed"


def test_inside_the_window_it_holds_the_order(page_desk: Desk, clock: Clock) -> None:
    _link(page_desk)
    clock.shift(WINDOW - 1)
    answer = page_desk.pay(account=page_desk.other_account)
    assert (answer.status, answer.code) == (409, "attempt_too_soon")
    assert Payment.objects.count() == 1


def test_after_the_window_another_attempt_takes_its_place_and_it_stays_open(
    page_desk: Desk, clock: Clock
) -> None:
    first = _link(page_desk)
    clock.shift(WINDOW)
    assert page_desk.pay(account=page_desk.other_account).status == 201
    page_desk.channel.calls.clear()
    clock.shift(100)
    page_desk.sweep_payments()
    assert [call.operation for call in page_desk.channel.calls] == [Operation.QUERY]
    assert page_desk.payment(first.serial_no).state == "pending"
    clock.shift(LIFETIME)
    page_desk.sweep_payments()
    assert page_desk.payment(first.serial_no).state == "closed"
    assert page_desk.channel.calls_of(Operation.PAY) == []


def test_a_replaced_one_whose_payer_came_is_closed_at_the_channel(
    page_desk: Desk, pages: PageFakeChannel, clock: Clock
) -> None:
    first = _link(page_desk)
    clock.shift(WINDOW)
    page_desk.pay(account=page_desk.other_account)
    pages.come(first.serial_no)
    page_desk.sweep_payments()
    assert page_desk.payment(first.serial_no).state == "closed"
    assert page_desk.channel.payments[first.serial_no].closed


def test_money_that_comes_after_it_ended_settles_the_order(
    page_desk: Desk, pages: PageFakeChannel, clock: Clock
) -> None:
    payment = _link(page_desk)
    clock.shift(LIFETIME + GRACE + 1)
    page_desk.sweep_payments()
    pages.come(payment.serial_no)
    page_desk.callback(page_desk.channel.paid(payment.serial_no))
    assert (page_desk.the_payment().state, page_desk.order().state) == ("succeeded", "paid")


def test_money_that_comes_to_a_replaced_one_is_a_duplicate(
    page_desk: Desk, pages: PageFakeChannel, clock: Clock
) -> None:
    first = _link(page_desk)
    clock.shift(WINDOW)
    second = page_desk.pay(account=page_desk.other_account)["serial_no"]
    page_desk.callback(page_desk.other_channel.paid(second), account=page_desk.other_account)
    pages.come(first.serial_no)
    page_desk.callback(page_desk.channel.paid(first.serial_no))
    late = page_desk.payment(first.serial_no)
    assert (late.state, late.settles_order, late.refund_reserved) == ("succeeded", False, 10_000)
