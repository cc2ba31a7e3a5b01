"""The virtual clock: real time plus an offset that a test may grow.

It rules what is *due*: expiry, refund delays, callback retries. Signatures carry real time, for
the programs that verify them live by real time.
"""

import time
from dataclasses import dataclass, field

from gateway.sandbox.store import Store, Table


@dataclass(frozen=True)
class ClockOffset:
    """Seconds the sandbox is ahead of real time.

    ``jumps`` are pairs of the real time when it was moved, and the offset from then on.
    """

    seconds: float
    jumps: list[list[float]] = field(default_factory=list)
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

    def offset_at(self, moment: float) -> float:
        """Seconds it was ahead at a real time; what it was last within that same second."""
        kept = self._table.get("offset")
        before = [offset for jumped, offset in kept.jumps if jumped < moment + 1] if kept else []
        return before[-1] if before else 0.0

    def reach(self, moment: float) -> None:
        """Move forward to ``moment``; nothing happens if it has passed already."""
        with self._store.lock:
            ahead = moment - self.now()
            if ahead > 0:
                kept = self._table.get("offset") or ClockOffset(0.0)
                offset = kept.seconds + ahead
                self._table.put(ClockOffset(offset, [*kept.jumps, [time.time(), offset]]))

    def reset(self) -> None:
        """Back to real time."""
        self._table.clear()
