"""Drawing a receipt as PDF: one column, in a font that every reader of Chinese PDFs has.

The font is named and not embedded (Adobe's predefined Chinese collection), so a receipt has a few
kilobytes and every character a name may hold.
"""

import io
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from paycenter.kernel.money import format_yuan

_FONT = "STSong-Light"
_SOFT = colors.HexColor("#566274")
_LINE = colors.HexColor("#dfe4ea")
_MARGIN = 15 * mm
_PADDING = 12
"""What a page's frame keeps free by itself, left and right together."""
_WIDTH = A5[0] - 2 * _MARGIN - _PADDING


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says: facts by name, and titled tables of text and fen."""

    title: str
    amount: str
    facts: list[tuple[str, str]]
    tables: list[tuple[str, list[tuple[str, int]]]]
    note: str


def drawn_pdf(receipt: Receipt) -> bytes:
    """Return the PDF."""
    style = _styles()
    story: list[Flowable] = [
        Paragraph(escape(receipt.title), style["title"]),
        Paragraph(escape(receipt.amount), style["amount"]),
        Spacer(1, 4 * mm),
        _table(receipt.facts, split=0.32, second="text"),
    ]
    for title, rows in receipt.tables:
        if rows:
            story += [Spacer(1, 5 * mm), Paragraph(escape(title), style["heading"])]
            priced = [(text, f"¥{format_yuan(fen)}") for text, fen in rows]
            story.append(_table(priced, split=0.75, second="price"))
    story += [Spacer(1, 6 * mm), Paragraph(escape(receipt.note), style["soft"])]
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A5,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=receipt.title,
        author="",
        invariant=True,
    )
    document.build(story)
    return target.getvalue()


def _table(rows: list[tuple[str, str]], *, split: float, second: str) -> Table:
    """Return rows of two columns: the first takes ``split`` of the width, ``second`` is a style."""
    style = _styles()
    cells = [
        [Paragraph(escape(one), style["soft"]), Paragraph(escape(other), style[second])]
        for one, other in rows
    ]
    table = Table(cells, colWidths=[_WIDTH * split, _WIDTH * (1 - split)])
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -2), 0.4, _LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return table


@cache
def _styles() -> dict[str, ParagraphStyle]:
    registerFont(UnicodeCIDFont(_FONT))

    def made(name: str, size: int, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(
            name, fontName=_FONT, fontSize=size, leading=size * 1.45, wordWrap="CJK", **more
        )

    return {
        "title": made("title", 14, alignment=TA_CENTER),
        "amount": made("amount", 24, alignment=TA_CENTER),
        "heading": made("heading", 11, spaceAfter=4),
        "text": made("text", 10),
        "price": made("price", 10, alignment=TA_RIGHT),
        "soft": made("soft", 9, textColor=_SOFT),
    }
