"""What one action does to one row: the page a writer of an action on many rows reads.

An action names a permission, and is done to a row only while the person holds it for this row. It
comes in two kinds. Most change rows of ours: ``do`` runs in the transaction that writes the row's
result, so it happens once however often it is tried. An action ``at_channel`` makes calls instead,
with no transaction open, in a worker of the row's channel: ``do`` must bear to be run again.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from paycenter.operators.columns import Text


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants it, why, and the version of the row that person saw."""

    by: str
    why: str
    seen: int


class Skipped(Exception):
    """Nothing was done, for a reason that is nobody's fault."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text


class Failed(Skipped):
    """It was tried and did not work."""


class Deed:
    """One action on each of many rows of a list."""

    code: str
    """Stored with a run: it never changes."""
    title: Text
    explanation: Text
    """What happens to each row, for the page that asks."""
    permission: str
    told: Text
    """For the audit log: the same words as if it were done to one row."""
    proved = False
    """Whether the person proves first who it is: wherever money or secrets are concerned."""
    asks_why = False
    at_channel = False

    def rows(self) -> QuerySet[Any]:
        """Return all rows of the list's model, with what the methods below read of them."""
        raise NotImplementedError

    def why_not(self, row: Any, by: str) -> Text:
        """Say why nothing would be done to a row; blank where it would."""
        raise NotImplementedError

    def do(self, row: Any, wish: Wish) -> Text:
        """Do it, and say what became of the row; blank where "done" says all.

        Raises ``Skipped``, ``Failed``, and whatever services refuse with (``ValidationError``,
        ``Problem``, ``ConfigurationError``).
        """
        raise NotImplementedError

    def about(self, row: Any) -> Text:
        """Return what the person must know of a row besides its number."""
        del row
        return ""

    def amount(self, row: Any) -> int | None:
        """Return how many fen are moved; None where no money is."""
        del row
        return None

    def seen(self, row: Any) -> int:
        """Return what changes with a row, where a change means that one looks again."""
        del row
        return 0

    def channel(self, row: Any) -> str:
        """Return the code of the channel that is called, for an action at a channel."""
        raise NotImplementedError
