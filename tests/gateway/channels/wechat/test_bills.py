"""A channel bill asked for and fetched from WeChat Pay, and what its refusals mean."""

import hashlib
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.bill_messages import (
    BillDownload,
    BillFault,
    BillKind,
    BillRequest,
    Movement,
)
from gateway.channels.wechat.bills import WeChatBills, bill_target
from gateway.channels.wechat.channel import WeChatChannel
from gateway.channels.wechat.config import load_keys
from gateway.channels.wechat.signing import Stamp
from gateway.contract import ConfigurationError
from gateway.masking import masked_body, masked_url
from gateway.messages import ChannelAccount, Outcome
from paycenter.kernel.http import NoAnswer, NotSent, WireResponse
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.wechat.bill_files import (
    DAY,
    FLOW,
    TRADES,
    packed,
    packed_of,
    raw_of,
)
from tests.gateway.channels.wechat.peer import (
    BY_STRANGER,
    MCHID,
    MERCHANT_KEY,
    SUB_MCHID,
    VECTOR_TIME,
    VECTORS,
    account,
    answer,
    error,
    partner_account,
)

BILLS = WeChatBills()
URL = "https://wechat.test/v3/billdownload/file?token=canary_-%2B1&tartype=gzip"
REQUEST = BillRequest(DAY)
FILE = WireResponse(200, {}, packed_of(TRADES))


def link(**changes: Any) -> WireResponse:
    """Return the signed answer that says where the file is."""
    content = {"hash_type": "SHA1", "hash_value": TRADES["hash_value"], "download_url": URL}
    return answer({**content, **changes})


def download(
    *replies: Reply, request: BillRequest = REQUEST, owner: ChannelAccount | None = None
) -> tuple[BillDownload, bytes, FakeTransport]:
    transport, target = FakeTransport(*replies), io.BytesIO()
    found = BILLS.download(owner or account(), request, transport, target)
    return found, target.getvalue(), transport


