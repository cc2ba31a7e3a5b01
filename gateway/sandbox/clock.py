"""The virtual clock: real time plus an offset that a test may grow.

It rules what is *due*: expiry, refund delays, callback retries. Signatures carry real time, for
the programs that verify them live by real time.
"""

import time
from dataclasses import dataclass

from gateway.sandbox.store import Store, Table


@dataclass(frozen=True)
class ClockOffset:
    """Seconds the sandbox is ahead of real time."""

    seconds: float
    name: str = "offset"


class Clock:
    """Tells and moves the sandbox's time; it only ever moves forward, except on reset."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = Table(store, "clock", ClockOffset, key=lambda record: record.name)

    def now(self) -> float:
        """Unix seconds of the sandbox's own time."""
        return time.time() + self.offset()

    def offset(self) -> float:
        """Seconds ahead of real time."""
        kept = self._table.get("offset")
        return kept.seconds if kept else 0.0

    def reach(self, moment: float) -> None:
        """Move forward to ``moment``; nothing happens if it has passed already."""
        with self._store.lock:
            ahead = moment - self.now()
            if ahead > 0:
                self._table.put(ClockOffset(self.offset() + ahead))

    def reset(self) -> None:
        """Back to real time."""
        self._table.clear()
