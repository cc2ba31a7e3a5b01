"""Channel bills of a channel that lives in memory: JSON lines, whatever a test writes into them."""

import hashlib
import io
import json
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from gateway.bill_contract import BillChannel, BillTerms, BillTransport
from gateway.bill_messages import (
    BillDownload,
    BillError,
    BillFault,
    BillFile,
    BillKind,
    BillLine,
    BillReading,
    BillRequest,
    BillTotals,
    Movement,
)
from gateway.bill_tables import Sums
from gateway.messages import ChannelAccount, Outcome
from paycenter.kernel.clock import BUSINESS_ZONE

DAMAGED = "line %(line)s of the fake bill is damaged"
PENDING = BillDownload(Outcome.PENDING)
EMPTY = BillDownload(Outcome.SUCCEEDED)


def line(number: int, movement: Movement = Movement.PAYMENT, **facts: Any) -> dict[str, Any]:
    """Return a line of a fake bill."""
    return {"number": number, "movement": movement.value, "outcome": "succeeded"} | facts


def bill_of(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the file of a bill with these lines."""
    return "".join(f"{json.dumps(one)}\n" for one in lines).encode()


class FakeBills(BillChannel):
    """Hands over what a test gives it, in turn; with nothing left it is still making the bill."""

    def __init__(self) -> None:
        self.replies: deque[BillDownload | bytes] = deque()
        self.asked: list[BillRequest] = []

    def offers(self, account: ChannelAccount) -> Mapping[BillKind, BillTerms]:
        """Both kinds, at nine."""
        del account
        trades = frozenset({Movement.PAYMENT, Movement.REFUND})
        return {
            BillKind.TRADE: BillTerms(time(9), 90, trades, timedelta(hours=2)),
            BillKind.ACCOUNT: BillTerms(time(9), 90, frozenset(Movement), names_splits=True),
        }

    def download(
        self,
        account: ChannelAccount,
        request: BillRequest,
        transport: BillTransport,
        target: BinaryIO,
    ) -> BillDownload:
        """Write the next file, or answer as told."""
        del transport
        self.asked.append(request)
        reply = self.replies.popleft() if self.replies else PENDING
        if isinstance(reply, BillDownload):
            return reply
        target.write(reply)
        name = f"{account.mchid}-{request.date}.jsonl"
        sha256 = hashlib.sha256(reply).hexdigest()
        file = BillFile(name, "application/jsonl", len(reply), sha256)
        return BillDownload(Outcome.SUCCEEDED, file)

    def read(self, account: ChannelAccount, request: BillRequest, file: BinaryIO) -> BillReading:
        """Read the lines one by one."""
        return BillReading(_lines(account, request.date, file))


def _lines(
    account: ChannelAccount, day: date, file: BinaryIO
) -> Generator[BillLine, None, BillTotals]:
    sums = Sums()
    noon = datetime.combine(day, time(12), BUSINESS_ZONE)
    for number, text in enumerate(io.TextIOWrapper(file), start=1):
        try:
            facts = json.loads(text)
        except ValueError:
            raise BillError(BillFault.LINE, DAMAGED, line=str(number)) from None
        base = BillLine(number, Movement.PAYMENT, noon, Outcome.SUCCEEDED, "", account.mchid, text)
        facts["movement"], facts["outcome"] = Movement(facts["movement"]), Outcome(facts["outcome"])
        if "moment" in facts:
            facts["moment"] = datetime.fromisoformat(facts["moment"])
        yield sums.add(replace(base, **facts))
    return sums.checked({})
