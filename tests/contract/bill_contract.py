"""What every channel with channel bills must do alike. A suite subclasses ``BillContract``, says
how its channel answers, and inherits every test below.

The tests hold the promises of ``gateway/bill_contract.py``: a file is kept as it came, whatever is
uncertain is asked again, and nothing that is another's, or not whole, is read.
"""

import hashlib
import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import ClassVar

import pytest
import time_machine

from gateway.bill_contract import BillChannel
from gateway.bill_messages import BillDownload, BillError, BillFault, BillLine, BillRequest
from gateway.contract import Channel
from gateway.masking import masked_body, masked_url
from gateway.messages import ChannelAccount, Outcome
from paycenter.kernel.clock import business_date
from paycenter.kernel.http import NoAnswer, NotSent, WireResponse
from tests.contract.channel_contract import NOW
from tests.contract.transport import FakeTransport, Reply

REQUEST = BillRequest(date(2025, 12, 31))
UNCERTAIN: dict[str, Reply] = {
    "connection refused": NotSent("NewConnectionError"),
    "cut after sending": NoAnswer("ReadTimeout"),
    "status 500": WireResponse(500, {}, b"{}"),
    "status 502 of a proxy": WireResponse(502, {}, b"<html>Bad Gateway</html>"),
    "garbage": WireResponse(200, {}, b"\x00\xff{not even text"),
    "nothing in the body": WireResponse(200, {}, b""),
}


class BillContract(ABC):
    """Subclass as ``TestXBills``."""

    channel: ClassVar[Channel]

    @abstractmethod
    def account(self) -> ChannelAccount:
        """Return an account that works."""

    @abstractmethod
    def replies(self) -> list[WireResponse]:
        """Return the answers that together bring the channel bill of ``REQUEST``."""

    @pytest.fixture(autouse=True)
    def _frozen_clock(self) -> Iterator[None]:
        with time_machine.travel(NOW, tick=False):
            yield

    @property
    def bills(self) -> BillChannel:
        """The channel's own."""
        assert self.channel.bills is not None
        return self.channel.bills

    def download(self, *replies: Reply) -> tuple[BillDownload, io.BytesIO, FakeTransport]:
        """Let the channel give these answers."""
        transport, target = FakeTransport(*replies), io.BytesIO()
        return self.bills.download(self.account(), REQUEST, transport, target), target, transport

    def read(self, content: bytes, **changes: str) -> list[BillLine]:
        """Read a file as the account's, or as that of one with other numbers."""
        owner = replace(self.account(), **changes)  # type: ignore[arg-type]
        return list(self.bills.read(owner, REQUEST, io.BytesIO(content)))

    def test_file_is_kept_as_it_came(self) -> None:
        found, target, _ = self.download(*self.replies())
        content = target.getvalue()
        assert (found.outcome, found.failure, found.error) == (Outcome.SUCCEEDED, None, None)
        assert found.file is not None
        assert found.file.size == len(content)
        assert found.file.sha256 == hashlib.sha256(content).hexdigest()
        assert found.file.media_type
        assert self.account().mchid in found.file.name
        assert "2025-12-31" in found.file.name

    def test_lines_are_the_merchants_and_of_the_day(self) -> None:
        _, target, _ = self.download(*self.replies())
        reading = self.bills.read(self.account(), REQUEST, target)
        lines = list(reading)
        assert lines
        assert {line.mchid for line in lines} == {self.account().mchid}
        assert {business_date(line.moment) for line in lines} == {REQUEST.date}
        assert {line.movement for line in lines} <= (
            self.bills.offers(self.account())[REQUEST.kind].movements
        )
        assert len({line.number for line in lines}) == len(lines)
        assert all(line.serial_no and line.channel_serial_no and line.raw for line in lines)
        assert reading.totals is not None
        assert reading.totals.lines == len(lines)
        assert reading.totals.amount == sum(line.amount or 0 for line in lines)

    def test_same_file_reads_the_same_again(self) -> None:
        _, target, _ = self.download(*self.replies())
        assert self.read(target.getvalue()) == self.read(target.getvalue())

    @pytest.mark.parametrize("case", UNCERTAIN)
    def test_uncertain_answer_is_unknown_and_leaves_no_file_that_counts(self, case: str) -> None:
        for known in range(len(self.replies())):
            found, _, _ = self.download(*self.replies()[:known], UNCERTAIN[case])
            assert found.outcome is Outcome.UNKNOWN
            assert found.failure is not None
            assert found.failure.code
            assert found.file is None or found.error is not None

    def test_another_merchants_or_days_file_is_refused(self) -> None:
        _, target, _ = self.download(*self.replies())
        with pytest.raises(BillError) as caught:
            self.read(target.getvalue(), mchid=self.account().mchid[:-1] + "7")
        assert caught.value.fault is BillFault.ANOTHER_MERCHANT
        other_day = BillRequest(REQUEST.date + timedelta(days=1))
        with pytest.raises(BillError) as caught:
            list(self.bills.read(self.account(), other_day, target))
        assert caught.value.fault is BillFault.ANOTHER_DATE

    @pytest.mark.parametrize("part", [0.0, 0.1, 0.4, 0.8, 0.99])
    def test_part_of_a_file_is_no_file(self, part: float) -> None:
        _, target, _ = self.download(*self.replies())
        content = target.getvalue()
        with pytest.raises(BillError) as caught:
            self.read(content[: int(len(content) * part)])
        assert caught.value.fault in (BillFault.DAMAGED, BillFault.NOT_THIS_BILL)

    def test_no_secret_is_shown_or_kept(self) -> None:
        account, masked = self.account(), self.channel.masked_fields
        found, target, transport = self.download(*self.replies())
        shown = [repr(found), target.getvalue().decode(errors="replace")]
        for request in transport.sent:
            shown += [masked_url(request.url, masked), masked_body(request.body, masked)]
        kinds = {kind.kind for kind in self.channel.credential_kinds if kind.secret}
        secrets = [
            line
            for item in account.credentials
            if item.kind in kinds
            for line in item.value.splitlines()
            if len(line) > 8 and "-----" not in line
        ]
        assert secrets
        assert not [secret for secret in secrets if any(secret in text for text in shown)]
