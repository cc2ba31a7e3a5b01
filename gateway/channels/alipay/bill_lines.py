"""Alipay's channel bills read line by line: trades, and the changes of the balance.

Rules: Alipay Open Platform, "Trade bill" (业务明细) and "Account bill" (账务明细). A zip with the
lines and a summary, member names and text in GBK. Around the table stand comments: whose channel
bill it is and of which days before it, the sums after it. Texts end with a tab, nothing is quoted.
"""

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, BinaryIO

from gateway.bill_files import DAMAGED, NOT_THIS_BILL, lines_of, unpacked
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
    fen,
    missing,
    moment,
)
from gateway.channels.alipay.bill_columns import (
    ACCOUNT,
    PRODUCT_NAME,
    TRADE,
    AccountRow,
    TradeRow,
)
from gateway.messages import ChannelAccount, Outcome
from paycenter.kernel.configuration import gettext_noop as _

ENCODING = "gb18030"
MEMBER = "明细.csv"
"""How the name of the file with the lines ends; the summary's ends with ``明细(汇总).csv``."""

Numbered = Iterator[tuple[int, str]]

_BRACKETS = str.maketrans("（）", "()")
_ACCOUNT_NO = re.compile(r"#账号：\[([0-9]+)\]")
_DAY = r"\[([0-9]{4})年([0-9]{2})月([0-9]{2})日 00:00:00\]"
_PERIOD = re.compile(rf"#起始日期：{_DAY}\s*终止日期：{_DAY}")
_MOST_COMMENTS = 20
"""Before the table; there are four."""
_SELLER_ID_LENGTH = 16
"""An account number is the seller id and four more digits."""

_TRADES = {"交易": Movement.PAYMENT, "退款": Movement.REFUND}
_MOVEMENTS: Mapping[str, Movement] = {
    "在线支付": Movement.PAYMENT,
    "交易付款": Movement.PAYMENT,
    "交易退款": Movement.REFUND,
    "退款": Movement.REFUND,
    "收费": Movement.FEE,
    "退费": Movement.FEE,
    "交易分账": Movement.SPLIT,
    "提现": Movement.WITHDRAWAL,
}
_NOT_NEGATIVE = _("is the amount of a refund and not negative")


@dataclass(frozen=True)
class _Sum:
    """One line of sums: the word before it, and what must equal its count and its amount."""

    word: str
    amount_word: str
    count: str
    amount: str

    def found_in(self, text: str) -> dict[str, Stated]:
        """Return what the line states, nothing if it is another line."""
        pattern = rf"#{self.word}：([0-9]+)笔，{self.amount_word}共(-?[0-9.]+)元"
        match = re.match(pattern, text, re.ASCII)
        if match is None:
            return {}
        return {
            self.count: Stated(self.word, int(match[1])),
            self.amount: Stated(self.word, abs(fen(match[2]))),
        }


@dataclass(frozen=True)
class _Kind:
    """How one kind is read; ``title`` is how its file begins."""

    title: str
    layout: Layout[Any]
    sums: tuple[_Sum, _Sum]
    line: Callable[[ChannelAccount, Any, int, str], BillLine]


def read(
    account: ChannelAccount, request: BillRequest, file: BinaryIO
) -> Generator[BillLine, None, BillTotals]:
    """Yield the lines; see ``BillChannel.read``."""
    kind, sums = _KINDS[request.kind], Sums()
    texts = lines_of(unpacked(file, suffix=MEMBER, encoding=ENCODING), ENCODING)
    comments, names = _head(texts)
    _check_head(account, request.date, kind, comments)
    table = kind.layout.table(names)
    for number, text in texts:
        if text.startswith("#"):
            return sums.checked(_stated(kind, texts))
        row = table.row(_values(text, names), number)
        try:
            line = kind.line(account, row, number, text)
        except BadValue as bad:
            raise bad.on(number) from None
        yield sums.add(line)
    raise BillError(BillFault.DAMAGED, DAMAGED)