class TestRequests:
    def test_vector_is_asked_for_byte_by_byte(self) -> None:
        vector = next(
            item for item in VECTORS["generated"]["requests"] if item["name"] == "tradebill"
        )
        assert bill_target(account(), REQUEST) == vector["url_line"]

    def test_fund_flow_is_of_the_basic_account(self) -> None:
        target = bill_target(account(), BillRequest(DAY, BillKind.ACCOUNT))
        assert target == (
            "/v3/bill/fundflowbill?bill_date=2025-12-31&account_type=BASIC&tar_type=GZIP"
        )

    def test_service_provider_names_its_merchant(self) -> None:
        target = bill_target(partner_account(), REQUEST)
        assert target.endswith(f"&sub_mchid={SUB_MCHID}")

    def test_file_is_fetched_from_the_very_address_and_signed_as_it_goes_out(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stamp = Stamp(str(VECTOR_TIME), "N" * 32)
        monkeypatch.setattr(Stamp, "fresh", lambda: stamp)
        _, _, transport = download(link(download_url=f"{URL}%2d%2f"), FILE)
        _, fetched = transport.sent
        assert (fetched.method, fetched.url, fetched.body) == ("GET", f"{URL}%2d%2f", b"")
        expected = load_keys(account()).signer.authorization(
            mchid=MCHID,
            method="GET",
            target="/v3/billdownload/file?token=canary_-%2B1&tartype=gzip-%2F",
            body=b"",
            stamp=stamp,
        )
        assert fetched.headers["Authorization"] == expected


class TestSuccess:
    def test_file_is_kept_as_it_came(self) -> None:
        found, content, _ = download(link(), FILE)
        assert found.outcome is Outcome.SUCCEEDED
        assert (found.failure, found.error) == (None, None)
        assert content == packed_of(TRADES)
        assert found.file is not None
        assert found.file.sha256 == hashlib.sha256(content).hexdigest()
        assert found.file.size == len(content)
        assert found.file.name == f"wechat-{MCHID}-trade-2025-12-31.csv.gz"
        assert found.file.media_type == "application/gzip"
        assert found.file.channel_hash == TRADES["hash_value"]
        assert found.file.channel_hash_algorithm == "SHA1"

    def test_hash_in_capitals_is_the_same_hash(self) -> None:
        found, _, _ = download(link(hash_value=TRADES["hash_value"].upper()), FILE)
        assert found.outcome is Outcome.SUCCEEDED

    def test_file_that_came_unpacked_fits_the_same_hash(self) -> None:
        found, content, _ = download(link(), replace(FILE, body=raw_of(TRADES)))
        assert (found.outcome, content) == (Outcome.SUCCEEDED, raw_of(TRADES))

    def test_downloaded_file_is_read_from_where_it_was_written(self) -> None:
        target = io.BytesIO()
        BILLS.download(account(), REQUEST, FakeTransport(link(), FILE), target)
        assert len(list(BILLS.read(account(), REQUEST, target))) == 2


class TestRefusals:
    def test_day_without_trades_has_no_file_and_needs_none(self) -> None:
        request = BillRequest(DAY - timedelta(days=1))
        found, content, _ = download(error(400, "NO_STATEMENT_EXIST"), request=request)
        assert found == BillDownload(Outcome.SUCCEEDED)
        assert content == b""

    def test_before_its_time_no_file_only_means_not_yet(self) -> None:
        found, _, _ = download(error(400, "NO_STATEMENT_EXIST"))
        assert found.outcome is Outcome.PENDING

    def test_file_in_the_making_is_asked_for_again(self) -> None:
        found, _, _ = download(error(400, "STATEMENT_CREATING"))
        assert (found.outcome, found.file) == (Outcome.PENDING, None)
        assert found.failure is not None
        assert found.failure.code == "STATEMENT_CREATING"

    @pytest.mark.parametrize(
        ("status", "code"),
        [(403, "NO_AUTH"), (400, "PARAM_ERROR"), (400, "INVALID_REQUEST"), (403, "NOAUTH")],
    )
    def test_refusal_for_good_is_failed(self, status: int, code: str) -> None:
        found, _, _ = download(error(status, code))
        assert found.outcome is Outcome.FAILED
        assert found.failure is not None
        assert found.failure.code == code

    @pytest.mark.parametrize(
        "reply",
        [
            error(429, "FREQUENCY_LIMITED"),
            error(500, "SYSTEM_ERROR"),
            replace(error(400, "NO_STATEMENT_EXIST"), headers={}),
            answer({"code": "NO_STATEMENT_EXIST"}, status=400, pen=BY_STRANGER),
            WireResponse(502, {}, b"<html>"),
            NotSent("NewConnectionError"),
            NoAnswer("ReadTimeout"),
        ],
    )
    def test_anything_that_is_not_certain_is_asked_again(self, reply: Reply) -> None:
        replies = [reply]
        found, _, transport = download(*replies)
        assert (found.outcome, found.file) == (Outcome.UNKNOWN, None)
        assert found.failure is not None
        assert len(transport.sent) == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"download_url": None},
            {"download_url": 1},
            {"hash_value": "abc"},
            {"hash_value": None},
            {"hash_type": "MD5"},
        ],
    )
    def test_answer_that_is_not_as_documented_fetches_nothing(self, changes: Any) -> None:
        found, _, transport = download(link(**changes))
        assert found.outcome is Outcome.UNKNOWN
        assert found.failure is not None
        assert found.failure.code == "unreadable_answer"
        assert len(transport.sent) == 1


