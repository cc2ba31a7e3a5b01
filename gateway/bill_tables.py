"""Channel bills are tables: their columns by name, their values exactly, their sums.

Shared by the channels, pure, and made for a million lines. A value that is not of its form stops
the reading with the number of its line; a column nobody knows does so before the first line,
because it may say what the others then leave out.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

from gateway.bill_messages import BillError, BillFault, BillLine, BillTotals, Movement
from paycenter.kernel.clock import BUSINESS_ZONE
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.money import FractionOfFen, format_yuan, parse_yuan

Row = TypeVar("Row", bound=tuple[str, ...])

_TIME_LENGTH = len("2026-01-01 08:00:00")
_LONGEST_SHOWN = 40
_COUNTS = frozenset({"lines", "payments", "refunds", "incomes", "expenses"})

_UNKNOWN_COLUMN = _(
    "the channel bill has a column that is not known here, “%(column)s”: the channel has changed "
    "its form. The file is kept; have the payment center adapted, then read it again"
)
_MISSING = _(
    "the channel bill lacks “%(word)s”: upload the complete channel bill, with every column and "
    "all kinds of trades"
)
_DOUBLE_COLUMN = _("the channel bill has the column “%(column)s” twice")
_BAD_WIDTH = _(
    "line %(line)s of the channel bill has %(found)s values where %(expected)s belong: the file "
    "was changed, or the channel writes it differently now"
)
_BAD_VALUE = _("line %(line)s of the channel bill cannot be read: “%(value)s” %(problem)s")
_ANOTHER_MERCHANT = _(
    "the channel bill is of the merchant %(found)s, not of %(expected)s: upload the right file, or "
    "correct the merchant's number"
)
_ANOTHER_DATE = _("the channel bill is of %(found)s, not of %(expected)s: upload the right file")
_TOTALS_DIFFER = _(
    "the channel bill states %(word)s %(stated)s, but its lines add up to %(counted)s: lines are "
    "missing or were changed. Download it again, and ask the channel if it stays so"
)
_NO_AMOUNT = _("is no amount of yuan")
_FRACTION = _("has a fraction of a fen")
_NO_TIME = _("is no time")
_NO_COUNT = _("is no count")


class BadValue(ValueError):
    """A value that is not of its form; ``problem`` is a msgid."""

    def __init__(self, value: str, problem: str) -> None:
        super().__init__(problem)
        self.value = "".join(filter(str.isprintable, value))[:_LONGEST_SHOWN]
        self.problem = problem

    def on(self, line: int) -> BillError:
        """Return what to raise of the line it stands on."""
        return BillError(
            BillFault.LINE, _BAD_VALUE, line=str(line), value=self.value, problem=self.problem
        )


@dataclass(frozen=True)
class Layout(Generic[Row]):
    """The columns of one kind of channel bill.

    columns: the row of names above the values that are used, in the order of ``make``'s fields.
    others: names of columns that are always there and not needed; ``later``, of those that came
    later and may be missing.
    """

    make: Callable[[Iterable[str]], Row]
    columns: Row
    others: tuple[str, ...] = ()
    later: tuple[str, ...] = ()

    def table(self, names: Sequence[str]) -> "Table[Row]":
        """Return how to pick values from under these names. Raises ``BillError``."""
        check_names(names, required=(*self.columns, *self.others), optional=self.later)
        return Table(len(names), itemgetter(*map(names.index, self.columns)), self.make)


@dataclass(frozen=True)
class Table(Generic[Row]):
    """Where the values stand in the lines of one file."""

    width: int
    pick: Callable[[Sequence[str]], tuple[str, ...]]
    make: Callable[[Iterable[str]], Row]

    def row(self, values: Sequence[str], line: int) -> Row:
        """Return the values that are used. Raises ``BillError`` for too few or too many."""
        if len(values) != self.width:
            found, expected = str(len(values)), str(self.width)
            raise BillError(
                BillFault.LINE, _BAD_WIDTH, line=str(line), found=found, expected=expected
            )
        return self.make(self.pick(values))


class Stated(NamedTuple):
    """One thing that a channel bill says about itself: the channel's word for it, and how much."""

    word: str
    value: int


