"""The file that takes the place of EasyPay's channel bill, and its orders read one by one.

Rules: EasyPay protocol V1 "orders" and V2 "merchant/orders"; platforms have no channel bill. The
file is ours, in JSON lines: whose it is and of which day, every answer as it was received, and in
the end how many there were. Answers overlap, and list other days' orders too.
"""

from collections.abc import Generator, Iterator, Mapping
from datetime import date
from typing import Any, BinaryIO

from gateway.bill_files import DAMAGED, NOT_THIS_BILL, lines_of
from gateway.bill_messages import (
    BillError,
    BillFault,
    BillLine,
    BillRequest,
    BillTotals,
    Movement,
)
from gateway.bill_tables import Sums, another_date, another_merchant
from gateway.channels.easypay.parsing import Unreadable, fen, moment, number, rows_of
from gateway.channels.easypay.signing import Texts
from gateway.channels.easypay.statuses import ORDER_STATES
from gateway.messages import ChannelAccount, Outcome
from paycenter.kernel import strict_json
from paycenter.kernel.configuration import gettext_noop as _

FORM = "easypay orders 1"
_LONGEST_ANSWER = 4 * 1_048_576
"""An answer of a megabyte, every character of which is escaped."""

_BAD_ORDER = _(
    "order %(number)s in the platform's list cannot be read: %(problem)s. Have it looked at there"
)

Record = Mapping[str, Any]


def head(account: ChannelAccount, day: date) -> bytes:
    """Return the first line of a file."""
    return _line({"form": FORM, "pid": account.mchid, "date": day.isoformat()})


def page(offset: int, answer: bytes) -> bytes:
    """Return the line that keeps an answer as it was received."""
    return _line({"offset": offset, "answer": answer.decode()})


def tail(pages: int) -> bytes:
    """Return the last line of a file."""
    return _line({"pages": pages})


def after(rows: list[dict[str, str]], last: str) -> list[dict[str, str]]:
    """Return the orders that follow the one with the platform's number ``last``, if there was one.

    Raises ``Unreadable`` when it is not in the list: something before it was deleted.
    """
    numbers = [number(row, "trade_no") for row in rows]
    if not last:
        return rows
    if last not in numbers:
        raise Unreadable("the list moved while it was read")
    return rows[numbers.index(last) + 1 :]


def read(
    account: ChannelAccount, request: BillRequest, file: BinaryIO
) -> Generator[BillLine, None, BillTotals]:
    """Yield what was paid on the day; see ``BillChannel.read``."""
    records, sums, place = _records(file), Sums(), 0
    _check_head(account, request.date, next(records, {}))
    try:
        for place, order in _orders(records):
            line = _paid_line(account, request.date, order, place)
            if line is not None:
                yield sums.add(line)
    except Unreadable as error:
        raise BillError(BillFault.LINE, _BAD_ORDER, number=str(place), problem=str(error)) from None
    return sums.checked({})


def _orders(records: Iterator[Record]) -> Iterator[tuple[int, Texts]]:
    """Yield every order once, numbered from 1. Raises ``Unreadable`` and ``BillError``."""
    place, last = 0, ""
    for pages, record in enumerate(records):
        answer = record.get("answer")
        if not isinstance(answer, str):
            if record.get("pages") == pages and next(records, None) is None:
                return
            break
        for order in after(rows_of(answer.encode()), last):
            place, last = place + 1, order["trade_no"]
            yield place, order
    raise BillError(BillFault.DAMAGED, DAMAGED)


def _paid_line(account: ChannelAccount, day: date, order: Texts, place: int) -> BillLine | None:
    """Return the order if it was paid on this day. The list tells of no refund and no fee."""
    outcome = ORDER_STATES.get(order.get("status", ""), Outcome.UNKNOWN)
    paid_at = moment(order, "endtime")
    if paid_at is None and outcome is Outcome.SUCCEEDED:
        raise Unreadable("endtime is missing")
    if paid_at is None or outcome is Outcome.PENDING or paid_at.date() != day:
        return None
    pid = order.get("pid") or account.mchid
    if pid != account.mchid:
        raise another_merchant(pid, account.mchid)
    return BillLine(
        number=place,
        movement=Movement.PAYMENT,
        moment=paid_at,
        outcome=outcome,
        state=order.get("status", ""),
        mchid=pid,
        raw=strict_json.dumps(order),
        serial_no=number(order, "out_trade_no"),
        channel_serial_no=number(order, "trade_no"),
        amount=fen(order, "money"),
    )


def _check_head(account: ChannelAccount, day: date, found: Record) -> None:
    if found.get("form") != FORM:
        raise BillError(BillFault.NOT_THIS_BILL, NOT_THIS_BILL)
    if found.get("pid") != account.mchid:
        raise another_merchant(str(found.get("pid")), account.mchid)
    if found.get("date") != day.isoformat():
        raise another_date(str(found.get("date")), day)


def _records(file: BinaryIO) -> Iterator[Record]:
    file.seek(0)
    for _number, text in lines_of(file, "utf-8", longest=_LONGEST_ANSWER):
        try:
            record = strict_json.loads(text.encode())
        except ValueError:
            record = None
        if not isinstance(record, dict):
            raise BillError(BillFault.NOT_THIS_BILL, NOT_THIS_BILL)
        yield record


def _line(record: Record) -> bytes:
    return f"{strict_json.dumps(record)}\n".encode()
