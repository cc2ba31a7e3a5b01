"""Tables as files that a browser saves: CSV as it is read, XLSX made whole on disk first."""

from collections.abc import Iterable, Sequence
from itertools import chain

from django.http import FileResponse, StreamingHttpResponse

from paycenter.kernel.spreadsheets import BYTE_ORDER_MARK, Cell, csv_lines, xlsx_file
from paycenter.kernel.streaming import chunks

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

LARGEST_XLSX = 100_000
"""Rows: it is made whole before it is sent, and nobody waits for minutes."""

Rows = Iterable[Sequence[Cell]]


def csv_answer(rows: Rows, name: str) -> StreamingHttpResponse:
    """Send a CSV file; a spreadsheet program knows its encoding by the first sign."""
    lines = chain([BYTE_ORDER_MARK], csv_lines(rows))
    response = StreamingHttpResponse(chunks(lines), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_answer(rows: Rows, name: str) -> FileResponse:
    """Send an XLSX file. Whatever goes wrong with the rows is raised before anything is sent."""
    return FileResponse(
        xlsx_file(rows), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX
    )
