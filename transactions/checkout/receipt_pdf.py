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
from reportlab.lib.enums import TA_CENTER
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
_WIDTH = A5[0] - 30 * mm


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
        _table([(name, text) for name, text in receipt.facts], split=0.32),
    ]
    for title, rows in receipt.tables:
        if rows:
            story += [Spacer(1, 5 * mm), Paragraph(escape(title), style["heading"])]
            story.append(_table([(text, f"¥{format_yuan(fen)}") for text, fen in rows], split=0.75))
    story += [Spacer(1, 6 * mm), Paragraph(escape(receipt.note), style["soft"])]
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A5,
        leftMargin=15 * mm,
        rightMargin=15 * mm,
        topMargin=14 * mm,
        bottomMargin=14 * mm,
        title=receipt.title,
        author="",
        invariant=True,
    )
    document.build(story)
    return target.getvalue()


def _table(rows: list[tuple[str, str]], *, split: float) -> Table:
    """Return rows of two columns; the first takes ``split`` of the width."""
    style = _styles()
    cells = [
        [Paragraph(escape(a), style["soft"]), Paragraph(escape(b), style["text"])] for a, b in rows
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
        "soft": made("soft", 9, textColor=_SOFT),
    }
