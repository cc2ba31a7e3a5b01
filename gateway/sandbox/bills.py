"""Channel bills in the making: what one says before it is written down, and the files kept ready.

Every channel writes its own form; which day a moment belongs to, how a fee is rounded and how long
a link serves are alike.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from gateway.sandbox.clock import Clock
from gateway.sandbox.store import Store, Table

BEIJING = timezone(timedelta(hours=8))
MADE_AFTER_SECONDS = 9 * 3600
"""Channel bills of a day are made at 9:00 of the next."""
RATE_TEXT = "0.60%"

Row = dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A channel bill of ``owner`` and ``day``: rows by the names of their ``columns``.

    ``amount_column`` is the one that matters most. ``summed`` are the rows that the sums are made
    of, where these are not the same.
    """

    owner: str
    day: date
    columns: Sequence[str]
    rows: Sequence[Row]
    amount_column: str
    summed: Sequence[Row] | None = None

    @property
    def counted(self) -> Sequence[Row]:
        """The rows that the sums are made of."""
        return self.rows if self.summed is None else self.summed


@dataclass(frozen=True)
class ReadyFile:
    """A file that can be fetched with its token until ``expires_at`` (virtual seconds)."""

    token: str
    owner: str
    content: str = field(repr=False)
    expires_at: float

    @property
    def body(self) -> bytes:
        """The bytes that are served."""
        return base64.b64decode(self.content)


class Shelf:
    """The files of all channels that were asked for lately."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._clock = clock
        self._table = Table(store, "bill.file", ReadyFile, key=lambda one: one.token)

    def put(self, body: bytes, *, owner: str, seconds: float) -> str:
        """Keep a file for so long; returns the token it is fetched with."""
        token = f"{secrets.token_urlsafe(24)}-_"
        content = base64.b64encode(body).decode()
        self._table.put(ReadyFile(token, owner, content, self._clock.now() + seconds))
        return token

    def get(self, token: str) -> ReadyFile | None:
        """The file of that token, while it can be fetched."""
        found = self._table.get(token)
        return found if found and found.expires_at > self._clock.now() else None

    def clear(self) -> None:
        """Forget them all."""
        self._table.clear()


def day_of(moment: float) -> date:
    """The day in Beijing."""
    return datetime.fromtimestamp(moment, BEIJING).date()


def made_at(day: date) -> float:
    """When the channel bill of a day is made, in Unix seconds."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=BEIJING) + timedelta(days=1)
    return midnight.timestamp() + MADE_AFTER_SECONDS


def fee_of(fen: int) -> int:
    """0.6 %, rounded half up to the fen."""
    return (fen * 6 + 500) // 1000
