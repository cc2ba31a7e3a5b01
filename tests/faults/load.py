"""Applications that ask for payments without pause, whatever happens meanwhile."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests
from urllib3.exceptions import NewConnectionError

from tests.faults.application import Application

CLIENTS = 6


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
