"""What the page of a run shows of each row: before it is done, and what became of it."""

from dataclasses import dataclass
from typing import Any

from paycenter.kernel.money import format_yuan
from paycenter.operators.bulk.deed import Deed
from paycenter.operators.bulk.judging import NOT_SEEN, judge
from paycenter.operators.bulk.models import BulkItem, BulkRun
from paycenter.operators.columns import EMPTY, Text
from paycenter.operators.reasons import in_words
from paycenter.operators.roles.held import Person
from paycenter.operators.roles.scoping import visible
from paycenter.operators.words import BULK_RESULTS, BULK_WISHES, word_of

WILL, WILL_NOT = "will", "will_not"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the page; ``row`` is None where the reader may not see it. Fen."""

    row: Any
    state: Text
    colour: str
    why: str
    about: Text = ""
    fen: int | None = None

    @property
    def text(self) -> str:
        """The row by its number."""
        return str(NOT_SEEN) if self.row is None else str(self.row)

    @property
    def company(self) -> str:
        """Whose row it is."""
        merchant = getattr(self.row, "merchant", None)
        return merchant.display_name if merchant else EMPTY

    @property
    def yuan(self) -> str:
        """What is moved."""
        return EMPTY if self.fen is None else format_yuan(self.fen)


def wishes(deed: Deed, run: BulkRun, person: Person) -> list[Line]:
    """Return what would happen to each row of a draft."""
    items = list(run.items.order_by("pk"))
    judged = judge(deed, items, person)
    return [_wish(deed, judged[item.pk].row, judged[item.pk].why_not) for item in items]


def _wish(deed: Deed, row: Any, why_not: Text) -> Line:
    word = word_of(BULK_WISHES, WILL_NOT if why_not else WILL)
    about = "" if row is None else deed.about(row)
    fen = None if why_not else deed.amount(row)
    return Line(row, *word, why=str(why_not), about=about, fen=fen)


def results(deed: Deed, run: BulkRun, reader: Person) -> list[Line]:
    """Return what became of each row of a run."""
    items: list[BulkItem] = list(run.items.order_by("pk"))
    rows = deed.rows().filter(pk__in=[item.row_id for item in items])
    seen = {row.pk: row for row in visible(reader, rows)}
    return [
        Line(seen.get(item.row_id), *word_of(BULK_RESULTS, item.state), why=in_words(item.text))
        for item in items
    ]
