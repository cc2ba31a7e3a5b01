"""Alarms ring at their time, those called off do not, and one thread serves all."""

import threading
import time
from collections.abc import Callable

from paycenter.kernel.alarms import GRAIN, Alarm

LATE = 2.0
"""Seconds of grace for a busy machine."""


def _rung_at(seconds: float, rung: list[float]) -> Callable[[], None]:
    due = time.monotonic() + seconds
    return lambda: rung.append(time.monotonic() - due)


def _wait_for(count: int, rung: list[float]) -> None:
    until = time.monotonic() + LATE
    while len(rung) < count and time.monotonic() < until:
        time.sleep(0.01)


def test_alarms_ring_at_their_time_in_whatever_order_they_were_set() -> None:
    rung: list[float] = []
    for seconds in (0.3, 0.1, 0.2):
        Alarm(seconds, _rung_at(seconds, rung))
    _wait_for(3, rung)
    assert len(rung) == 3
    assert all(0 <= late <= GRAIN + LATE for late in rung)


def test_one_that_is_called_off_does_not_ring() -> None:
    rung: list[float] = []
    alarm = Alarm(0.1, _rung_at(0.1, rung))
    alarm.call_off()
    Alarm(0.2, _rung_at(0.2, rung))
    _wait_for(2, rung)
    assert len(rung) == 1


def test_a_nearer_alarm_is_not_kept_waiting_by_a_far_one() -> None:
    rung: list[float] = []
    far = Alarm(60, _rung_at(60, rung))
    time.sleep(0.05)
    Alarm(0.1, _rung_at(0.1, rung))
    _wait_for(1, rung)
    far.call_off()
    assert len(rung) == 1


def test_one_thread_serves_all() -> None:
    alarms = [Alarm(60, lambda: None) for _ in range(50)]
    assert sum(thread.name == "alarms" for thread in threading.enumerate()) == 1
    for alarm in alarms:
        alarm.call_off()
