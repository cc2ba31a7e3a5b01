"""WeChat Pay's channel bills: asked for, downloaded, compared with their hash.

Rules: WeChat Pay APIv3, "Apply for a trade bill", "Apply for a fund-flow bill", "Download a bill".
The download is signed like any request and its answer is not: what vouches for the file is the
SHA-1 of its unpacked text, which came in a signed answer.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import BinaryIO
from urllib.parse import urlencode

from gateway.bill_contract import BillChannel, BillTerms, BillTransport
from gateway.bill_downloads import (
    allowed_origins,
    check_address,
    compared,
    fetch,
    refused,
)
from gateway.bill_files import described, sha1_of, unzipped
from gateway.bill_messages import (
    BillDownload,
    BillError,
    BillKind,
    BillReading,
    BillRequest,
    Movement,
)
from gateway.channels.wechat.answers import Answer
from gateway.channels.wechat.bill_lines import read
from gateway.channels.wechat.client import open_client
from gateway.channels.wechat.config import BACKUP_URL, PRODUCTION_URL
from gateway.channels.wechat.parsing import Json, Unreadable, required_text
from gateway.channels.wechat.statuses import BILL_IN_THE_MAKING, BILL_REFUSALS, NO_BILL
from gateway.channels.wechat.wire import sub_merchant
from gateway.messages import ChannelAccount, Failure, Outcome
from paycenter.kernel import clock

INTERFACE = "bill/tradebill, bill/fundflowbill"

_READY_AT = time(10)
_KEPT_DAYS = 90
_TERMS = {
    BillKind.TRADE: BillTerms(
        _READY_AT, _KEPT_DAYS, frozenset({Movement.PAYMENT, Movement.REFUND})
    ),
    BillKind.ACCOUNT: BillTerms(_READY_AT, _KEPT_DAYS, frozenset(Movement), names_splits=True),
}
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}", re.ASCII)


class WeChatBills(BillChannel):
    """Downloads and reads WeChat Pay's channel bills."""

    def offers(self, account: ChannelAccount) -> Mapping[BillKind, BillTerms]:
        """A service provider gets its merchants' trades, but not the flow of their accounts."""
        return {BillKind.TRADE: _TERMS[BillKind.TRADE]} if account.is_partner else _TERMS

    def download(
        self,
        account: ChannelAccount,
        request: BillRequest,
        transport: BillTransport,
        target: BinaryIO,
    ) -> BillDownload:
        """Ask where the file is, fetch it, and compare its text with the hash in the answer."""
        terms = self.terms(account, request.kind)
        client = open_client(account, transport)
        answer = client.get(bill_target(account, request))
        if not answer.succeeded:
            return _no_file(answer, is_final=terms.is_final(request.date, clock.now()))
        try:
            url, sha1 = _link(answer.content)
            check_address(url, allowed_origins(account.base_url, PRODUCTION_URL, BACKUP_URL))
        except Unreadable as error:
            return BillDownload(Outcome.UNKNOWN, failure=Failure("unreadable_answer", str(error)))
        except BillError as error:
            return refused(error)
        instead = fetch(client.file_request(url), transport, target)
        return instead or _judged(account, request, target, sha1)

    def read(self, account: ChannelAccount, request: BillRequest, file: BinaryIO) -> BillReading:
        """Read a file as it was downloaded, or unpacked as the merchant's console gives it."""
        self.terms(account, request.kind)
        return BillReading(read(account, request, file))


def bill_target(account: ChannelAccount, request: BillRequest) -> str:
    """Return where a channel bill is asked for."""
    query = {"bill_date": request.date.isoformat()}
    if request.kind is BillKind.TRADE:
        path, query = "tradebill", {**query, "bill_type": "ALL", "tar_type": "GZIP"}
    else:
        path, query = "fundflowbill", {**query, "account_type": "BASIC", "tar_type": "GZIP"}
    return f"/v3/bill/{path}?{urlencode({**query, **sub_merchant(account)})}"


def _link(content: Json) -> tuple[str, str]:
    """Return the address of the file, and the SHA-1 of its text in lower case."""
    url, sha1 = required_text(content, "download_url"), required_text(content, "hash_value")
    if required_text(content, "hash_type") != "SHA1" or not _SHA1.fullmatch(sha1):
        raise Unreadable("hash_value is no SHA-1")
    return url, sha1.lower()


def _no_file(answer: Answer, *, is_final: bool) -> BillDownload:
    """Tell "nothing happened that day" from "not made yet"."""
    code = answer.error_code
    if code == NO_BILL and is_final:
        return BillDownload(Outcome.SUCCEEDED)
    if code in (NO_BILL, BILL_IN_THE_MAKING):
        return BillDownload(Outcome.PENDING, failure=answer.failure)
    outcome = Outcome.FAILED if code in BILL_REFUSALS else Outcome.UNKNOWN
    return BillDownload(outcome, failure=answer.failure)


def _judged(
    account: ChannelAccount, request: BillRequest, target: BinaryIO, sha1: str
) -> BillDownload:
    name = f"wechat-{account.mchid}-{request.kind}-{request.date}.csv.gz"
    received = described(target, name=name, media_type="application/gzip")
    file = replace(received, channel_hash=sha1, channel_hash_algorithm="SHA1")
    try:
        return compared(file, sha1_of(unzipped(target)))
    except BillError as error:
        return refused(error, file)
