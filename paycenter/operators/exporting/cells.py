"""The cells of a list's file: what the page shows, as plain text; money as a number of yuan.

A cell is made by the very column the page shows, so what is masked there is masked here.
"""

import html
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from paycenter.kernel.spreadsheets import Cell
from paycenter.operators.columns import EMPTY, moment
from paycenter.operators.theme import ModelAdmin

PAGE = 500
MONEY = "_yuan"
"""How the names of columns of money end."""

_BUTTON = re.compile(r"<button\b.*?</button>", re.DOTALL)
_BLANKS = re.compile(r"\s+")


def table_of(
    pages: ModelAdmin, names: Sequence[str], rows: QuerySet[Any]
) -> Iterator[tuple[Cell, ...]]:
    """Return the heads of the columns, then a row per row, the newest first.

    Read page by page, each behind the last row of the one before, so that memory stays the same
    however many there are. The reader's language is that of the moment of this call: rows are read
    when it is not known any more.
    """
    heads = tuple(capfirst(str(label_for_field(name, rows.model, pages))) for name in names)
    language = translation.get_language()

    def cells(page: list[Any]) -> list[tuple[Cell, ...]]:
        with translation.override(language):
            return [tuple(cell_of(pages, name, row) for name in names) for row in page]

    return chain([heads], chain.from_iterable(map(cells, _pages(rows))))


def _pages(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    newest_first = rows.order_by("-pk")
    page = list(newest_first[:PAGE])
    while page:
        yield page
        page = list(newest_first.filter(pk__lt=page[-1].pk)[:PAGE]) if len(page) == PAGE else []


def cell_of(pages: ModelAdmin, name: str, row: Any) -> Cell:
    """Return what a column of the list shows of a row."""
    try:
        field, _attr, value = lookup_field(name, row, pages)
    except ObjectDoesNotExist:
        return ""
    if field is not None and field.is_relation:
        value = getattr(row, field.name)
    if field is not None and field.flatchoices:
        value = dict(field.flatchoices).get(value, value)
    text = plain(value)
    return Decimal(text) if text and name.endswith(MONEY) else text


def plain(value: Any) -> str:
    """Return a value of a page as text without marks; a dash that stands for nothing is blank."""
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return moment(value)
        case SafeString():
            text = strip_tags(_BUTTON.sub("", value))
            return _blank(_BLANKS.sub(" ", html.unescape(text)).strip())
    return _blank(str(value))


def _blank(text: str) -> str:
    return "" if text == EMPTY else text