class Sums:
    """Adds lines up, and compares the sums with what the channel bill states."""

    def __init__(self) -> None:
        self._counted = dict.fromkeys(BillTotals.__slots__, 0)

    def add(self, line: BillLine) -> BillLine:
        """Count a line; returns it."""
        counted = self._counted
        counted["lines"] += 1
        if line.change is not None:
            counted["incomes"] += line.change > 0
            counted["income"] += max(line.change, 0)
            counted["expenses"] += line.change < 0
            counted["expense"] -= min(line.change, 0)
            return line
        counted["payments"] += line.movement is Movement.PAYMENT
        counted["refunds"] += line.movement is Movement.REFUND
        counted["amount"] += line.amount or 0
        counted["settled_amount"] += line.settled_amount or 0
        counted["refund_amount"] += line.refund_amount or 0
        counted["settled_refund_amount"] += line.settled_refund_amount or 0
        counted["fee"] += line.fee or 0
        return line

    def checked(self, stated: Mapping[str, Stated]) -> BillTotals:
        """Return the sums. Raises ``BillError`` where the channel bill states another."""
        for field, (word, value) in stated.items():
            counted = self._counted[field]
            if counted != value:
                show = str if field in _COUNTS else format_yuan
                raise BillError(
                    BillFault.TOTALS,
                    _TOTALS_DIFFER,
                    word=word,
                    stated=show(value),
                    counted=show(counted),
                )
        return BillTotals(**self._counted)


def check_names(
    names: Sequence[str], *, required: Collection[str], optional: Collection[str]
) -> None:
    """Raise ``BillError`` for a name that is not known, is missing or is there twice."""
    for name in names:
        if name not in required and name not in optional:
            raise BillError(BillFault.LAYOUT, _UNKNOWN_COLUMN, column=name[:_LONGEST_SHOWN])
        if names.count(name) > 1:
            raise BillError(BillFault.LAYOUT, _DOUBLE_COLUMN, column=name)
    for name in required:
        if name not in names:
            raise missing(name)


@lru_cache(maxsize=65_536)
def fen(text: str) -> int:
    """Return an amount of yuan in fen. Raises ``BadValue``."""
    try:
        return parse_yuan(text)
    except FractionOfFen:
        raise BadValue(text, _FRACTION) from None
    except ValueError:
        raise BadValue(text, _NO_AMOUNT) from None


def count(text: str) -> int:
    """Return a whole number, which channels also write as ``45.0``. Raises ``BadValue``."""
    hundredths = fen(text)
    if hundredths % 100 or hundredths < 0:
        raise BadValue(text, _NO_COUNT)
    return hundredths // 100


def moment(text: str) -> datetime:
    """Return a time of the channel's clock (Beijing, whole seconds). Raises ``BadValue``."""
    try:
        if len(text) == _TIME_LENGTH:
            return datetime.fromisoformat(text).replace(tzinfo=BUSINESS_ZONE)
    except ValueError:
        pass
    raise BadValue(text, _NO_TIME)


def missing(word: str) -> BillError:
    """Return what to raise of a channel bill that lacks a column, or a sum it used to state."""
    return BillError(BillFault.LAYOUT, _MISSING, word=word)


def another_merchant(found: str, expected: str) -> BillError:
    """Return what to raise of a channel bill that is not this merchant's."""
    return BillError(
        BillFault.ANOTHER_MERCHANT,
        _ANOTHER_MERCHANT,
        found=found[:_LONGEST_SHOWN],
        expected=expected,
    )


def another_date(found: date | str, expected: date) -> BillError:
    """Return what to raise of a channel bill that is not of this day."""
    return BillError(
        BillFault.ANOTHER_DATE, _ANOTHER_DATE, found=str(found), expected=str(expected)
    )
