"""What a channel's report did when it was applied."""

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What a report did."""

    MOVED = "moved"
    NOTHING = "nothing"
    MISMATCH = "mismatch"
    UNKNOWN_NUMBER = "unknown_number"


@dataclass(frozen=True, slots=True)
class Applied:
    """The effect of one report; ``reason`` says what did not match."""

    effect: Effect
    reason: str = ""


NOTHING = Applied(Effect.NOTHING)
MOVED = Applied(Effect.MOVED)
