"""A channel that loses, delays or garbles its answers: unknown is asked until it is known.

All faulty requests are sent first, then each test waits for its own: the waits overlap.
"""

import pytest

from tests.faults.agreement import assert_paid_and_refunded
from tests.faults.application import REFUND, Application
from tests.faults.channel import Channel
from tests.faults.conftest import Installation
from tests.faults.stories import paid_order, wait_for_state

pytestmark = pytest.mark.slow

BEYOND_DEADLINE = 12
"""Seconds; a channel call has ten."""

FAULTS = (
    "drop_before",
    "drop_after",
    "error_executed",
    "error_not_executed",
    "bad_signature",
    "rate_limited",
    "slow",
)
Numbers = dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def faulty_payments(installation: Installation) -> Numbers:
    """Order and serial number of one payment per fault, none of them answered properly."""
    application, found = installation.application, {}
    for fault in FAULTS:
        installation.channel.break_next("pay", fault, seconds=BEYOND_DEADLINE)
        order_no = application.new_order()
        answer = application.ask(order_no)
        assert (answer.status, answer.body["failure"]) == (202, None)
        found[fault] = (order_no, answer.body["serial_no"])
    return found


@pytest.fixture(scope="module")
def faulty_refunds(installation: Installation) -> Numbers:
    """Order number and refund number of one refund per fault, none of them answered properly."""
    application, channel, found = installation.application, installation.channel, {}
    for fault in FAULTS:
        order_no, serial_no = paid_order(application, channel)
        channel.break_next("refund", fault, seconds=BEYOND_DEADLINE)
        answer = application.ask_refund(serial_no, f"RF-{order_no}")
        assert answer.status == 201
        assert answer.body["state"] in {"approved", "unknown"}
        found[fault] = (order_no, answer.body["refund_serial_no"])
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_payment_that_met_a_fault_gets_its_launch_data_and_is_paid_once(
    fault: str, faulty_payments: Numbers, application: Application, channel: Channel
) -> None:
    order_no, serial_no = faulty_payments[fault]
    wait_for_state(application, serial_no, "pending")
    assert application.payment(serial_no)["action"]["type"] == "qr_code"
    channel.payer_pays(serial_no)
    assert_paid_and_refunded(application, channel, order_no, refunded=0)


@pytest.mark.parametrize("fault", FAULTS)
def test_refund_that_met_a_fault_returns_the_money_once(
    fault: str, faulty_refunds: Numbers, application: Application, channel: Channel
) -> None:
    order_no, _ = faulty_refunds[fault]
    assert_paid_and_refunded(application, channel, order_no, refunded=REFUND)


def test_results_whose_callbacks_never_come_are_found_by_asking(
    application: Application, channel: Channel
) -> None:
    channel.break_next("callback", "hold_callbacks", times=2)
    order_no = application.new_order()
    serial_no = application.ask(order_no).body["serial_no"]
    channel.payer_pays(serial_no)
    wait_for_state(application, serial_no, "succeeded")
    application.ask_refund(serial_no, f"RF-{order_no}")
    assert_paid_and_refunded(application, channel, order_no, refunded=REFUND)


def test_callback_before_the_answer_counts(application: Application, channel: Channel) -> None:
    channel.break_next("pay", "early_callback")
    order_no = application.new_order()
    application.ask(order_no)
    assert_paid_and_refunded(application, channel, order_no, refunded=0)


def test_callbacks_sent_many_times_at_once_have_one_effect(
    application: Application, channel: Channel
) -> None:
    order_no, serial_no = paid_order(application, channel)
    attempts = channel.send_callback_again(serial_no, times=50)
    assert [attempt["status"] for attempt in attempts] == [204] * 50
    assert_paid_and_refunded(application, channel, order_no, refunded=0)
