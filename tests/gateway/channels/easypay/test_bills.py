"""Orders paged into a file: none missed, none invented, whatever the list does meanwhile."""

import hashlib
import io
import json
from datetime import date
from typing import Any

import pytest

from gateway.bill_messages import BillDownload, BillKind, BillRequest, Movement
from gateway.channels.easypay import bills
from gateway.channels.easypay.bills import EasyPayBills
from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount, Outcome
from paycenter.kernel.http import NoAnswer, NotSent, WireResponse
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.easypay.pages import Orders, Platform, lines_in, orders, page
from tests.gateway.channels.easypay.peer import (
    MD5_KEY,
    PID,
    answer,
    error,
    html,
    order,
    signed_by_merchant,
    v1_account,
    v2_account,
    without,
)

BILLS = EasyPayBills()
DAY = date(2026, 1, 1)
REQUEST = BillRequest(DAY)
OWNERS = [v1_account(), v2_account()]

both_versions = pytest.mark.parametrize("owner", OWNERS, ids=["v1", "v2"])


def download(
    transport: Any, owner: ChannelAccount | None = None
) -> tuple[BillDownload, io.BytesIO]:
    target = io.BytesIO()
    return BILLS.download(owner or v1_account(), REQUEST, transport, target), target


def numbers_of(target: io.BytesIO, owner: ChannelAccount | None = None) -> list[str]:
    return [line.serial_no for line in BILLS.read(owner or v1_account(), REQUEST, target)]


def expected(rows: Orders) -> list[str]:
    return [row["out_trade_no"] for row in rows]


class TestPaging:
    @both_versions
    @pytest.mark.parametrize("count", [0, 1, 2, 49, 50, 51, 99, 100, 260])
    def test_every_order_comes_once(self, owner: ChannelAccount, count: int) -> None:
        rows = orders(count)
        found, target = download(Platform(rows), owner)
        assert found.outcome is Outcome.SUCCEEDED, found.failure
        assert numbers_of(target, owner) == expected(rows)

    @both_versions
    def test_requests_are_those_of_the_version(self, owner: ChannelAccount) -> None:
        platform = Platform(orders(60))
        download(platform, owner)
        urls = [request.url for request in platform.sent]
        if owner is OWNERS[0]:
            assert urls[0] == (
                f"https://pay.test/epay/api.php?act=orders&pid={PID}&key={MD5_KEY}"
                "&limit=50&offset=0"
            )
            assert urls[1].endswith("&offset=49")
        else:
            assert set(urls) == {"https://pay.test/epay/api/merchant/orders"}
            assert b"offset=49" in platform.sent[1].body

    def test_platform_with_smaller_pages_is_read_to_its_end(self) -> None:
        rows = orders(70)
        _, target = download(Platform(rows, most=10))
        assert numbers_of(target) == expected(rows)

    def test_older_orders_end_the_paging_two_days_before(self) -> None:
        before = orders(200, day="2025-12-29")
        platform = Platform([*orders(10), *orders(10, day="2025-12-30"), *before])
        found, _ = download(platform)
        assert found.outcome is Outcome.SUCCEEDED
        assert len(platform.sent) == 1

    def test_order_made_two_days_before_and_paid_on_the_day_is_found(self) -> None:
        late = order(addtime="2025-12-30 00:00:05", endtime="2026-01-01 00:00:03")
        _, target = download(Platform([*orders(120), *orders(60, day="2025-12-31"), late]))
        assert late["out_trade_no"] in numbers_of(target)

    def test_new_orders_in_between_shift_nothing_away(self) -> None:
        rows = orders(120)
        newer = iter(orders(60, day="2026-01-02"))

        def arrive(listed: Orders) -> None:
            for _ in range(7):
                listed.insert(0, next(newer))

        _, target = download(Platform(rows.copy(), between=arrive))
        assert numbers_of(target) == expected(rows)

    def test_list_that_lost_an_order_in_between_is_read_again_later(self) -> None:
        def lose(listed: Orders) -> None:
            del listed[3]

        found, _ = download(Platform(orders(120), between=lose))
        assert (found.outcome, found.file) == (Outcome.UNKNOWN, None)
        assert found.failure is not None
        assert "moved" in found.failure.message

    @both_versions
    def test_platform_that_cannot_page_is_found_out(self, owner: ChannelAccount) -> None:
        found, _ = download(Platform(orders(120), ignores_offset=True), owner)
        assert (found.outcome, found.file) == (Outcome.UNKNOWN, None)
        assert found.failure is not None
        assert "offset" in found.failure.message

    def test_paging_without_end_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bills, "MOST_PAGES", 3)
        found, _ = download(Platform(orders(400)))
        assert (found.outcome, found.file) == (Outcome.FAILED, None)
        assert found.failure is not None
        assert found.failure.code == "too_many_orders"


