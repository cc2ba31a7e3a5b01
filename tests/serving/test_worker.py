"""A thread stays with a connection whose requests follow at once, while nobody else waits."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from paycenter.serving.worker import DrainingWorker


@pytest.fixture
def worker() -> Iterator[DrainingWorker]:
    """A worker that serves nothing yet."""
    worker = DrainingWorker.__new__(DrainingWorker)
    worker.alive = True
    worker.tpool = ThreadPoolExecutor(max_workers=1)
    yield worker
    worker.tpool.shutdown()


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection: ours and the client's end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_request_that_is_there_is_taken(
    worker: DrainingWorker, ends: tuple[socket.socket, socket.socket]
) -> None:
    ends[1].send(b"G")
    assert worker._follows(ends[0])


def test_nobody_is_waited_for_long(
    worker: DrainingWorker, ends: tuple[socket.socket, socket.socket]
) -> None:
    assert not worker._follows(ends[0])


def test_a_connection_that_waits_for_a_thread_comes_first(
    worker: DrainingWorker, ends: tuple[socket.socket, socket.socket]
) -> None:
    ends[1].send(b"G")
    busy = Event()
    worker.tpool.submit(busy.wait)
    worker.tpool.submit(busy.wait)
    follows = worker._follows(ends[0])
    busy.set()
    assert not follows


def test_a_worker_that_stops_begins_nothing_more(
    worker: DrainingWorker, ends: tuple[socket.socket, socket.socket]
) -> None:
    ends[1].send(b"G")
    worker.alive = False
    assert not worker._follows(ends[0])
