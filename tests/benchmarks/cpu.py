"""Processor time of running processes, as the kernel counts it (proc(5), /proc/<pid>/stat)."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# Positions behind the name, which stands in parentheses and may hold blanks.
_PARENT, _GROUP, _USER, _SYSTEM = 1, 2, 11, 12
_WHOLE_FAMILY = slice(_USER, _SYSTEM + 3)


def processor_seconds(group: int) -> float:
    """Return what the living processes of a process group have used, user and system together."""
    processes = (fields for _, fields in _processes() if int(fields[_GROUP]) == group)
    return sum(_ticks(fields[_USER : _SYSTEM + 1]) for fields in processes) / _TICKS_PER_SECOND


def family_seconds(pid: int) -> float:
    """Return what a process has used, with its children, those that ended included."""
    ticks = 0
    for number, fields in _processes():
        if number == pid:
            ticks += _ticks(fields[_WHOLE_FAMILY])
        elif int(fields[_PARENT]) == pid:
            ticks += _ticks(fields[_USER : _SYSTEM + 1])
    return ticks / _TICKS_PER_SECOND


def parent_of(pid: int) -> int | None:
    """Return who started a process, None where no such process runs on this machine."""
    return next((int(fields[_PARENT]) for number, fields in _processes() if number == pid), None)


def _processes() -> Iterator[tuple[int, list[str]]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            yield int(stat.parent.name), stat.read_text().rpartition(")")[2].split()


def _ticks(fields: list[str]) -> int:
    return sum(map(int, fields))


def yardstick() -> float:
    """Return the processor milliseconds of a million additions: how fast this machine is just now.

    Where cores are threads of one core, or shared with other machines, the same work is counted
    two or three times as long when the neighbours are busy.
    """
    begun, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return 1000 * (time.process_time() - begun)
