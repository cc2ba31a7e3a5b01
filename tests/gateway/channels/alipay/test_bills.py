"""A channel bill asked for and fetched from Alipay, and what its refusals mean."""

import hashlib
import io
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.bill_messages import BillDownload, BillFault, BillKind, BillRequest
from gateway.channels.alipay.bills import AlipayBills
from gateway.channels.alipay.channel import AlipayChannel
from gateway.channels.alipay.wire import BILL_ADDRESS
from gateway.masking import masked_body, masked_url
from gateway.messages import ChannelAccount, Outcome
from paycenter.kernel.http import NoAnswer, NotSent, WireResponse
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.alipay.bill_files import DAY, payment, trade_text, zipped
from tests.gateway.channels.alipay.peer import (
    BY_STRANGER,
    SELLER_ID,
    account,
    content_in,
    done,
    failed,
    parameters_in,
    provider_account,
    signed_by,
    unsigned,
)

BILLS = AlipayBills()
PATH = "/downloadBillFile.resource?bizType=trade&fileId=%2Fcanary%2F1.zip"
URL = f"https://alipay.test{PATH}"
PRODUCTION, FILES = "https://openapi.alipay.com", "https://dwbillcenter.alipay.com"
REQUEST = BillRequest(DAY)
OLD = BillRequest(DAY - timedelta(days=2))
CONTENT = zipped(trade_text(payment()))
FILE = WireResponse(200, {}, CONTENT)


def link(**changes: Any) -> WireResponse:
    """Return the signed answer that says where the file is."""
    return done(BILL_ADDRESS, **{"bill_download_url": URL, **changes})


def refused(sub_code: str, code: str = "40004") -> WireResponse:
    return failed(BILL_ADDRESS, sub_code, code)


def download(
    *replies: Reply, request: BillRequest = REQUEST, owner: ChannelAccount | None = None
) -> tuple[BillDownload, bytes, FakeTransport]:
    transport, target = FakeTransport(*replies), io.BytesIO()
    found = BILLS.download(owner or account(), request, transport, target)
    return found, target.getvalue(), transport


class TestRequests:
    @pytest.mark.parametrize(
        ("kind", "word"), [(BillKind.TRADE, "trade"), (BillKind.ACCOUNT, "signcustomer")]
    )
    def test_kind_and_day_are_asked_for_over_tls(self, kind: BillKind, word: str) -> None:
        _, _, transport = download(NoAnswer("cut"), request=BillRequest(DAY, kind))
        (asked,) = transport.sent
        assert parameters_in(asked)["method"] == BILL_ADDRESS
        assert content_in(asked) == {
            "bill_type": word,
            "bill_date": "2025-12-31",
            "secure": "true",
        }

    def test_service_provider_asks_with_the_merchants_authorisation(self) -> None:
        _, _, transport = download(NoAnswer("cut"), owner=provider_account())
        assert parameters_in(transport.sent[0])["app_auth_token"]

    def test_file_is_fetched_from_the_very_address_without_a_secret(self) -> None:
        _, _, transport = download(link(), FILE)
        _, fetched = transport.sent
        assert (fetched.method, fetched.url, fetched.body) == ("GET", URL, b"")
        assert set(fetched.headers) == {"Accept", "User-Agent"}


class TestSuccess:
    def test_file_is_kept_as_it_came(self) -> None:
        found, content, _ = download(link(), FILE)
        assert found.outcome is Outcome.SUCCEEDED
        assert (found.failure, found.error, content) == (None, None, CONTENT)
        assert found.file is not None
        assert found.file.sha256 == hashlib.sha256(content).hexdigest()
        assert found.file.name == f"alipay-{SELLER_ID}-trade-2025-12-31.csv.zip"
        assert (found.file.media_type, found.file.channel_hash) == ("application/zip", "")

    def test_file_without_lines_is_a_file(self) -> None:
        empty = WireResponse(200, {}, zipped(trade_text()))
        found, _, _ = download(link(bill_file_code="EMPTY_DATA_WITH_BILL_FILE"), empty)
        assert found.file is not None

    def test_downloaded_file_is_read_from_where_it_was_written(self) -> None:
        target = io.BytesIO()
        BILLS.download(account(), REQUEST, FakeTransport(link(), FILE), target)
        assert len(list(BILLS.read(account(), REQUEST, target))) == 1


