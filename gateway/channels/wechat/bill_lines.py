"""WeChat Pay's channel bills read line by line: trades, and the fund flow of the basic account.

Rules: WeChat Pay APIv3, "Apply for a trade bill" and "Apply for a fund-flow bill". UTF-8 with a
byte order mark; a head, the lines, then a head and one row with the sums. Every value has a
backtick before it and none is quoted, because WeChat Pay replaces commas in a merchant's words.
Some files repeat the mark before the sums, or write the brackets of the heads full-width.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from gateway.bill_files import DAMAGED, NOT_THIS_BILL, lines_of, unzipped
from gateway.bill_messages import (
    BillError,
    BillFault,
    BillKind,
    BillLine,
    BillRequest,
    BillTotals,
    Movement,
)
from gateway.bill_tables import (
    BadValue,
    Layout,
    Stated,
    Sums,
    another_date,
    another_merchant,
    check_names,
    count,
    fen,
    moment,
)
from gateway.channels.wechat.bill_columns import (
    COUNTS,
    FLOW,
    FLOW_SUMS,
    NOT_COMPARED,
    TRADE,
    TRADE_SUMS,
    FlowRow,
    TradeRow,
)
from gateway.channels.wechat.statuses import BILL_REFUND_STATES
from gateway.messages import ChannelAccount, Outcome
from paycenter.kernel.configuration import gettext_noop as _

Numbered = Iterator[tuple[int, str]]

_MARK = "\ufeff"
_BRACKETS = str.maketrans("（）", "()")
_NONE = "0"
"""Stands for a number that there is none of."""

_MOVEMENTS: Mapping[str, Movement] = {
    "交易": Movement.PAYMENT,
    "扣除交易手续费": Movement.FEE,
    "退还交易手续费": Movement.FEE,
    "退款": Movement.REFUND,
    "退款关闭": Movement.REFUND_REVERSED,
    "分账": Movement.SPLIT,
    "提现": Movement.WITHDRAWAL,
}
_PAYMENTS, _REFUNDS = "交易", "退款"
_SIGNS = {"收入": 1, "支出": -1}
_NO_WAY = _("is neither 收入 nor 支出")


@dataclass(frozen=True)
class _Kind:
    """How one kind is read. ``line`` raises ``BadValue``, and ``BillError`` for what is another's.

    ``sums``: what the last row states, by the names of its columns.
    """

    layout: Layout[Any]
    sums: Mapping[str, str]
    line: Callable[[ChannelAccount, date, Any, int, str], BillLine]


def read(
    account: ChannelAccount, request: BillRequest, file: BinaryIO
) -> Generator[BillLine, None, BillTotals]:
    """Yield the lines; see ``BillChannel.read``."""
    kind, sums = _KINDS[request.kind], Sums()
    texts = lines_of(unzipped(file), "utf-8")
    table = kind.layout.table(_head(texts, kind.layout))
    for number, text in texts:
        if not text.startswith("`"):
            return sums.checked(_stated(kind.sums, text, texts))
        row = table.row(_values(text), number)
        try:
            line = kind.line(account, request.date, row, number, text)
        except BadValue as bad:
            raise bad.on(number) from None
        yield sums.add(line)
    raise BillError(BillFault.DAMAGED, DAMAGED)


def _trade_line(
    account: ChannelAccount, day: date, row: TradeRow, number: int, raw: str
) -> BillLine:
    parties, expected = _parties(row), (account.provider_mchid, account.mchid)
    if parties != expected:
        raise another_merchant(_named(parties), _named(expected))
    at = moment(row.moment)
    is_refund = row.state == "REFUND"
    # Where a refund stands, some files are said to repeat when the payment was made.
    if at.date() > day or (at.date() < day and not is_refund):
        raise another_date(at.date(), day)
    return BillLine(
        number=number,
        movement=_TRADES.get(row.state, Movement.OTHER),
        moment=at,
        outcome=_outcome(row),
        state=row.refund_state if is_refund else row.state,
        mchid=account.mchid,
        raw=raw,
        provider_mchid=account.provider_mchid,
        appid=row.appid,
        serial_no=row.serial_no,
        channel_serial_no=row.channel_serial_no,
        refund_serial_no=_number(row.refund_serial_no),
        channel_refund_no=_number(row.channel_refund_no),
        amount=fen(row.amount),
        settled_amount=fen(row.settled_amount),
        refund_amount=fen(row.refund_amount),
        settled_refund_amount=fen(row.settled_refund_amount),
        fee=fen(row.fee),
        rate=row.rate,
    )


def _flow_line(account: ChannelAccount, day: date, row: FlowRow, number: int, raw: str) -> BillLine:
    """Read a change of the balance; the file names no merchant."""
    at = moment(row.moment)
    if at.date() != day:
        raise another_date(at.date(), day)
    if row.way not in _SIGNS:
        raise BadValue(row.way, _NO_WAY)
    movement = _MOVEMENTS.get(row.kind) or _MOVEMENTS.get(row.business, Movement.OTHER)
    of_payment, of_refund = row.business == _PAYMENTS, row.business == _REFUNDS
    return BillLine(
        number=number,
        movement=movement,
        moment=at,
        outcome=Outcome.SUCCEEDED,
        state=row.kind,
        mchid=account.mchid,
        raw=raw,
        serial_no=row.voucher_no if of_payment else "",
        channel_serial_no=row.business_no if of_payment else "",
        refund_serial_no=row.voucher_no if of_refund else "",
        channel_refund_no=row.business_no if of_refund else "",
        split_serial_no=row.voucher_no if movement is Movement.SPLIT else "",
        flow_no=row.flow_no,
        change=_SIGNS[row.way] * fen(row.amount),
        balance=fen(row.balance),
    )


def _parties(row: TradeRow) -> tuple[str, str]:
    """Return service provider, if one acts, and merchant."""
    sub = _number(row.sub_mchid)
    return (row.mchid, sub) if sub else ("", row.mchid)


def _named(parties: tuple[str, str]) -> str:
    return " / ".join(filter(None, parties))


def _number(value: str) -> str:
    return "" if value == _NONE else value


def _outcome(row: TradeRow) -> Outcome:
    if row.state == "REFUND":
        return BILL_REFUND_STATES.get(row.refund_state, Outcome.UNKNOWN)
    return Outcome.SUCCEEDED if row.state == "SUCCESS" else Outcome.UNKNOWN


def _head(texts: Numbered, layout: Layout[Any]) -> list[str]:
    _number_of_it, text = next(texts, (0, ""))
    names = _names(text)
    if layout.columns.moment not in names:
        raise BillError(BillFault.NOT_THIS_BILL, NOT_THIS_BILL)
    return names


def _stated(sums: Mapping[str, str], head: str, texts: Numbered) -> dict[str, Stated]:
    """Read the last two rows, whose head was just met."""
    names = _names(head)
    number, text = next(texts, (0, ""))
    values = _values(text)
    if not sums.keys() & names or len(values) != len(names) or next(texts, None):
        raise BillError(BillFault.DAMAGED, DAMAGED)
    check_names(names, required=sums.keys(), optional=NOT_COMPARED)
    told = dict(zip(names, values, strict=True))
    try:
        return {
            field: Stated(word, count(told[word]) if word in COUNTS else fen(told[word]))
            for word, field in sums.items()
        }
    except BadValue as bad:
        raise bad.on(number) from None


def _names(text: str) -> list[str]:
    return text.lstrip(_MARK).translate(_BRACKETS).split(",")


def _values(text: str) -> list[str]:
    return text[1:].split(",`")


_TRADES = {"SUCCESS": Movement.PAYMENT, "REFUND": Movement.REFUND}
_KINDS = {
    BillKind.TRADE: _Kind(TRADE, TRADE_SUMS, _trade_line),
    BillKind.ACCOUNT: _Kind(FLOW, FLOW_SUMS, _flow_line),
}
