"""``kill -9`` of workers and web server in the midst of their work: the rows are the truth."""

import threading

import pytest
import requests

from tests.faults.agreement import assert_paid_and_refunded
from tests.faults.application import REFUND, Application
from tests.faults.center import Center
from tests.faults.channel import Channel
from tests.faults.stories import paid_order, pending_payment, wait_for_state
from tests.faults.waiting import eventually

pytestmark = pytest.mark.slow

LONG_CALL = 8
"""Seconds a channel call lasts here: less than its deadline, enough to kill somebody meanwhile."""


def test_workers_killed_in_the_midst_of_calls_lose_nothing(
    center: Center, application: Application, channel: Channel
) -> None:
    notified_order, notified = pending_payment(application)
    refunded_order, refunded = paid_order(application, channel)
    assert_paid_and_refunded(application, channel, refunded_order, refunded=0)
    center.pause("receiver")
    channel.payer_pays(notified)
    wait_for_state(application, notified, "succeeded")
    channel.break_next("refund", "slow", seconds=LONG_CALL)
    channel.break_next("pay", "slow", seconds=LONG_CALL)
    application.ask_refund(refunded, f"RF-{refunded_order}")
    asked_order = application.new_order()
    asked = application.ask(asked_order).body["serial_no"]
    assert channel.knows(asked)

    for name in ("worker-channels", "worker", "receiver"):
        center.kill(name)
    center.start("worker-channels", "worker", "receiver")

    wait_for_state(application, asked, "pending")
    channel.payer_pays(asked)
    assert_paid_and_refunded(application, channel, asked_order, refunded=0)
    assert_paid_and_refunded(application, channel, refunded_order, refunded=REFUND)
    assert_paid_and_refunded(application, channel, notified_order, refunded=0)


def test_web_killed_during_the_channel_call_goes_on_with_the_same_number(
    center: Center, application: Application, channel: Channel
) -> None:
    channel.break_next("pay", "slow", seconds=LONG_CALL)
    order_no = application.new_order()
    serial_no = _ask_and_kill_web(center, application, order_no)
    center.start("web")
    assert application.ask(order_no).body["serial_no"] == serial_no
    wait_for_state(application, serial_no, "pending")
    channel.payer_pays(serial_no)
    assert_paid_and_refunded(application, channel, order_no, refunded=0)


def test_web_killed_before_any_worker_heard_of_the_payment_is_swept_up(
    center: Center, application: Application, channel: Channel
) -> None:
    center.pause("valkey")
    order_no = application.new_order()
    serial_no = _ask_and_kill_web(center, application, order_no)
    center.kill("valkey")
    center.start("valkey", "web")
    wait_for_state(application, serial_no, "pending")
    channel.payer_pays(serial_no)
    assert_paid_and_refunded(application, channel, order_no, refunded=0)


def _ask_and_kill_web(center: Center, application: Application, order_no: str) -> str:
    """Kill the web server as soon as the payment's row is committed; returns its number."""
    lost: list[Exception] = []

    def ask() -> None:
        try:
            application.ask(order_no)
        except requests.RequestException as error:
            lost.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    found: list[str] = []

    def row_is_there() -> None:
        rows = center.query(
            "SELECT serial_no FROM transactions_payment AS payment"
            " JOIN transactions_order AS asked ON asked.id = payment.order_id"
            " WHERE order_no = %s",
            order_no,
        )
        assert rows
        found.append(rows[0][0])

    eventually(row_is_there)
    center.kill("web")
    asking.join()
    assert lost, "the request was answered before the web server could be killed"
    return found[0]
