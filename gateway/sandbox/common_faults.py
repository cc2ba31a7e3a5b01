"""The faults every channel can have: lost connections, slowness, odd deliveries of callbacks."""

import time
from typing import ClassVar

from gateway.sandbox.faults import CALLBACK, Fault, menu_of
from gateway.sandbox.reply import Reply

_DROPPED = Reply(status=500, dropped=True)


class DropBefore(Fault):
    """The connection breaks before the request is executed."""

    name: ClassVar[str] = "drop_before"

    def instead(self) -> Reply:
        """Nothing happens, nothing is answered."""
        return _DROPPED


class DropAfter(Fault):
    """The request is executed, then the connection breaks without an answer."""

    name: ClassVar[str] = "drop_after"

    def afterwards(self, reply: Reply) -> Reply:  # noqa: ARG002 - the answer is lost
        """Everything happened, nothing is answered."""
        return _DROPPED


class Slow(Fault):
    """The request is executed, and answered after ``seconds``."""

    name: ClassVar[str] = "slow"

    def afterwards(self, reply: Reply) -> Reply:
        """The same answer, later."""
        time.sleep(self.seconds)
        return reply


class EarlyCallback(Fault):
    """The payer pays and the callback arrives before the order call is answered."""

    name: ClassVar[str] = "early_callback"
    operations: ClassVar[frozenset[str]] = frozenset({"pay"})
    payer_is_faster: ClassVar[bool] = True


class HoldCallbacks(Fault):
    """The callback is kept back until the control API sends it."""

    name: ClassVar[str] = "hold_callbacks"
    operations: ClassVar[frozenset[str]] = frozenset({CALLBACK})
    holds: ClassVar[bool] = True


class DuplicateCallbacks(Fault):
    """The callback is sent twice at the same moment."""

    name: ClassVar[str] = "duplicate_callbacks"
    operations: ClassVar[frozenset[str]] = frozenset({CALLBACK})
    copies: ClassVar[int] = 2


COMMON_MENU = menu_of(DropBefore, DropAfter, Slow, EarlyCallback, HoldCallbacks, DuplicateCallbacks)
