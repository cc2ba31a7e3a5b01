"""Closing on request: the channel is asked, and what is paid stays paid."""

from gateway.messages import Operation, Outcome, PaymentReport
from tests.support.desk import Desk, events
from tests.support.workers import Workers


def test_a_close_is_confirmed_by_the_channel(desk: Desk) -> None:
    serial_no = desk.pay()["serial_no"]
    answer = desk.close(serial_no)
    assert (answer.status, answer["state"], answer["action"]) == (200, "closed", None)
    assert desk.order().state == "closed"
    assert [event.type for event in events()] == ["payment.closed"]


def test_closing_again_changes_nothing(desk: Desk) -> None:
    serial_no = desk.pay()["serial_no"]
    desk.close(serial_no)
    calls = len(desk.channel.calls)
    assert desk.close(serial_no).status == 200
    assert len(desk.channel.calls) == calls
    assert len(events()) == 1


def test_closing_what_had_ended_gives_no_order_up(desk: Desk) -> None:
    """A replaced attempt is over; its order waits for the next one."""
    replaced = desk.pay()["serial_no"]
    second = desk.pay(account=desk.other_account)["serial_no"]
    desk.other_channel.answers(Operation.QUERY, PaymentReport(Outcome.FAILED, second))
    assert desk.sync(second)["state"] == "failed"
    for serial_no in (replaced, second):
        assert desk.close(serial_no).status == 200
    assert desk.order().state == "paying"
    assert desk.pay().status == 201


def test_a_paid_payment_cannot_be_closed(desk: Desk) -> None:
    payment = desk.paid_payment()
    answer = desk.close(payment.serial_no)
    assert (answer.status, answer.code) == (409, "payment_not_closable")
    assert desk.channel.calls_of(Operation.CLOSE) == []


def test_a_payment_the_channel_calls_paid_stays_paid(desk: Desk) -> None:
    serial_no = desk.pay()["serial_no"]
    desk.channel.paid(serial_no)
    assert desk.close(serial_no).code == "payment_not_closable"
    assert (desk.the_payment().state, desk.order().state) == ("succeeded", "paid")


def test_an_unconfirmed_close_is_not_a_close(desk: Desk) -> None:
    serial_no = desk.pay()["serial_no"]
    desk.channel.answers(Operation.QUERY, PaymentReport(Outcome.UNKNOWN, serial_no))
    answer = desk.close(serial_no)
    assert (answer.code, answer.headers["Retry-After"]) == ("payment_not_closable", "5")
    assert (desk.the_payment().state, desk.order().state) == ("pending", "paying")


def test_a_repeated_close_ends_what_the_first_one_left_unconfirmed(desk: Desk) -> None:
    """Whoever sends it again as told, or lost the answer, gives the order up all the same."""
    serial_no = desk.pay()["serial_no"]
    desk.channel.answers(Operation.QUERY, PaymentReport(Outcome.UNKNOWN, serial_no))
    assert desk.close(serial_no).code == "payment_not_closable"
    assert desk.sync(serial_no)["state"] == "closed"
    assert desk.order().state == "paying"
    assert desk.close(serial_no).status == 200
    assert desk.order().state == "closed"


def test_a_close_nobody_worked_on_is_not_a_close(desk: Desk, workers: Workers) -> None:
    serial_no = desk.pay()["serial_no"]
    workers.pause()
    assert desk.close(serial_no).code == "payment_not_closable"


def test_an_order_with_another_open_payment_stays_open(desk: Desk) -> None:
    first = desk.pay()["serial_no"]
    desk.pay(account=desk.other_account)
    assert desk.close(first).status == 200
    assert desk.order().state == "paying"
