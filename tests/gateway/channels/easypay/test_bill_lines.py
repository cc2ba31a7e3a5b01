"""The file of paged orders read: what was paid that day, and what is wrong with a file."""

import io
from datetime import date, datetime
from typing import Any

import pytest

from gateway.bill_messages import (
    BillError,
    BillFault,
    BillLine,
    BillRequest,
    BillTotals,
    Movement,
)
from gateway.channels.easypay.bill_lines import head, page, tail
from gateway.channels.easypay.bills import EasyPayBills
from gateway.messages import Outcome
from tests.gateway.channels.easypay import pages
from tests.gateway.channels.easypay.pages import orders
from tests.gateway.channels.easypay.peer import PID, SERIAL_NO, TRADE_NO, order, v1_account

BILLS = EasyPayBills()
DAY = date(2026, 1, 1)
ACCOUNT = v1_account()


def file_of(*answers: list[dict[str, Any]]) -> bytes:
    """Return a whole file with these pages."""
    raw = [page(0, pages.page(rows).body) for rows in answers]
    return b"".join([head(ACCOUNT, DAY), *raw, tail(len(raw))])


def lines(content: bytes) -> list[BillLine]:
    return list(BILLS.read(ACCOUNT, BillRequest(DAY), io.BytesIO(content)))


def error_of(content: bytes) -> BillError:
    with pytest.raises(BillError) as caught:
        lines(content)
    return caught.value


class TestOrders:
    def test_paid_order_is_a_payment(self) -> None:
        reading = BILLS.read(ACCOUNT, BillRequest(DAY), io.BytesIO(file_of([order()])))
        (line,) = reading
        assert line == BillLine(
            number=1,
            movement=Movement.PAYMENT,
            moment=datetime.fromisoformat("2026-01-01T08:00:00+08:00"),
            outcome=Outcome.SUCCEEDED,
            state="1",
            mchid=PID,
            raw=line.raw,
            serial_no=SERIAL_NO,
            channel_serial_no=TRADE_NO,
            amount=1990,
        )
        assert f'"out_trade_no":"{SERIAL_NO}"' in line.raw
        assert reading.totals == BillTotals(lines=1, payments=1, amount=1990)

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [(1, Outcome.SUCCEEDED), (2, Outcome.SUCCEEDED), (3, Outcome.UNKNOWN)],
    )
    def test_state_is_the_platforms(self, status: int, outcome: Outcome) -> None:
        (line,) = lines(file_of([order(status)]))
        assert (line.outcome, line.state) == (outcome, str(status))

    @pytest.mark.parametrize(
        "row",
        [
            order(0, endtime=None),
            order(4),
            order(4, endtime=None),
            order(endtime="2025-12-31 23:59:59"),
            order(endtime="2026-01-02 00:00:00"),
            order(endtime="2026-01-02 00:00:00", pid=9999),
        ],
        ids=["unpaid", "held", "held without time", "the day before", "the day after", "another's"],
    )
    def test_what_was_not_paid_on_the_day_is_left_out(self, row: dict[str, Any]) -> None:
        assert lines(file_of([row])) == []

    @pytest.mark.parametrize("money", ["19.9", "19.90", "19.9000", 19.9])
    def test_money_is_read_to_the_fen(self, money: Any) -> None:
        assert [line.amount for line in lines(file_of([order(money=money)]))] == [1990]

    def test_order_on_two_pages_is_one(self) -> None:
        rows = orders(5)
        newer = orders(2, day="2026-01-02")
        content = file_of(rows[:3], [*newer, *rows[1:3], *rows[3:]])
        assert [line.serial_no for line in lines(content)] == [row["out_trade_no"] for row in rows]

    def test_numbers_of_lines_differ(self) -> None:
        found = [line.number for line in lines(file_of(orders(5)))]
        assert len(set(found)) == len(found) == 5

    def test_oldest_platforms_leave_the_merchant_out(self) -> None:
        (line,) = lines(file_of([order(pid=None)]))
        assert line.mchid == PID


class TestFaults:
    def test_another_merchants_order_is_refused(self) -> None:
        assert error_of(file_of([order(pid=9999)])).fault is BillFault.ANOTHER_MERCHANT

    def test_another_merchants_file_is_refused(self) -> None:
        content = file_of([]).replace(f'"pid":"{PID}"'.encode(), b'"pid":"9999"')
        error = error_of(content)
        assert (error.fault, "9999" in str(error)) == (BillFault.ANOTHER_MERCHANT, True)

    def test_another_days_file_is_refused(self) -> None:
        content = file_of([]).replace(b"2026-01-01", b"2026-01-02")
        assert error_of(content).fault is BillFault.ANOTHER_DATE

    @pytest.mark.parametrize(
        "changes",
        [{"money": "19.905"}, {"money": None}, {"out_trade_no": "a b"}, {"endtime": None}],
        ids=["fraction", "no money", "no number", "no time"],
    )
    def test_order_that_is_not_as_documented_stops_the_reading(
        self, changes: dict[str, Any]
    ) -> None:
        error = error_of(file_of([order(**changes)]))
        assert (error.fault, "order 1" in str(error)) == (BillFault.LINE, True)

    def test_page_that_does_not_follow_the_one_before_stops_the_reading(self) -> None:
        assert error_of(file_of(orders(3), orders(3, day="2025-12-31"))).fault is BillFault.LINE

    @pytest.mark.parametrize("cut", [1, 20, 500])
    def test_file_that_was_cut_off_is_damaged(self, cut: int) -> None:
        assert error_of(file_of(orders(3))[:-cut]).fault is BillFault.DAMAGED

    def test_file_without_its_last_line_is_damaged(self) -> None:
        content = b"".join(file_of(orders(3)).splitlines(keepends=True)[:-1])
        assert error_of(content).fault is BillFault.DAMAGED

    def test_file_that_lacks_a_page_is_damaged(self) -> None:
        first, _, *rest = file_of([], orders(3)).splitlines(keepends=True)
        assert error_of(b"".join([first, *rest])).fault is BillFault.DAMAGED

    def test_anything_behind_the_end_is_damage(self) -> None:
        assert error_of(file_of(orders(3)) + tail(1)).fault is BillFault.DAMAGED

    @pytest.mark.parametrize(
        "content", [b"", b"x\n", b"[]\n", b"{}\n", b'{"form":"another"}\n', "交易时间\n".encode()]
    )
    def test_what_is_no_such_file_is_said_to_be_none(self, content: bytes) -> None:
        assert error_of(content).fault is BillFault.NOT_THIS_BILL