def _trade_line(account: ChannelAccount, row: TradeRow, number: int, raw: str) -> BillLine:
    movement = _TRADES.get(row.kind, Movement.OTHER)
    amount, received = fen(row.amount), fen(row.received)
    is_payment, is_refund = movement is Movement.PAYMENT, movement is Movement.REFUND
    if is_refund and max(amount, received) > 0:
        raise BadValue(row.amount, _NOT_NEGATIVE)
    return BillLine(
        number=number,
        movement=movement,
        moment=moment(row.moment),
        outcome=Outcome.UNKNOWN if movement is Movement.OTHER else Outcome.SUCCEEDED,
        state=row.kind,
        mchid=account.mchid,
        raw=raw,
        serial_no=row.serial_no,
        channel_serial_no=row.channel_serial_no,
        refund_serial_no=row.refund_serial_no,
        amount=amount if is_payment else 0,
        settled_amount=received if is_payment else 0,
        refund_amount=-amount if is_refund else 0,
        settled_refund_amount=-received if is_refund else 0,
        fee=-fen(row.service_fee),
    )


def _account_line(account: ChannelAccount, row: AccountRow, number: int, raw: str) -> BillLine:
    """Read a change of the balance. It names the payment, of a refund too.

    Of income and expense one is zero or blank. Expenses come with a minus, and also without.
    """
    return BillLine(
        number=number,
        movement=_MOVEMENTS.get(row.kind, Movement.OTHER),
        moment=moment(row.moment),
        outcome=Outcome.SUCCEEDED,
        state=row.kind,
        mchid=account.mchid,
        raw=raw,
        serial_no=row.serial_no,
        channel_serial_no=row.channel_serial_no,
        flow_no=row.flow_no,
        change=fen(row.income.strip() or "0") - abs(fen(row.expense.strip() or "0")),
        balance=fen(row.balance),
    )


def _head(texts: Numbered) -> tuple[list[str], list[str]]:
    """Return the comments before the table, and the names of its columns."""
    comments: list[str] = []
    for _number, text in texts:
        if not text.startswith("#"):
            return comments, text.translate(_BRACKETS).split(",")
        comments.append(text)
        if len(comments) > _MOST_COMMENTS:
            break
    raise BillError(BillFault.NOT_THIS_BILL, NOT_THIS_BILL)


def _check_head(account: ChannelAccount, day: date, kind: _Kind, comments: Sequence[str]) -> None:
    """Raise ``BillError`` unless the comments name this kind, this seller and this very day."""
    text = "\n".join(comments)
    owner, period = _ACCOUNT_NO.search(text), _PERIOD.search(text)
    if not text.startswith(kind.title) or owner is None or period is None:
        raise BillError(BillFault.NOT_THIS_BILL, NOT_THIS_BILL)
    if owner[1][:_SELLER_ID_LENGTH] != account.mchid:
        raise another_merchant(owner[1], account.mchid)
    first, end = "-".join(period.groups()[:3]), "-".join(period.groups()[3:])
    if (first, end) != (str(day), str(day + timedelta(days=1))):
        raise another_date(f"{first} - {end}", day)


def _stated(kind: _Kind, texts: Numbered) -> dict[str, Stated]:
    """Read the comments after the table."""
    stated: dict[str, Stated] = {}
    for number, text in texts:
        try:
            for one in kind.sums:
                stated |= one.found_in(text)
        except BadValue as bad:
            raise bad.on(number) from None
    for one in kind.sums:
        if one.count not in stated:
            raise missing(one.word)
    return stated


def _values(text: str, names: Sequence[str]) -> list[str]:
    """Split a line; what is too much belongs to the product's name, whose commas stay commas.

    Had they been in another column, the time beside the name is none, and the line is refused.
    """
    values = text.replace("\t", "").split(",")
    surplus = len(values) - len(names)
    if surplus > 0:
        place = names.index(PRODUCT_NAME)
        values[place : place + surplus + 1] = [",".join(values[place : place + surplus + 1])]
    return values


_KINDS = {
    BillKind.TRADE: _Kind(
        title="#支付宝业务明细查询",
        layout=TRADE,
        sums=(
            _Sum("交易合计", "商家实收", "payments", "settled_amount"),
            _Sum("退款合计", "商家实收退款", "refunds", "settled_refund_amount"),
        ),
        line=_trade_line,
    ),
    BillKind.ACCOUNT: _Kind(
        title="#支付宝账务明细查询",
        layout=ACCOUNT,
        sums=(
            _Sum("支出合计", "", "expenses", "expense"),
            _Sum("收入合计", "", "incomes", "income"),
        ),
        line=_account_line,
    ),
}
