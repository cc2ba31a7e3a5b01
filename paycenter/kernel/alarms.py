"""Alarms: something called when its time has come, by one thread for the whole process.

A timer of its own for each outgoing request would be a thread of its own. Nearly all are called
off long before their time.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Callable

GRAIN = 0.05
"""Seconds an alarm may come late: alarms that lie as close together are one waking."""


class Alarm:
    """Calls ``action`` once, ``seconds`` from now, unless it is called off before.

    The action must be quick and must not raise: those of others wait for it.
    """

    def __init__(self, seconds: float, action: Callable[[], None]) -> None:
        self._action: Callable[[], None] | None = action
        _clock.add(time.monotonic() + seconds, self)

    def call_off(self) -> None:
        """See that the action is not called from now on, unless it is being called already."""
        self._action = None

    def ring(self) -> None:
        """Do what is to be done, once."""
        action, self._action = self._action, None
        if action is not None:
            action()


class _Clock:
    """The alarms by their time, and the thread that sleeps until the next of them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._numbers = itertools.count()  # alarms of the same moment cannot be compared
        self._thread: threading.Thread | None = None

    def add(self, moment: float, alarm: Alarm) -> None:
        with self._changed:
            heapq.heappush(self._alarms, (moment, next(self._numbers), alarm))
            if self._thread is None or not self._thread.is_alive():  # a fork has no threads
                self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)
                self._thread.start()
            elif self._alarms[0][2] is alarm:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            for alarm in self._take_due():
                alarm.ring()

    def _take_due(self) -> list[Alarm]:
        """Sleep until the next alarm, then take all whose time has come."""
        with self._changed:
            left = self._alarms[0][0] - time.monotonic() if self._alarms else None
            if left is None or left > 0:
                self._changed.wait(left if left is None else max(left, GRAIN))
            due = []
            while self._alarms and self._alarms[0][0] <= time.monotonic():
                due.append(heapq.heappop(self._alarms)[2])
            return due


_clock = _Clock()
