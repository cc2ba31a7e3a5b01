"""Spreadsheets: no cell is a formula, amounts are numbers, and what was written reads back."""

import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from paycenter.kernel.spreadsheets import (
    Cell,
    UnreadableSpreadsheet,
    csv_lines,
    read_rows,
    write_xlsx,
    xlsx_file,
    yuan,
)

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")']
ROW: tuple[Cell, ...] = ("4200000000202611280000000002", "物业费", yuan(-12_850), 3, None)


def _xlsx(*rows: tuple[Cell, ...]) -> io.BytesIO:
    target = io.BytesIO()
    write_xlsx(rows, target)
    return target


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_is_a_formula(text: str) -> None:
    (line,) = csv_lines([(text,)])
    assert line.lstrip('"').startswith("'")
    cell = load_workbook(_xlsx((text,))).worksheets[0].cell(1, 1)
    assert cell.data_type == "s"
    assert str(cell.value).startswith("'")


def test_an_amount_is_a_number_and_a_number_of_ours_is_a_text() -> None:
    (line,) = csv_lines([ROW])
    assert line == "4200000000202611280000000002,物业费,-128.50,3,\r\n"
    sheet = load_workbook(_xlsx(ROW)).worksheets[0]
    assert [sheet.cell(1, column).value for column in range(1, 6)] == [
        "4200000000202611280000000002",
        "物业费",
        -128.5,
        3,
        None,
    ]


@pytest.mark.parametrize("text", [*DANGEROUS[:5], "物业,费", 'say "x"', "'quoted"])
def test_what_was_written_reads_back(text: str) -> None:
    lines = "".join(csv_lines([(text, "")])).encode()
    assert list(read_rows(io.BytesIO(lines))) == [(text, "")]
    assert list(read_rows(_xlsx((text, "x")))) == [(text, "x")]


@pytest.mark.parametrize(
    ("text", "kept"), [("a\x07b", "ab"), ("\x00=1+1", "'=1+1"), ("\x1f", None)]
)
def test_characters_that_no_xlsx_file_can_hold_are_left_out(text: str, kept: str | None) -> None:
    cell = load_workbook(_xlsx((text, "x"))).worksheets[0].cell(1, 1)
    assert cell.value == kept


def test_a_file_is_read_from_its_start() -> None:
    with xlsx_file([("a",), ("b",)]) as file:
        assert list(read_rows(file)) == [("a",), ("b",)]


def test_an_amount_is_exact() -> None:
    assert yuan(10) == Decimal("0.10")
    assert str(yuan(10_000_000_001)) == "100000000.01"


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 no zip at all", b"\xff\xfe\x00no utf-8", b'"never closed']
)
def test_what_is_no_spreadsheet_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableSpreadsheet):
        list(read_rows(io.BytesIO(content)))
