"""Applications that ask for payments without pause, whatever happens meanwhile."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests
from urllib3.exceptions import NewConnectionError

from tests.faults.agreement import assert_paid_and_refunded
from tests.faults.application import Application
from tests.faults.center import Center
from tests.faults.channel import Channel
from tests.faults.stories import wait_for_state

CLIENTS = 6
_PAID_OF_ALL = 5


@dataclass
class Load:
    """What became of requests that were sent without pause."""

    answered: list[tuple[str, int]] = field(default_factory=list)
    """Serial number and status."""
    refused: int = 0
    cut_off: list[str] = field(default_factory=list)


@contextmanager
def load(application: Application, *, keep_alive: bool, pause: float = 0) -> Iterator[Load]:
    """Ask for payments all the time, until the web server cannot be connected to any more.

    Each client rests ``pause`` seconds after an answer.
    """
    seen, is_over = Load(), threading.Event()
    with ThreadPoolExecutor(CLIENTS) as clients:
        for _ in range(CLIENTS):
            clients.submit(_keep_asking, application, seen, is_over, keep_alive, pause)
        try:
            yield seen
        finally:
            is_over.set()


def _keep_asking(
    application: Application,
    seen: Load,
    is_over: threading.Event,
    keep_alive: bool,
    pause: float,
) -> None:
    connection = application.another_connection()
    while not is_over.wait(pause):
        if not keep_alive:
            connection = application.another_connection()
        try:
            answer = connection.ask(connection.new_order())
            seen.answered.append((answer.body["serial_no"], answer.status))
        except requests.ConnectionError as error:
            if isinstance(getattr(error.args[0], "reason", None), NewConnectionError):
                seen.refused += 1
                return
            seen.cut_off.append(repr(error))


def assert_all_ordered_once(center: Center, application: Application, seen: Load) -> None:
    """Every request was answered, and each payment waits for its payer after one order call."""
    assert (seen.cut_off, seen.refused) == ([], 0)
    assert {status for _, status in seen.answered} <= {201, 202}
    numbers = [serial_no for serial_no, _ in seen.answered]
    for serial_no in numbers:
        wait_for_state(application, serial_no, "pending")
    calls = center.query(
        "SELECT number, count(*) FROM gateway_channelcall"
        " WHERE operation = 'pay' AND number = ANY(%s) GROUP BY number",
        numbers,
    )
    assert dict(calls) == dict.fromkeys(numbers, 1)


def assert_some_can_be_paid(application: Application, channel: Channel, seen: Load) -> None:
    """Payments from the beginning to the end of the load are paid, and everybody agrees."""
    for serial_no, _ in seen.answered[:: len(seen.answered) // _PAID_OF_ALL]:
        channel.payer_pays(serial_no)
        order_no = application.payment(serial_no)["order_no"]
        assert_paid_and_refunded(application, channel, order_no, refunded=0)


def assert_worker_hears_at_once(application: Application) -> None:
    """A worker is told of a payment before whoever asks stops waiting: hints go through."""
    assert application.ask(application.new_order()).status == 201
