"""The faults every channel bill can have: late, cut off, from elsewhere, or not what it should be.

A bent channel bill is bent before its sums and its hash are made, so both fit it; only
``wrong_totals``, ``wrong_hash`` and ``truncated`` contradict them.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from gateway.sandbox.bills import Row, Sheet
from gateway.sandbox.faults import Document, Fault, menu_of
from gateway.sandbox.reply import Reply

BILL = "bill"
BILL_FILE = "bill_file"

_ASKED = frozenset({BILL})
_FETCHED = frozenset({BILL_FILE})
_LINKS = ("download_url", "bill_download_url")
_STRANGER = "1999999999999999"


class MissingLine(Fault):
    """The channel bill lacks its last line."""

    name: ClassVar[str] = "missing_line"
    operations: ClassVar[frozenset[str]] = _ASKED

    def sheet(self, sheet: Sheet) -> Sheet:
        """All but the last."""
        return replace(sheet, rows=sheet.rows[:-1])


class DoubledLine(Fault):
    """The channel bill has its first line twice."""

    name: ClassVar[str] = "doubled_line"
    operations: ClassVar[frozenset[str]] = _ASKED

    def sheet(self, sheet: Sheet) -> Sheet:
        """The first, and all of them."""
        return replace(sheet, rows=[*sheet.rows[:1], *sheet.rows])


class ChangedAmount(Fault):
    """The first line of the channel bill with an amount has one fen more."""

    name: ClassVar[str] = "changed_amount"
    operations: ClassVar[frozenset[str]] = _ASKED

    def sheet(self, sheet: Sheet) -> Sheet:
        """In its most important column."""
        rows, column = [dict(row) for row in sheet.rows], sheet.amount_column
        row = next((row for row in rows if Decimal(row[column]) > 0), None)
        if row is not None:
            row[column] = str(Decimal(row[column]) + Decimal("0.01"))
        return replace(sheet, rows=rows)


class FractionOfFen(Fault):
    """The first line of the channel bill has half a fen more."""

    name: ClassVar[str] = "fraction_of_fen"
    operations: ClassVar[frozenset[str]] = _ASKED

    def sheet(self, sheet: Sheet) -> Sheet:
        """In its most important column."""
        first = dict(sheet.rows[0])
        first[sheet.amount_column] += "5"
        return replace(sheet, rows=[first, *sheet.rows[1:]])


class ExtraColumn(Fault):
    """The channel bill has a new column at its end."""

    name: ClassVar[str] = "extra_column"
    operations: ClassVar[frozenset[str]] = _ASKED

    def sheet(self, sheet: Sheet) -> Sheet:
        """One nobody was told of."""
        rows = [{**row, "新增字段": "1"} for row in sheet.rows]
        return replace(sheet, rows=rows, columns=[*sheet.columns, "新增字段"])


class AnotherMerchant(Fault):
    """The channel bill is another merchant's."""

    name: ClassVar[str] = "another_merchant"
    operations: ClassVar[frozenset[str]] = _ASKED

    def sheet(self, sheet: Sheet) -> Sheet:
        """The same, under a number the receiver does not know."""
        stranger = _STRANGER[: len(sheet.owner)]
        rows = [_replaced(row, sheet.owner, stranger) for row in sheet.rows]
        return replace(sheet, owner=stranger, rows=rows)


class AnotherDate(Fault):
    """The channel bill is of the day before."""

    name: ClassVar[str] = "another_date"
    operations: ClassVar[frozenset[str]] = _ASKED

    def sheet(self, sheet: Sheet) -> Sheet:
        """The same, a day earlier."""
        before = sheet.day - timedelta(days=1)
        rows = [_replaced(row, str(sheet.day), str(before)) for row in sheet.rows]
        return replace(sheet, day=before, rows=rows)


class WrongTotals(Fault):
    """The sums at the end of the channel bill count its last line twice."""

    name: ClassVar[str] = "wrong_totals"
    operations: ClassVar[frozenset[str]] = _ASKED

    def sheet(self, sheet: Sheet) -> Sheet:
        """The lines themselves are right."""
        return replace(sheet, summed=[*sheet.rows, *sheet.rows[-1:]])


class OtherHost(Fault):
    """The link to the file leads to another host."""

    name: ClassVar[str] = "other_host"
    operations: ClassVar[frozenset[str]] = _ASKED

    def document(self, document: Document) -> Document:
        """Properly signed."""
        link = "https://bills.sandbox.example/file?token=1"
        return document | {name: link for name in _LINKS if name in document}


class WrongHash(Fault):
    """The hash that is announced is that of another file; only where the channel announces one."""

    name: ClassVar[str] = "wrong_hash"
    operations: ClassVar[frozenset[str]] = _ASKED

    def document(self, document: Document) -> Document:
        """Properly signed."""
        return document | {"hash_value": "0" * 40} if "hash_value" in document else document


class Redirect(Fault):
    """The link to the file answers with a redirect to another host."""

    name: ClassVar[str] = "redirect"
    operations: ClassVar[frozenset[str]] = _FETCHED

    def instead(self) -> Reply:
        """Nobody should follow it."""
        return Reply(302, headers={"Location": "https://bills.sandbox.example/file"})


class Truncated(Fault):
    """Half of the file is served as if it were all."""

    name: ClassVar[str] = "truncated"
    operations: ClassVar[frozenset[str]] = _FETCHED

    def afterwards(self, reply: Reply) -> Reply:
        """The connection itself is in order."""
        return replace(reply, body=reply.body[: len(reply.body) // 2])


def _replaced(row: Row, old: str, new: str) -> Row:
    return {name: value.replace(old, new) for name, value in row.items()}


BILL_MENU = menu_of(
    MissingLine,
    DoubledLine,
    ChangedAmount,
    FractionOfFen,
    ExtraColumn,
    AnotherMerchant,
    AnotherDate,
    WrongTotals,
    OtherHost,
    Redirect,
    Truncated,
)
