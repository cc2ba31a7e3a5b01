"""Doing the same thing in many threads at the same moment, each with a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

T = TypeVar("T")
PATIENCE_SECONDS = 60


def together(count: int, work: Callable[[int], T]) -> list[T]:
    """Run ``work(0)`` ... ``work(count - 1)`` at once and return the results in that order.

    Whatever one of them raises is raised here, after all have ended.
    """
    barrier = threading.Barrier(count)

    def one(index: int) -> T:
        try:
            barrier.wait(PATIENCE_SECONDS)
            return work(index)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count), timeout=PATIENCE_SECONDS))