class TestDoubtfulFiles:
    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.test/v3/billdownload/file?token=1",
            "https://wechat.test@evil.test/f",
            "http://wechat.test/v3/billdownload/file?token=1",
            "https://169.254.169.254/latest",
        ],
    )
    def test_other_host_is_not_asked(self, url: str) -> None:
        found, content, transport = download(link(download_url=url))
        assert (found.outcome, found.file, content) == (Outcome.UNKNOWN, None, b"")
        assert found.error is not None
        assert found.error.fault is BillFault.ELSEWHERE
        assert len(transport.sent) == 1

    @pytest.mark.parametrize(
        ("base_url", "url", "asked"),
        [
            ("https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com/f?token=1", True),
            ("https://api.mch.weixin.qq.com", "https://pay.weixin.qq.com/f?token=1", False),
            ("http://127.0.0.1:8001", "http://127.0.0.1:8001/f?token=1", True),
            ("http://127.0.0.1:8001", "https://api.mch.weixin.qq.com/f?token=1", False),
        ],
    )
    def test_hosts_are_those_of_the_account(self, base_url: str, url: str, asked: bool) -> None:
        replies = [link(download_url=url), *([FILE] if asked else [])]
        found, _, _ = download(*replies, owner=account(base_url=base_url))
        assert (found.error is None) is asked

    def test_redirect_is_not_followed(self) -> None:
        led_on = WireResponse(302, {"location": "https://evil.test/"}, b"")
        found, content, transport = download(link(), led_on)
        assert found.error is not None
        assert found.error.fault is BillFault.ELSEWHERE
        assert (content, len(transport.sent)) == (b"", 2)

    def test_wrong_hash_keeps_the_file_and_says_so(self) -> None:
        found, content, _ = download(link(hash_value="0" * 40), FILE)
        assert found.outcome is Outcome.UNKNOWN
        assert found.error is not None
        assert found.error.fault is BillFault.WRONG_HASH
        assert found.file is not None
        assert found.file.sha256 == hashlib.sha256(content).hexdigest()
        assert found.failure is not None
        assert found.failure.code == "wrong_hash"

    def test_hash_is_of_the_text_and_not_of_its_packing(self) -> None:
        of_packed = hashlib.sha1(packed_of(TRADES)).hexdigest()
        found, _, _ = download(link(hash_value=of_packed), FILE)
        assert found.error is not None

    def test_file_of_another_bill_does_not_fit(self) -> None:
        found, _, _ = download(link(), replace(FILE, body=packed_of(FLOW)))
        assert found.error is not None
        assert found.error.fault is BillFault.WRONG_HASH

    @pytest.mark.parametrize("part", [0.3, 0.99])
    def test_file_that_was_cut_off_is_kept_and_damaged(self, part: float) -> None:
        whole = packed(raw_of(TRADES))
        cut = whole[: int(len(whole) * part)]
        found, content, _ = download(link(), replace(FILE, body=cut))
        assert (found.outcome, content) == (Outcome.UNKNOWN, cut)
        assert found.error is not None
        assert found.error.fault is BillFault.DAMAGED
        assert found.file is not None

    @pytest.mark.parametrize(
        "reply",
        [
            WireResponse(400, {}, b'{"code":"INVALID_REQUEST"}'),
            WireResponse(403, {}, b""),
            NoAnswer("ReadTimeout"),
            NotSent("NewConnectionError"),
        ],
    )
    def test_file_that_did_not_come_is_asked_for_again(self, reply: Reply) -> None:
        found, _, _ = download(link(), reply)
        assert (found.outcome, found.file, found.error) == (Outcome.UNKNOWN, None, None)
        assert found.failure is not None


class TestOffers:
    def test_direct_merchant_has_both_kinds_from_ten_oclock(self) -> None:
        offers = BILLS.offers(account())
        assert set(offers) == set(BillKind)
        assert {str(terms.ready(date(2026, 1, 1))) for terms in offers.values()} == {
            "2026-01-02 10:00:00+08:00"
        }

    def test_merchant_of_a_provider_has_trades_only(self) -> None:
        offers = BILLS.offers(partner_account())
        assert set(offers) == {BillKind.TRADE}
        assert offers[BillKind.TRADE].movements == {Movement.PAYMENT, Movement.REFUND}
        with pytest.raises(ConfigurationError):
            download(request=BillRequest(DAY, BillKind.ACCOUNT), owner=partner_account())

    def test_account_that_cannot_verify_asks_nothing(self) -> None:
        with pytest.raises(ConfigurationError):
            download(owner=account(credentials=(MERCHANT_KEY,)))


def test_record_of_a_call_shows_no_way_to_the_file() -> None:
    masked = WeChatChannel.masked_fields
    shown = masked_body(link().body, masked) + masked_url(URL, masked)
    assert "canary" not in shown
