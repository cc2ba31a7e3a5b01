"""SIGTERM, as every deployment sends it: what runs is finished, and nobody is cut off."""

import threading
import time
from collections.abc import Iterator

import pytest
import requests

from tests.faults.agreement import assert_paid_and_refunded
from tests.faults.application import Application
from tests.faults.center import Center
from tests.faults.channel import Channel
from tests.faults.load import CLIENTS, load
from tests.faults.stories import wait_for_state

pytestmark = pytest.mark.slow

DRAIN_SECONDS = 1
LONG_CALL = 4
"""Seconds a channel call lasts here: it is under way when the signal comes."""


@pytest.fixture
def draining_web(center: Center) -> Iterator[Center]:
    """A web server that drains for a moment, as one behind a load balancer does."""
    former = center.environment["DRAIN_SECONDS"]
    center.kill("web")
    center.environment["DRAIN_SECONDS"] = str(DRAIN_SECONDS)
    center.start("web")
    yield center
    center.environment["DRAIN_SECONDS"] = former
    center.heal()


@pytest.mark.parametrize("keep_alive", [False, True])
def test_a_web_server_that_stops_answers_everything_it_was_asked(
    draining_web: Center, application: Application, *, keep_alive: bool
) -> None:
    center = draining_web
    ready: list[tuple[int, int]] = []
    with load(application, keep_alive=keep_alive) as seen:
        time.sleep(2)
        before = len(seen.answered)
        stopping = threading.Thread(target=center.stop_in_order, args=("web",))
        stopping.start()
        time.sleep(DRAIN_SECONDS / 2)
        status = requests.get(f"{center.at.web_url}/readyz", timeout=5).status_code
        ready.append((status, len(seen.answered)))
        stopping.join()
    assert seen.cut_off == []
    assert seen.refused == CLIENTS
    assert ready[0][0] == 503
    assert before < ready[0][1] < len(seen.answered), "it went on meanwhile"
    assert {status for _, status in seen.answered} <= {201, 202}
    center.start("web")
    for serial_no, _ in seen.answered:
        wait_for_state(application, serial_no, "pending")


def test_a_worker_that_stops_finishes_its_calls_and_leaves_the_rest_to_others(
    center: Center, application: Application, channel: Channel
) -> None:
    channel.break_next("pay", "slow", seconds=LONG_CALL, times=3)
    begun = [_ask(application) for _ in range(3)]
    seconds = center.stop_in_order("worker-channels")
    assert seconds < LONG_CALL + 6
    for _, serial_no in begun:
        assert application.payment(serial_no)["state"] == "pending", "it was finished in time"
    waiting = [_ask(application) for _ in range(2)]
    center.start("worker-channels")
    for order_no, serial_no in begun + waiting:
        wait_for_state(application, serial_no, "pending")
        assert _calls(center, serial_no) == ["pay"], "nothing was done twice"
        channel.payer_pays(serial_no)
        assert_paid_and_refunded(application, channel, order_no, refunded=0)


def test_notifications_under_way_are_finished_and_told_once(
    center: Center, application: Application, channel: Channel
) -> None:
    paid = [_ask(application) for _ in range(6)]
    for _, serial_no in paid:
        wait_for_state(application, serial_no, "pending")
        channel.payer_pays(serial_no)
    for name in ("worker", "beat"):
        assert center.stop_in_order(name) < 10
    center.start("worker", "beat")
    for order_no, _ in paid:
        assert_paid_and_refunded(application, channel, order_no, refunded=0)
    attempts = center.query(
        "SELECT max(attempts) FROM notifications_delivery AS delivery"
        " JOIN notifications_event AS event ON event.id = delivery.event_id"
        " WHERE event.data->>'order_no' = ANY(%s)",
        [order_no for order_no, _ in paid],
    )
    assert attempts == [(1,)]


def _ask(application: Application) -> tuple[str, str]:
    order_no = application.new_order()
    return order_no, str(application.ask(order_no).body["serial_no"])


def _calls(center: Center, serial_no: str) -> list[str]:
    rows = center.query(
        "SELECT operation FROM gateway_channelcall WHERE number = %s ORDER BY id", serial_no
    )
    return [operation for (operation,) in rows if operation != "query"]
