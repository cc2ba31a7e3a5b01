"""Tables as files for spreadsheet programs: written row by row, and read back from people.

A text that a program would run as a formula is defused by a leading apostrophe. Numbers are numbers
only where they are amounts: an order number that looks like one stays a text.
"""

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from decimal import Decimal
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

Cell = str | int | Decimal | None

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheet programs take a CSV file for one in the local 8-bit encoding."""

MAX_XLSX_ROWS = 1_048_576
"""What one sheet can hold."""

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ZIP_MAGIC = b"PK\x03\x04"
_MAX_UNPACKED_BYTES = 200_000_000


class UnreadableSpreadsheet(Exception):
    """A file is no spreadsheet, or a larger one than is read."""


def defused(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text


def yuan(fen: int | None) -> Decimal | None:
    """Return fen as the number of yuan that stands in a cell."""
    return None if fen is None else Decimal(fen).scaleb(-2)


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180), one per row."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def write_xlsx(rows: Iterable[Sequence[Cell]], target: BinaryIO) -> None:
    """Write an XLSX file of one sheet, holding one row at a time in memory.

    Raises ``ValueError`` for more rows than a sheet can hold.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for number, row in enumerate(rows, start=1):
        if number > MAX_XLSX_ROWS:
            raise ValueError("more rows than one sheet can hold")
        sheet.append([_xlsx_cell(sheet, cell) for cell in row])
    book.save(target)


def xlsx_file(rows: Iterable[Sequence[Cell]]) -> BinaryIO:
    """Return an XLSX file on disk, to be read from its start; whoever sends it closes it.

    Raises ``ValueError`` for more rows than a sheet can hold.
    """
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        write_xlsx(rows, file)
        file.seek(0)
        stack.pop_all()
    return file


def read_rows(file: BinaryIO) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a CSV (UTF-8) or XLSX file as texts, blank for empty cells.

    Apostrophes that defused a text are taken away again. Raises ``UnreadableSpreadsheet``.
    """
    rows = _xlsx_rows(file) if _begins_with(file, _ZIP_MAGIC) else _csv_rows(file)
    for row in rows:
        yield tuple(map(_read_cell, row))


def _xlsx_cell(sheet: Any, cell: Cell) -> Any:
    if not isinstance(cell, str):
        return cell
    written = WriteOnlyCell(sheet, defused(ILLEGAL_CHARACTERS_RE.sub("", cell)))
    written.data_type = "s"
    return written


def _csv_rows(file: BinaryIO) -> Iterator[list[str]]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        yield from csv.reader(text, strict=True)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableSpreadsheet(str(error)) from error
    finally:
        text.detach()


def _xlsx_rows(file: BinaryIO) -> Iterator[Sequence[Any]]:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MAX_UNPACKED_BYTES:
                raise UnreadableSpreadsheet("the file is too large")
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True)
        yield from book.worksheets[0].iter_rows(values_only=True)
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError) as error:
        raise UnreadableSpreadsheet(str(error)) from error


def _read_cell(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return text[1:] if text.startswith("'") and text[1:].startswith(_STARTS_FORMULA) else text


def _begins_with(file: BinaryIO, magic: bytes) -> bool:
    file.seek(0)
    found = file.read(len(magic)) == magic
    file.seek(0)
    return found
