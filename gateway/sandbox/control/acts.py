"""What the control API does alike for every channel: find what is meant, send callbacks again."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TypeVar

from gateway.sandbox.callbacks import Callback, CallbackQueue
from gateway.sandbox.control.door import ControlError, JsonObject, Member
from gateway.sandbox.faults import CALLBACK, Fault, Menu
from gateway.sandbox.refusal import NotPossible

Answer = TypeVar("Answer")
Held = TypeVar("Held")

_MOST_COPIES = 200

#: The body of ``POST .../callbacks`` besides the number that says which.
SEND_FIELDS = {
    "times": Member((int,), 1),
    "parallel": Member((bool, int), default=False),
    "tamper": Member((str, bool, type(None)), None),
}


def only_one(found: Sequence[Held], *, owner: Callable[[Held], str], mchid: str | None) -> Held:
    """The one that is meant among those with the same number; ``mchid`` may name its merchant."""
    chosen = [one for one in found if mchid in (None, owner(one))]
    if not chosen:
        raise ControlError(404, "not_found", "No such number here; look into the channel's books.")
    if len(chosen) > 1:
        owners = ", ".join(owner(one) for one in chosen)
        raise ControlError(409, "ambiguous", f"Add mchid; several merchants used it: {owners}.")
    return chosen[0]


def possible(act: Callable[[], Answer]) -> Answer:
    """What ``act`` returns, or its NotPossible as a refusal."""
    try:
        return act()
    except NotPossible as error:
        raise ControlError(409, "not_possible", str(error)) from error


def send_again(
    queue: CallbackQueue, callback: Callback, body: JsonObject, menu: Menu
) -> JsonObject:
    """Send a callback now, as often and as tampered as the SEND_FIELDS of ``body`` want."""
    times = body["times"]
    if not 1 <= times <= _MOST_COPIES:
        raise ControlError(400, "invalid_times", f"times lies between 1 and {_MOST_COPIES}.")
    forgery = _tampering(body["tamper"], menu)
    attempts = queue.send(
        callback, times=times, at_once=_width(body["parallel"], times), forgery=forgery
    )
    return {
        "serial_no": body["serial_no"],
        "id": callback.id,
        "event_type": callback.message["event_type"],
        "attempts": [asdict(attempt) for attempt in attempts],
    }


def _width(parallel: bool | int, times: int) -> int:
    if parallel is True:
        return times
    return min(max(int(parallel), 1), times)


def _tampering(tamper: str | bool | None, menu: Menu) -> list[Fault]:
    name = "tampered_body" if tamper is True else tamper
    if not name:
        return []
    fault = menu[name]() if name in menu else None
    if fault is None or not fault.befalls(CALLBACK):
        known = ", ".join(name for name, one in menu.items() if one().befalls(CALLBACK))
        raise ControlError(400, "unknown_tamper", f"tamper is true or one of {known}.")
    return [fault]
