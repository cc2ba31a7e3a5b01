"""RabbitMQ as the broker of hints: it carries a payment through, and nothing depends on it."""

import threading
import time
from collections.abc import Iterator

import pytest
import redis
from celery import Celery
from kombu.exceptions import OperationalError

from paycenter.settings import RABBITMQ_TIMEOUTS
from tests.faults.agreement import assert_paid_and_refunded
from tests.faults.application import REFUND, Application
from tests.faults.center import Center, running_center
from tests.faults.channel import Channel
from tests.faults.conftest import Installation
from tests.faults.load import (
    assert_all_ordered_once,
    assert_some_can_be_paid,
    assert_worker_hears_at_once,
    load,
)
from tests.faults.rabbitmq import SERVER, valkey_and_rabbitmq
from tests.faults.stories import paid_order, pending_payment
from tests.faults.waiting import eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SERVER.exists(), reason="rabbitmq-server is not installed (Debian's)"),
]

AWAY_SECONDS = 4
LONGEST_PUBLISHING = 3
"""Seconds; three answers that do not come and a connection that is not made, 0.4 each."""
REST_SECONDS = 0.5


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A center whose hints go over RabbitMQ, in place of the one that has Valkey alone."""
    with running_center(plan_messaging=valkey_and_rabbitmq) as (center, credentials):
        application = Application(credentials, receiver_url=center.at.receiver_url)
        yield Installation(center, application, Channel(center.at.sandbox_url))


def test_hints_over_rabbitmq_alone_carry_a_payment_and_its_refund_to_their_end(
    center: Center, application: Application, channel: Channel
) -> None:
    center.kill("beat")  # nothing is swept up
    order_no = application.new_order()
    answer = application.ask(order_no)
    assert (answer.status, answer.body["state"]) == (201, "pending")
    serial_no = answer.body["serial_no"]
    channel.payer_pays(serial_no)
    eventually(lambda: _acknowledged_at_once(channel, serial_no))
    application.ask_refund(serial_no, f"RF-{order_no}")
    assert_paid_and_refunded(application, channel, order_no, refunded=REFUND)
    assert _queues_on_redis(center) == []


@pytest.mark.parametrize("loss", ["kill", "pause"])
def test_rabbitmq_lost_under_load_loses_and_doubles_nothing(
    loss: str, center: Center, application: Application, channel: Channel
) -> None:
    waiting_order, waiting = pending_payment(application)
    refunded_order, refunded = paid_order(application, channel)
    with load(application, keep_alive=True, pause=REST_SECONDS) as seen:
        time.sleep(1)
        getattr(center, loss)("rabbitmq")
        application.ask_refund(refunded, f"RF-{refunded_order}")
        channel.payer_pays(waiting)
        eventually(lambda: _acknowledged_at_once(channel, waiting))
        time.sleep(AWAY_SECONDS)
        center.heal()
        eventually(lambda: assert_worker_hears_at_once(application))
    assert {status for _, status in seen.answered} == {201, 202}, "some were asked meanwhile"
    assert_all_ordered_once(center, application, seen)
    assert_some_can_be_paid(application, channel, seen)
    assert_paid_and_refunded(application, channel, waiting_order, refunded=0)
    assert_paid_and_refunded(application, channel, refunded_order, refunded=REFUND)


def test_a_queue_that_is_new_to_a_frozen_rabbitmq_is_given_up_soon(center: Center) -> None:
    client = Celery()
    client.config_from_object("django.conf:settings", namespace="CELERY")
    client.conf.update(broker_url=center.at.broker_url, broker_transport_options=RABBITMQ_TIMEOUTS)
    client.send_task("a.task", queue="a.queue")
    center.pause("rabbitmq")
    thaw = threading.Timer(2 * LONGEST_PUBLISHING, center.resume, ["rabbitmq"])
    thaw.start()
    started = time.monotonic()
    with pytest.raises(OperationalError):
        client.send_task("a.task", queue="another.queue")
    assert time.monotonic() - started < LONGEST_PUBLISHING
    thaw.join()


def _acknowledged_at_once(channel: Channel, serial_no: str) -> None:
    assert [attempt["status"] for attempt in channel.callbacks_about(serial_no)] == [204]


def _queues_on_redis(center: Center) -> list[str]:
    client = redis.Redis.from_url(center.at.redis_url, decode_responses=True)
    return list(client.scan_iter("_kombu.binding.*"))
