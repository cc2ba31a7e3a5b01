"""Processor time of running processes, as the kernel counts it (proc(5), /proc/<pid>/stat)."""

import os
import time
from contextlib import suppress
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# Positions behind the name, which stands in parentheses and may hold blanks.
_GROUP, _USER, _SYSTEM = 2, 11, 12


def processor_seconds(group: int) -> float:
    """Return what the living processes of a process group have used, user and system together."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[_GROUP]) == group:
                ticks += int(fields[_USER]) + int(fields[_SYSTEM])
    return ticks / _TICKS_PER_SECOND


def yardstick() -> float:
    """Return the processor milliseconds of a million additions: how fast this machine is just now.

    Where cores are threads of one core, or shared with other machines, the same work is counted
    two or three times as long when the neighbours are busy.
    """
    begun, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return 1000 * (time.process_time() - begun)