class TestRefusals:
    @pytest.mark.parametrize("word", ["NO_BILL_DATA", "isp.no_bill_data"])
    def test_day_without_trades_has_no_file_and_needs_none(self, word: str) -> None:
        assert download(refused(word))[0] == BillDownload(Outcome.SUCCEEDED)

    @pytest.mark.parametrize("word", ["isp.bill_not_exist", "BILL_NOT_EXIST"])
    def test_missing_file_may_be_late_for_a_day(self, word: str) -> None:
        late, _, _ = download(refused(word))
        assert (late.outcome, late.file) == (Outcome.PENDING, None)
        assert late.failure is not None
        assert late.failure.code == word
        assert download(refused(word), request=OLD)[0] == BillDownload(Outcome.SUCCEEDED)

    @pytest.mark.parametrize(
        ("sub_code", "code"),
        [
            ("INVAILID_ARGUMENTS", "40004"),
            ("invalid_arguments", "40004"),
            ("BILL_DATE_BEFORE_REGISTRATION", "40004"),
            ("TYPE_NOT_SUPPORTED", "40004"),
            ("isv.insufficient-isv-permissions", "40006"),
            ("isv.invalid-signature", "40002"),
            ("aop.invalid-app-auth-token", "20001"),
        ],
    )
    def test_refusal_for_good_is_failed(self, sub_code: str, code: str) -> None:
        found, _, _ = download(refused(sub_code, code))
        assert found.outcome is Outcome.FAILED
        assert found.failure is not None
        assert found.failure.code == sub_code

    @pytest.mark.parametrize(
        "reply",
        [
            refused("SYSTEM_RATE_LIMIT"),
            refused("USER_RATE_LIMIT"),
            refused("UNKNOWN_ERROR"),
            refused("isp.unknow-error", "20000"),
            refused("isv.app-call-limited", "40005"),
            unsigned(refused("NO_BILL_DATA")),
            signed_by(refused("NO_BILL_DATA"), BY_STRANGER),
            unsigned(refused("TYPE_NOT_SUPPORTED")),
            WireResponse(502, {}, b"<html>"),
            NotSent("NewConnectionError"),
            NoAnswer("ReadTimeout"),
        ],
    )
    def test_anything_that_is_not_certain_is_asked_again(self, reply: Reply) -> None:
        found, _, transport = download(reply, request=OLD)
        assert (found.outcome, found.file) == (Outcome.UNKNOWN, None)
        assert found.failure is not None
        assert len(transport.sent) == 1

    def test_answer_without_an_address_fetches_nothing(self) -> None:
        found, _, transport = download(link(bill_download_url=""))
        assert found.outcome is Outcome.UNKNOWN
        assert len(transport.sent) == 1


class TestDoubtfulFiles:
    @pytest.mark.parametrize(
        ("base_url", "url", "asked"),
        [
            (PRODUCTION, f"{FILES}{PATH}", f"{FILES}{PATH}"),
            # Never unprotected: nothing but TLS vouches for the file.
            (PRODUCTION, f"http://dwbillcenter.alipay.com{PATH}", f"{FILES}{PATH}"),
            (PRODUCTION, f"https://dwbillcenter.alipay.com.evil.test{PATH}", ""),
            (PRODUCTION, f"https://dwbillcenter.alipay.com:8443{PATH}", ""),
            (PRODUCTION, f"https://files.alipay.com{PATH}", ""),
            (
                "http://127.0.0.1:8001",
                f"http://127.0.0.1:8001{PATH}",
                f"http://127.0.0.1:8001{PATH}",
            ),
            ("http://127.0.0.1:8001", f"{FILES}{PATH}", ""),
            ("http://127.0.0.1:8001", f"http://127.0.0.1:9{PATH}", ""),
        ],
    )
    def test_hosts_are_those_of_the_account(self, base_url: str, url: str, asked: str) -> None:
        replies = [link(bill_download_url=url), *([FILE] if asked else [])]
        found, _, transport = download(*replies, owner=account(base_url=base_url))
        assert (found.error is None) is bool(asked)
        assert [request.url for request in transport.sent[1:]] == ([asked] if asked else [])
        if found.error is not None:
            assert found.error.fault is BillFault.ELSEWHERE

    def test_redirect_is_not_followed(self) -> None:
        led_on = WireResponse(302, {"location": "https://evil.test/"}, b"")
        found, content, transport = download(link(), led_on)
        assert found.error is not None
        assert found.error.fault is BillFault.ELSEWHERE
        assert (content, len(transport.sent)) == (b"", 2)

    @pytest.mark.parametrize("part", [0.3, 0.7, 0.99])
    def test_zip_that_was_cut_off_is_kept_and_damaged(self, part: float) -> None:
        cut = CONTENT[: int(len(CONTENT) * part)]
        found, content, _ = download(link(), WireResponse(200, {}, cut))
        assert (found.outcome, content) == (Outcome.UNKNOWN, cut)
        assert found.error is not None
        assert found.error.fault is BillFault.DAMAGED
        assert found.file is not None
        assert found.file.size == len(cut)

    def test_zip_with_a_changed_byte_is_damaged(self) -> None:
        raw = bytearray(zipped(trade_text(*[payment()] * 50)))
        raw[len(raw) // 3] ^= 1
        found, _, _ = download(link(), WireResponse(200, {}, bytes(raw)))
        assert found.error is not None
        assert found.error.fault is BillFault.DAMAGED

    @pytest.mark.parametrize(
        "reply", [WireResponse(404, {}, b""), NoAnswer("ReadTimeout"), NotSent("refused")]
    )
    def test_file_that_did_not_come_is_asked_for_again(self, reply: Reply) -> None:
        found, _, _ = download(link(), reply)
        assert (found.outcome, found.file, found.error) == (Outcome.UNKNOWN, None, None)


def test_both_kinds_are_offered_from_ten_oclock_and_may_be_a_day_late() -> None:
    for owner in (account(), provider_account()):
        offers = BILLS.offers(owner)
        assert set(offers) == set(BillKind)
        for terms in offers.values():
            assert str(terms.ready(date(2026, 1, 1))) == "2026-01-02 10:00:00+08:00"
            assert not terms.is_final(DAY, terms.ready(DAY) + timedelta(hours=23))
            assert terms.is_final(DAY, terms.ready(DAY) + timedelta(hours=24))


def test_record_of_a_call_shows_no_way_to_the_file() -> None:
    masked = AlipayChannel.masked_fields
    assert "canary" not in masked_body(link().body, masked) + masked_url(URL, masked)
