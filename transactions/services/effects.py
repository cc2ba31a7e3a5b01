"""What a channel's report did when it was applied."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gateway.messages import Failure

CHANNEL_NUMBER = re.compile(r"[!-~]{1,64}", re.ASCII)
"""What a channel's own number may look like; what does not is never stored."""


class Effect(StrEnum):
    """What a report did."""

    MOVED = "moved"
    NOTHING = "nothing"
    MISMATCH = "mismatch"
    UNCONFIRMED = "unconfirmed"
    NOT_ASKED = "not_asked"
    UNKNOWN_NUMBER = "unknown_number"


@dataclass(frozen=True, slots=True)
class Applied:
    """The effect of one report; ``reason`` says what did not match, or what is odd about it."""

    effect: Effect
    reason: str = ""


Note = Callable[[Applied], None]
"""Keeps what a report did, in the commit of what it did."""


def leave_unnoted(applied: Applied) -> None:
    """Keep nothing: the answer to a question of ours is in the list of channel calls."""
    del applied


NOTHING = Applied(Effect.NOTHING)
MOVED = Applied(Effect.MOVED)


def words_of(failure: Failure | None, *, otherwise: str) -> dict[str, str]:
    """Return a channel's words as ``code`` and ``message`` that PostgreSQL can keep.

    ``otherwise`` is the code when the channel gave none.
    """
    if failure is None:
        return {"code": otherwise, "message": ""}
    return {"code": _storable(failure.code)[:64], "message": _storable(failure.message)[:256]}


def _storable(text: str) -> str:
    """Replace what no PostgreSQL text may hold: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
