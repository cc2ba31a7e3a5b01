"""Columns by name, values exactly, sums compared: nothing in a channel bill is guessed."""

from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from django.utils.translation import override

from gateway.bill_messages import BillError, BillFault, BillLine, BillTotals, Movement
from gateway.bill_tables import BadValue, Layout, Stated, Sums, count, fen, moment
from gateway.messages import Outcome
from gateway.words import said


class Row(NamedTuple):
    when: str
    money: str


LAYOUT = Layout(Row._make, Row("时间", "金额"), others=("备注",), later=("新",))


def line(movement: Movement = Movement.PAYMENT, **amounts: int) -> BillLine:
    return BillLine(
        number=1,
        movement=movement,
        moment=datetime(2026, 1, 1, tzinfo=UTC),
        outcome=Outcome.SUCCEEDED,
        state="",
        mchid="1",
        raw="",
        **amounts,  # type: ignore[arg-type]
    )


class TestColumns:
    @pytest.mark.parametrize(
        ("names", "values"),
        [
            (["时间", "金额", "备注"], ["t", "m", "x"]),
            (["备注", "金额", "时间"], ["x", "m", "t"]),
            (["时间", "新", "备注", "金额"], ["t", "n", "x", "m"]),
        ],
    )
    def test_values_are_picked_by_name(self, names: list[str], values: list[str]) -> None:
        assert LAYOUT.table(names).row(values, 2) == Row("t", "m")

    @pytest.mark.parametrize(
        ("names", "named"),
        [
            (["时间", "金额", "备注", "别的"], "别的"),
            (["时间", "金额"], "备注"),
            (["金额", "备注"], "时间"),
            (["时间", "金额", "备注", "金额"], "金额"),
        ],
        ids=["extra", "missing", "missing and used", "twice"],
    )
    def test_other_columns_are_refused_by_their_names(self, names: list[str], named: str) -> None:
        with pytest.raises(BillError, match=named) as caught:
            LAYOUT.table(names)
        assert caught.value.fault is BillFault.LAYOUT

    @pytest.mark.parametrize("values", [["t", "m"], ["t", "m", "x", "y"]])
    def test_line_of_another_width_is_refused_by_its_number(self, values: list[str]) -> None:
        with pytest.raises(BillError, match="line 17") as caught:
            LAYOUT.table(["时间", "金额", "备注"]).row(values, 17)
        assert caught.value.fault is BillFault.LINE


class TestValues:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [("19.90", 1990), ("0.11000", 11), ("-0.06000", -6), ("0.00", 0), ("5", 500)],
    )
    def test_yuan_becomes_fen_exactly(self, text: str, expected: int) -> None:
        assert fen(text) == expected

    @pytest.mark.parametrize("text", ["0.115", "0.11001"])
    def test_fraction_of_a_fen_is_said_to_be_one(self, text: str) -> None:
        with pytest.raises(BadValue) as caught:
            fen(text)
        error = caught.value.on(5)
        assert error.fault is BillFault.LINE
        assert "fraction of a fen" in str(error)
        assert text in str(error)
        assert "line 5" in str(error)

    @pytest.mark.parametrize(
        "text", ["", " 1.00", "1,000.00", "+1.00", "1e2", "¥1", "１.00", "NaN"]
    )
    def test_what_only_looks_like_an_amount_is_refused(self, text: str) -> None:
        with pytest.raises(BadValue):
            fen(text)

    def test_counts_may_be_written_with_decimals(self) -> None:
        assert [count(text) for text in ("45", "45.0", "0")] == [45, 45, 0]
        for text in ("-1", "4.5", "x"):
            with pytest.raises(BadValue):
                count(text)

    def test_times_are_beijings(self) -> None:
        assert moment("2026-01-01 07:59:59") == datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)

    @pytest.mark.parametrize(
        "text", ["", "2026-01-01", "2026-02-30 00:00:00", "2026/01/01 00:00:00", "20260101T000000"]
    )
    def test_what_is_no_time_is_refused(self, text: str) -> None:
        with pytest.raises(BadValue):
            moment(text)

    def test_error_is_said_in_words(self) -> None:
        with override("en"):
            text = said(BadValue("0.115", "has a fraction of a fen").on(5))
        assert text == (
            "line 5 of the channel bill cannot be read: “0.115” has a fraction of a fen"
        )

    def test_error_shows_no_more_of_a_value_than_a_glance(self) -> None:
        assert BadValue("x" * 500 + "\x00", "is no time").value == "x" * 40


class TestSums:
    def test_trades_are_counted_by_what_they_are(self) -> None:
        sums = Sums()
        sums.add(line(amount=1000, settled_amount=900, fee=6))
        sums.add(line(Movement.REFUND, refund_amount=300, settled_refund_amount=270, fee=-2))
        assert sums.checked({}) == BillTotals(
            lines=2,
            payments=1,
            refunds=1,
            amount=1000,
            settled_amount=900,
            refund_amount=300,
            settled_refund_amount=270,
            fee=4,
        )

    def test_changes_of_the_balance_are_counted_by_their_way(self) -> None:
        sums = Sums()
        for change in (1000, -6, -300):
            sums.add(line(change=change))
        totals = sums.checked({})
        assert (totals.incomes, totals.income) == (1, 1000)
        assert (totals.expenses, totals.expense) == (2, 306)

    @pytest.mark.parametrize(
        ("field", "value", "shown"),
        [("lines", 2, "2"), ("amount", 1001, "10.01")],
    )
    def test_difference_is_told_in_the_words_of_the_channel(
        self, field: str, value: int, shown: str
    ) -> None:
        sums = Sums()
        sums.add(line(amount=1000))
        with pytest.raises(BillError) as caught:
            sums.checked({field: Stated("总数", value)})
        assert caught.value.fault is BillFault.TOTALS
        assert f"总数 {shown}" in str(caught.value)