class TestFile:
    def test_answers_are_kept_as_they_came(self) -> None:
        rows = orders(3)
        found, target = download(FakeTransport(page(rows), page(rows[-1:])))
        head, first, second, tail = (json.loads(line) for line in lines_in(target))
        assert head == {"form": "easypay orders 1", "pid": PID, "date": "2026-01-01"}
        assert first == {"offset": 0, "answer": page(rows).body.decode()}
        assert second == {"offset": 2, "answer": page(rows[-1:]).body.decode()}
        assert tail == {"pages": 2}
        assert found.file is not None
        assert found.file.name == f"easypay-{PID}-trade-2026-01-01.jsonl"
        assert found.file.size == len(target.getvalue())
        assert found.file.sha256 == hashlib.sha256(target.getvalue()).hexdigest()

    @both_versions
    def test_file_holds_no_key(self, owner: ChannelAccount) -> None:
        _, target = download(Platform(orders(3)), owner)
        assert MD5_KEY.encode() not in target.getvalue()


class TestDoubt:
    @both_versions
    @pytest.mark.parametrize(
        "reply",
        [
            error(-3, "商户密钥错误"),
            error(-1, "系统繁忙"),
            answer({"code": -1, "msg": "系统繁忙", "data": []}),
            html(),
            WireResponse(502, {}, b"<html>"),
            WireResponse(200, {}, b""),
            NotSent("NewConnectionError"),
            NoAnswer("ReadTimeout"),
        ],
    )
    def test_page_that_did_not_come_leaves_no_file(
        self, owner: ChannelAccount, reply: Reply
    ) -> None:
        is_v2 = owner is OWNERS[1]
        for known in ([], [page(orders(50), v2=is_v2)]):
            found, _ = download(FakeTransport(*known, reply), owner)
            assert (found.outcome, found.file) == (Outcome.UNKNOWN, None)
            assert found.failure is not None
            assert found.failure.code

    def test_page_of_v2_must_be_signed_by_the_platform(self) -> None:
        signed = page([], v2=True)
        for reply in (without(signed, "sign"), signed_by_merchant(signed), page([])):
            found, _ = download(FakeTransport(reply), v2_account())
            assert (found.outcome, found.file) == (Outcome.UNKNOWN, None)

    @pytest.mark.parametrize(
        "rows",
        [
            {},
            ["x"],
            [{"trade_no": "1"}],
            [order(trade_no="")],
            [order(addtime=None)],
            [order(addtime="yesterday")],
        ],
    )
    def test_list_that_is_not_as_documented_leaves_no_file(self, rows: Any) -> None:
        found, _ = download(FakeTransport(page(rows)))
        assert (found.outcome, found.file) == (Outcome.UNKNOWN, None)


def test_payments_alone_are_offered() -> None:
    offers = BILLS.offers(v1_account())
    assert set(offers) == {BillKind.TRADE}
    assert offers[BillKind.TRADE].movements == {Movement.PAYMENT}
    with pytest.raises(ConfigurationError):
        BILLS.download(
            v1_account(), BillRequest(DAY, BillKind.ACCOUNT), FakeTransport(), io.BytesIO()
        )
