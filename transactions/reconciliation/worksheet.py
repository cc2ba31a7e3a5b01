"""Differences as a spreadsheet: downloaded, filled in, and taken back as proposals.

What comes back proposes only; a second person resolves on the pages. Each row carries the version
it was downloaded with, so nobody's work in between is lost.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from paycenter.kernel.spreadsheets import Cell, UnreadableSpreadsheet, read_rows, yuan
from transactions.difference_lifecycle import Solution
from transactions.models import Difference
from transactions.reconciliation.solving import Done, Proposal, Seen, propose

MOST_ROWS = 5_000
COLUMNS = (
    "id",
    "version",
    "date",
    "company",
    "channel_merchant",
    "type",
    "movement",
    "number",
    "ours",
    "theirs",
    "detail",
    "state",
    "solution",
    "explanation",
)
_FILLED_IN = ("id", "version", "solution", "explanation")


class WrongSheet(Exception):
    """The file as a whole cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row of an uploaded sheet; ``problem`` is blank when it was taken."""

    row: int
    number: str
    problem: str


def sheet_rows(differences: QuerySet[Difference]) -> Iterator[Sequence[Cell]]:
    """Yield the head and one row per difference, few in memory at a time."""
    yield COLUMNS
    rows = differences.select_related("merchant", "channel_merchant").order_by("pk")
    for row in rows.iterator(chunk_size=1_000):
        yield (
            row.pk,
            row.version,
            row.bill_date.isoformat(),
            row.merchant.name,
            str(row.channel_merchant),
            row.type,
            row.movement,
            row.number,
            yuan(row.ours),
            yuan(row.theirs),
            row.detail,
            row.state,
            row.solution,
            row.explanation,
        )


def take_back(file: BinaryIO, among: QuerySet[Difference], *, actor: str) -> list[RowResult]:
    """Propose what an uploaded sheet says for differences ``among`` these; row by row.

    A row without a solution is left alone. Raises ``WrongSheet``, and changes nothing then.
    """
    rows = _read(file)
    numbers = dict(among.filter(pk__in=[row.pk for row in rows]).values_list("pk", "number"))
    return [
        RowResult(row.row, numbers.get(row.pk, ""), _propose(row, numbers, actor)) for row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Row:
    row: int
    pk: int
    version: int
    solution: str
    explanation: str


def _read(file: BinaryIO) -> list[_Row]:
    try:
        rows = enumerate(read_rows(file), start=1)
        head = next(rows, (0, ()))[1]
        missing = [name for name in _FILLED_IN if name not in head]
        if missing:
            raise WrongSheet(
                _("The columns %(names)s are missing.") % {"names": ", ".join(missing)}
            )
        places = [head.index(name) for name in _FILLED_IN]
        found = list(_filled_in(rows, places))
    except UnreadableSpreadsheet:
        raise WrongSheet(_("This is no CSV file in UTF-8 and no XLSX file.")) from None
    if len(found) > MOST_ROWS:
        raise WrongSheet(_("Upload %(most)s rows at most at a time.") % {"most": MOST_ROWS})
    return found


def _filled_in(rows: Iterable[tuple[int, tuple[str, ...]]], places: list[int]) -> Iterator[_Row]:
    for number, row in rows:
        if len(row) <= max(places):
            continue
        pk, version, solution, explanation = (row[place].strip() for place in places)
        if not solution:
            continue
        if not (_is_number(pk) and _is_number(version)):
            raise WrongSheet(_("Row %(row)s has no id and version.") % {"row": number})
        yield _Row(number, int(pk), int(version), solution, explanation)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _propose(row: _Row, known: dict[int, str], actor: str) -> str:
    """Propose what a row says; returns what is wrong with it, blank for nothing."""
    if row.pk not in known:
        return _("There is no such difference for you.")
    if row.solution not in Solution.values:
        allowed = ", ".join(Solution.values)
        return _("The solution must be one of: %(allowed)s.") % {"allowed": allowed}
    if not row.explanation or len(row.explanation) > 200:
        return _("An explanation of 200 characters at most is needed.")
    done = propose(
        Seen(row.pk, row.version), Proposal(Solution(row.solution), row.explanation), actor=actor
    )
    return "" if done is Done.DONE else _("It was changed meanwhile: download it again.")
