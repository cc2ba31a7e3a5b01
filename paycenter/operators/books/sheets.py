"""A statement as a spreadsheet for people: amounts in yuan, words in the reader's language."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from merchants.channels import NAMES
from paycenter.kernel.money import format_yuan
from paycenter.kernel.spreadsheets import Cell, yuan
from paycenter.operators.columns import moment
from transactions.models import JournalEntry
from transactions.statements.rows import Row, Scope, read_rows
from transactions.statements.totals import Totals

KINDS = dict(JournalEntry.Kind.choices)


@dataclass(frozen=True, slots=True)
class _Words:
    """What is written in the reader's language, which is not known any more when rows are sent."""

    heads: tuple[str, ...]
    kinds: dict[str, str]
    channels: dict[str, str]
    total: str


def sheet_rows(scope: Scope) -> Iterator[tuple[Cell, ...]]:
    """Return the heads of the columns, one row per payment or refund, and what they come to."""
    words = _Words(
        heads=_heads(),
        kinds={kind: str(word) for kind, word in KINDS.items()},
        channels={channel: str(name) for channel, name in NAMES.items()},
        total=_("total"),
    )
    return _rows(scope, words)


def _rows(scope: Scope, words: _Words) -> Iterator[tuple[Cell, ...]]:
    yield words.heads
    totals = Totals()
    for row in read_rows(scope):
        totals.add(row)
        yield _cells(row, words)
    whole = totals.whole
    blanks: tuple[Cell, ...] = ("",) * 10
    yield (words.total, str(whole.count), *blanks, yuan(whole.amount), yuan(whole.fee), "")


def _heads() -> tuple[str, ...]:
    return (
        _("business date"),
        _("kind"),
        _("at"),
        _("order number"),
        _("serial number"),
        _("channel serial number"),
        _("refund number"),
        _("refund serial number"),
        _("channel refund number"),
        _("channel"),
        _("payment id"),
        _("project"),
        _("amount (yuan)"),
        _("channel fee (yuan)"),
        _("fee types"),
    )


def _cells(row: Row, words: _Words) -> tuple[Cell, ...]:
    return (
        row.business_date.isoformat(),
        words.kinds[row.kind],
        moment(row.final_at) if row.final_at else "",
        row.order_no,
        row.serial_no,
        row.channel_serial_no,
        row.refund_no,
        row.refund_serial_no,
        row.channel_refund_no,
        words.channels.get(row.channel, row.channel),
        row.payment_no,
        row.project,
        yuan(row.amount),
        yuan(row.fee),
        fee_types(row),
    )


def fee_types(row: Row) -> str:
    """Return what a row was for: ``property_fee 100.00; parking 28.50``."""
    named = (line for line in row.lines if line["fee_type"])
    return "; ".join(f"{line['fee_type']} {format_yuan(line['amount'])}" for line in named)
