"""Redis gone, frozen or emptied: a slower answer is all that is lost."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from paycenter.local.client import Answer
from tests.faults.agreement import assert_paid_and_refunded
from tests.faults.application import REFUND, Application
from tests.faults.center import INITIATE_WAIT_SECONDS, Center
from tests.faults.channel import Channel
from tests.faults.stories import paid_order, pending_payment, wait_for_state
from tests.faults.waiting import eventually

pytestmark = pytest.mark.slow

LONGEST_ANSWER = INITIATE_WAIT_SECONDS + 1.0
"""Seconds; what a request waits for its worker, and half a second twice for the broker."""


@pytest.mark.parametrize("loss", ["kill", "pause"])
def test_center_works_without_redis_and_catches_up(
    loss: str, center: Center, application: Application, channel: Channel
) -> None:
    waiting_order, waiting = pending_payment(application)
    refunded_order, refunded = paid_order(application, channel)
    asked_order = application.new_order()
    getattr(center, loss)("valkey")

    answer = _quickly(lambda: application.ask(asked_order))
    assert (answer.status, answer.body["state"]) == (202, "initiating")
    answer = _quickly(lambda: application.ask_refund(refunded, f"RF-{refunded_order}"))
    assert (answer.status, answer.body["state"]) == (201, "approved")
    channel.payer_pays(waiting)
    wait_for_state(application, waiting, "succeeded")
    eventually(lambda: _acknowledged_at_once(channel, waiting))

    center.heal()
    asked = application.order(asked_order)["payments"][0]["serial_no"]
    wait_for_state(application, asked, "pending")
    channel.payer_pays(asked)
    assert_paid_and_refunded(application, channel, asked_order, refunded=0)
    assert_paid_and_refunded(application, channel, refunded_order, refunded=REFUND)
    assert_paid_and_refunded(application, channel, waiting_order, refunded=0)
    assert _quickly(lambda: application.ask(application.new_order())).status == 201


def test_redis_emptied_again_and_again_loses_nothing(
    center: Center, application: Application, channel: Channel
) -> None:
    orders = [application.new_order() for _ in range(5)]
    stop = threading.Event()
    flushing = threading.Thread(target=_flush_until, args=(center, stop))
    flushing.start()
    try:
        numbers = [application.ask(order_no).body["serial_no"] for order_no in orders]
        for serial_no in numbers:
            eventually(partial(_is_known, channel, serial_no))
            channel.payer_pays(serial_no)
        for order_no, serial_no in zip(orders, numbers, strict=True):
            wait_for_state(application, serial_no, "succeeded")
            application.ask_refund(serial_no, f"RF-{order_no}")
    finally:
        stop.set()
        flushing.join()
    for order_no in orders:
        assert_paid_and_refunded(application, channel, order_no, refunded=REFUND)


def test_messages_lost_before_a_worker_took_them_are_swept_up(
    center: Center, application: Application, channel: Channel
) -> None:
    refunded_order, refunded = paid_order(application, channel)
    center.kill("worker-channels")
    asked_order = application.new_order()
    asked = application.ask(asked_order).body["serial_no"]
    application.ask_refund(refunded, f"RF-{refunded_order}")
    center.flush_redis()
    center.start("worker-channels")
    wait_for_state(application, asked, "pending")
    channel.payer_pays(asked)
    assert_paid_and_refunded(application, channel, asked_order, refunded=0)
    assert_paid_and_refunded(application, channel, refunded_order, refunded=REFUND)


def _quickly(ask: Callable[[], Answer]) -> Answer:
    started = time.monotonic()
    answer = ask()
    assert time.monotonic() - started < LONGEST_ANSWER
    return answer


def _flush_until(center: Center, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        center.flush_redis()


def _is_known(channel: Channel, serial_no: str) -> None:
    assert channel.knows(serial_no)


def _acknowledged_at_once(channel: Channel, serial_no: str) -> None:
    assert [attempt["status"] for attempt in channel.callbacks_about(serial_no)] == [204]
