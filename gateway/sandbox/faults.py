"""Faults on demand: what can go wrong, as hooks, and the list of faults switched on now.

A channel names its faults in one table (its menu). Each is a small class that overrides the hooks
it needs; whoever serves a request or sends a callback draws the active faults and calls them all.
"""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from gateway.sandbox.bills import Sheet
from gateway.sandbox.reply import Reply
from gateway.sandbox.store import Store, Table

CALLBACK = "callback"
ANY = "*"

Document = dict[str, Any]

_CHANCE = secrets.SystemRandom()


class Fault:
    """One way to misbehave; the class docstring is its entry in the menu."""

    #: Its name in the menu and in the control API.
    name: ClassVar[str]
    #: The operations it can befall; empty means every request of a merchant, but no callback.
    operations: ClassVar[frozenset[str]] = frozenset()
    #: How many times a callback is sent at once.
    copies: ClassVar[int] = 1
    #: Whether a callback is kept back until the control API sends it.
    holds: ClassVar[bool] = False
    #: Whether the payer pays, and the callback goes out, before the order call is answered.
    payer_is_faster: ClassVar[bool] = False

    def __init__(self, *, seconds: float = 0.0) -> None:
        """``seconds`` matters to faults of time only."""
        self.seconds = seconds

    def befalls(self, operation: str) -> bool:
        """Whether this fault means anything for ``operation``."""
        return operation in self.operations if self.operations else operation != CALLBACK

    def instead(self) -> Reply | None:
        """An answer given without executing the request, or None to go on."""
        return None

    def afterwards(self, reply: Reply) -> Reply:
        """The answer after the request was executed."""
        return reply

    def document(self, document: Document) -> Document:
        """The facts told in an answer or a callback, before they are signed."""
        return document

    def sheet(self, sheet: Sheet) -> Sheet:
        """A channel bill, before its sums are made and it is written down."""
        return sheet

    def timestamp(self, timestamp: int) -> int:
        """The Unix time that is signed and announced."""
        return timestamp

    def headers(self, headers: dict[str, str]) -> dict[str, str]:
        """The headers of a signed message."""
        return headers

    def seal(self, seal: dict[str, str]) -> dict[str, str]:
        """The signature and what belongs to it, where they are no headers but part of the body."""
        return seal

    def body(self, body: bytes) -> bytes:
        """The body of a message after it was signed."""
        return body

    def secret(self, secret: str) -> str:
        """The key a callback is encrypted with."""
        return secret


Menu = Mapping[str, type[Fault]]


def menu_of(*faults: type[Fault]) -> Menu:
    """The faults by name."""
    return {fault.name: fault for fault in faults}


@dataclass(frozen=True)
class ActiveFault:
    """A fault switched on; ``remaining`` counts its uses, None means until cleared."""

    id: str
    channel: str
    operation: str
    fault: str
    remaining: int | None = 1
    probability: float = 1.0
    seconds: float = 0.0


class FaultBook:
    """The active faults of all channels."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = Table(store, "fault", ActiveFault, key=lambda active: active.id)

    def add(self, active: ActiveFault) -> ActiveFault:
        """Switch a fault on under a new id."""
        return self._table.put(replace(active, id=uuid.uuid4().hex[:12]))

    def all(self) -> list[ActiveFault]:
        """The faults that may still strike."""
        return self._table.all()

    def clear(self) -> None:
        """Switch every fault off."""
        self._table.clear()

    def draw(self, channel: str, operation: str, menu: Menu) -> list[Fault]:
        """The faults that strike this one request or callback; each loses one of its uses."""
        with self._store.lock:
            return [
                fault
                for active in self._table.all()
                if (fault := self._strike(active, channel, operation, menu)) is not None
            ]

    def _strike(
        self, active: ActiveFault, channel: str, operation: str, menu: Menu
    ) -> Fault | None:
        if active.channel != channel or active.operation not in (ANY, operation):
            return None
        fault = menu[active.fault](seconds=active.seconds)
        if not fault.befalls(operation) or _CHANCE.random() >= active.probability:
            return None
        self._use(active)
        return fault

    def _use(self, active: ActiveFault) -> None:
        if active.remaining is None:
            return
        if active.remaining <= 1:
            self._table.remove(active.id)
        else:
            self._table.put(replace(active, remaining=active.remaining - 1))
