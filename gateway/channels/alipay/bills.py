"""Alipay's channel bills: asked for and downloaded.

Rules: Alipay Open Platform, ``alipay.data.dataservice.bill.downloadurl.query``. The address serves
for 30 seconds. Alipay announces no hash: what vouches for the file is TLS, the checksums in the
zip, and the sums that the channel bill states about itself.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import BinaryIO

from gateway.bill_contract import BillChannel, BillTerms, BillTransport
from gateway.bill_downloads import allowed_origins, check_address, fetch, refused
from gateway.bill_files import check_whole, described, member
from gateway.bill_messages import (
    BillDownload,
    BillError,
    BillKind,
    BillReading,
    BillRequest,
    Movement,
)
from gateway.channels.alipay.answers import Answer
from gateway.channels.alipay.bill_lines import ENCODING, MEMBER, read
from gateway.channels.alipay.client import Client
from gateway.channels.alipay.config import PRODUCTION_URL, keys_of
from gateway.channels.alipay.parsing import Unreadable, required_text
from gateway.channels.alipay.statuses import BILL_NOT_EXIST, NO_BILL_DATA, bill_word
from gateway.channels.alipay.wire import bill_call
from gateway.messages import ChannelAccount, Failure, Operation, Outcome
from paycenter.kernel import clock
from paycenter.kernel.http import WireRequest

FILES_ORIGIN = "https://dwbillcenter.alipay.com"

_TYPES = {BillKind.TRADE: "trade", BillKind.ACCOUNT: "signcustomer"}
_READY_AT = time(10)
_KEPT_DAYS = 6 * 365
# The same word says that a channel bill is late and that there was nothing to list.
_PATIENCE = timedelta(days=1)
_TERMS = {
    BillKind.TRADE: BillTerms(
        _READY_AT, _KEPT_DAYS, frozenset({Movement.PAYMENT, Movement.REFUND}), _PATIENCE
    ),
    BillKind.ACCOUNT: BillTerms(_READY_AT, _KEPT_DAYS, frozenset(Movement), _PATIENCE),
}
_HEADERS = {"Accept": "*/*", "User-Agent": "paycenter"}


class AlipayBills(BillChannel):
    """Downloads and reads Alipay's channel bills."""

    def offers(self, account: ChannelAccount) -> Mapping[BillKind, BillTerms]:
        """Both kinds, to a service provider too: the merchant's authorisation covers them."""
        del account
        return _TERMS

    def download(
        self,
        account: ChannelAccount,
        request: BillRequest,
        transport: BillTransport,
        target: BinaryIO,
    ) -> BillDownload:
        """Ask where the file is, fetch it, and see that it can be unpacked to its end."""
        terms = self.terms(account, request.kind)
        client = Client(account, keys_of(account), transport)
        answer = client.ask(bill_call(_TYPES[request.kind], request.date))
        if not answer.succeeded:
            return _no_file(answer, is_final=terms.is_final(request.date, clock.now()))
        try:
            url = _over_tls(account, required_text(answer.content, "bill_download_url"))
            check_address(url, allowed_origins(account.base_url, PRODUCTION_URL, FILES_ORIGIN))
        except Unreadable as error:
            return BillDownload(Outcome.UNKNOWN, failure=Failure("unreadable_answer", str(error)))
        except BillError as error:
            return refused(error)
        instead = fetch(WireRequest("GET", url, _HEADERS), transport, target)
        return instead or _judged(account, request, target)

    def read(self, account: ChannelAccount, request: BillRequest, file: BinaryIO) -> BillReading:
        """Read the zip as it was downloaded, or the file with the lines taken out of it."""
        self.terms(account, request.kind)
        return BillReading(read(account, request, file))


def _over_tls(account: ChannelAccount, url: str) -> str:
    """Alipay names an unprotected address where it overlooks ``secure``; the host has both."""
    if account.base_url.startswith("https://") and url.startswith("http://"):
        return f"https://{url.removeprefix('http://')}"
    return url


def _no_file(answer: Answer, *, is_final: bool) -> BillDownload:
    """Tell "nothing happened that day" from "not made yet"."""
    word = bill_word(answer.error_word)
    if word == NO_BILL_DATA or (word == BILL_NOT_EXIST and is_final):
        return BillDownload(Outcome.SUCCEEDED)
    if word == BILL_NOT_EXIST:
        return BillDownload(Outcome.PENDING, failure=answer.failure)
    return BillDownload(answer.refusal(Operation.BILL), failure=answer.failure)


def _judged(account: ChannelAccount, request: BillRequest, target: BinaryIO) -> BillDownload:
    name = f"alipay-{account.mchid}-{request.kind}-{request.date}.csv.zip"
    file = described(target, name=name, media_type="application/zip")
    try:
        check_whole(member(target, suffix=MEMBER, encoding=ENCODING))
    except BillError as error:
        return refused(error, file)
    return BillDownload(Outcome.SUCCEEDED, file)
