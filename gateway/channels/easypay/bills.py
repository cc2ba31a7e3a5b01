"""EasyPay's orders of a day, paged into a file that takes the place of a channel bill.

Rules: EasyPay protocol V1 ``api.php?act=orders`` and V2 ``api/merchant/orders``: at most 50 orders,
the newest first. An order can be paid until it is deleted, 48 hours after it was made, so the pages
go back to two days before the day. Each begins with the last order of the page before: new orders
only shift the list, but one that was deleted meanwhile would hide another.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import BinaryIO

from gateway.bill_contract import BillChannel, BillTerms, BillTransport
from gateway.bill_files import described
from gateway.bill_messages import (
    BillDownload,
    BillFile,
    BillKind,
    BillReading,
    BillRequest,
    Movement,
)
from gateway.channels.easypay.answers import Answer
from gateway.channels.easypay.bill_lines import after, head, page, read, tail
from gateway.channels.easypay.config import is_v2
from gateway.channels.easypay.parsing import Unreadable, moment, rows_of
from gateway.channels.easypay.signing import Texts
from gateway.channels.easypay.v1 import SUCCESS as V1_SUCCESS
from gateway.channels.easypay.v1 import V1
from gateway.channels.easypay.v2 import SUCCESS as V2_SUCCESS
from gateway.channels.easypay.v2 import V2
from gateway.messages import ChannelAccount, Failure, Outcome
from paycenter.kernel.clock import BUSINESS_ZONE

MOST_PAGES = 2_000
_PAYABLE_FOR = timedelta(hours=48)
_TERMS = {BillKind.TRADE: BillTerms(time(1), 30, frozenset({Movement.PAYMENT}))}


class EasyPayBills(BillChannel):
    """Pages orders and reads what was paid. No line tells of refunds, fees or the balance."""

    def offers(self, account: ChannelAccount) -> Mapping[BillKind, BillTerms]:
        """Payments only, from an hour after midnight."""
        del account
        return _TERMS

    def download(
        self,
        account: ChannelAccount,
        request: BillRequest,
        transport: BillTransport,
        target: BinaryIO,
    ) -> BillDownload:
        """Write every page as it was received, between a first and a last line of our own."""
        self.terms(account, request.kind)
        midnight = datetime.combine(request.date, time(), BUSINESS_ZONE)
        pager = _Pager(account, transport, back_to=midnight - _PAYABLE_FOR)
        target.write(head(account, request.date))
        for pages in range(1, MOST_PAGES + 1):
            answer, offset = pager.ask(), pager.offset
            if not answer.succeeded(pager.success):
                return BillDownload(Outcome.UNKNOWN, failure=answer.failure)
            target.write(page(offset, answer.body))
            try:
                at_end = pager.turn(answer.body)
            except Unreadable as error:
                failure = Failure("unreadable_answer", str(error))
                return BillDownload(Outcome.UNKNOWN, failure=failure)
            if at_end:
                target.write(tail(pages))
                return BillDownload(Outcome.SUCCEEDED, _file(account, request, target))
        return BillDownload(Outcome.FAILED, failure=_TOO_MANY)

    def read(self, account: ChannelAccount, request: BillRequest, file: BinaryIO) -> BillReading:
        """Read a file that ``download`` wrote."""
        self.terms(account, request.kind)
        return BillReading(read(account, request, file))


class _Pager:
    """Goes through the list from the newest order to the first one that is too old."""

    def __init__(
        self, account: ChannelAccount, transport: BillTransport, *, back_to: datetime
    ) -> None:
        speaks_v2 = is_v2(account)
        self._speaker = V2(account, transport) if speaks_v2 else V1(account, transport)
        self.success = V2_SUCCESS if speaks_v2 else V1_SUCCESS
        self.offset = 0
        self._back_to = back_to
        self._first, self._last = "", ""

    def ask(self) -> Answer:
        """Ask for the page at ``offset``."""
        return self._speaker.orders(self.offset)

    def turn(self, answer: bytes) -> bool:
        """Move on behind the page that was answered; True at the end. Raises ``Unreadable``."""
        rows = rows_of(answer)
        new = after(rows, self._last)
        if not new:
            if len(rows) > 1 and rows[0]["trade_no"] == self._first:
                raise Unreadable("the platform always lists the same orders, whatever the offset")
            return True
        self._first, self._last = rows[0]["trade_no"], new[-1]["trade_no"]
        self.offset += len(rows) - 1
        return _made_at(new[-1]) < self._back_to


def _made_at(order: Texts) -> datetime:
    made_at = moment(order, "addtime")
    if made_at is None:
        raise Unreadable("addtime is missing")
    return made_at


def _file(account: ChannelAccount, request: BillRequest, target: BinaryIO) -> BillFile:
    name = f"easypay-{account.mchid}-{request.kind}-{request.date}.jsonl"
    return described(target, name=name, media_type="application/x-ndjson")


_TOO_MANY = Failure("too_many_orders", f"more than {MOST_PAGES} pages of orders")
