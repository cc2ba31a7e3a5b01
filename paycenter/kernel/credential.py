"""One key or certificate of a channel merchant, opened for use."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Credential:
    """``kind`` is declared by the channel, ``identifier`` is a serial or key id.

    The value never prints.
    """

    kind: str
    identifier: str
    value: str = field(repr=False)
    not_before: datetime | None = None
    not_after: datetime | None = None
