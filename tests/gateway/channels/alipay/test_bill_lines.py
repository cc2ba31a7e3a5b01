"""Alipay's channel bills read: the documented form, and every way it can be wrong."""

import io
from collections.abc import Sequence
from datetime import date, datetime

import pytest

from gateway.bill_messages import (
    BillError,
    BillFault,
    BillKind,
    BillLine,
    BillReading,
    BillRequest,
    BillTotals,
    Movement,
)
from gateway.channels.alipay.bills import AlipayBills
from gateway.messages import Outcome
from tests.gateway.channels.alipay.bill_files import (
    ACCOUNT_COLUMNS,
    DAY,
    LATER_COLUMNS,
    TRADE_COLUMNS,
    account_text,
    change,
    payment,
    refund,
    trade_text,
    zipped,
)
from tests.gateway.channels.alipay.peer import (
    REFUND_SERIAL_NO,
    SELLER_ID,
    SERIAL_NO,
    TRADE_NO,
    account,
)

BILLS = AlipayBills()
TRADE_REQUEST = BillRequest(DAY)
ACCOUNT_REQUEST = BillRequest(DAY, BillKind.ACCOUNT)


def reading(content: bytes, request: BillRequest = TRADE_REQUEST) -> BillReading:
    return BILLS.read(account(), request, io.BytesIO(content))


def trades(text: str) -> list[BillLine]:
    return list(reading(text.encode("gbk")))


def changes(text: str) -> list[BillLine]:
    return list(reading(text.encode("gbk"), ACCOUNT_REQUEST))


def error_of(content: str | bytes, request: BillRequest = TRADE_REQUEST) -> BillError:
    raw = content.encode("gb18030") if isinstance(content, str) else content
    with pytest.raises(BillError) as caught:
        list(reading(raw, request))
    return caught.value


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


class TestTrades:
    def test_payment_and_refund_are_read_to_the_fen(self) -> None:
        text = trade_text(payment(), refund())
        found = reading(zipped(text))
        paid, returned = found
        assert paid == BillLine(
            number=6,
            movement=Movement.PAYMENT,
            moment=moment("2025-12-31 23:59:01"),
            outcome=Outcome.SUCCEEDED,
            state="交易",
            mchid=SELLER_ID,
            raw=text.split("\r\n")[5],
            serial_no=SERIAL_NO,
            channel_serial_no=TRADE_NO,
            amount=1990,
            settled_amount=1890,
            refund_amount=0,
            settled_refund_amount=0,
            fee=11,
        )
        assert returned == BillLine(
            number=7,
            movement=Movement.REFUND,
            moment=moment("2025-12-31 23:59:30"),
            outcome=Outcome.SUCCEEDED,
            state="退款",
            mchid=SELLER_ID,
            raw=text.split("\r\n")[6],
            serial_no=SERIAL_NO,
            channel_serial_no=TRADE_NO,
            refund_serial_no=REFUND_SERIAL_NO,
            amount=0,
            settled_amount=0,
            refund_amount=990,
            settled_refund_amount=940,
            fee=0,
        )
        assert found.totals == BillTotals(
            lines=2,
            payments=1,
            refunds=1,
            amount=1990,
            settled_amount=1890,
            refund_amount=990,
            settled_refund_amount=940,
            fee=11,
        )

    def test_zip_and_file_taken_out_of_it_read_the_same(self) -> None:
        text = trade_text(payment(), refund())
        assert list(reading(zipped(text))) == trades(text)

    def test_day_without_trades_adds_up_to_nothing(self) -> None:
        found = reading(zipped(trade_text()))
        assert list(found) == []
        assert found.totals == BillTotals()

    def test_columns_in_another_order_are_read_by_name(self) -> None:
        (line,) = trades(trade_text(payment(), columns=TRADE_COLUMNS[::-1]))
        assert (line.amount, line.settled_amount, line.fee) == (1990, 1890, 11)

    def test_half_width_brackets_and_padded_comments_change_nothing(self) -> None:
        text = trade_text(payment()).replace("（元）", "(元)")
        padded = "\r\n".join(
            f"{line},,,,,," if line.startswith("#") else line for line in text.split("\r\n")
        )
        assert [line.amount for line in trades(padded)] == [1990]

    def test_rare_characters_are_read(self) -> None:
        text = trade_text(payment(商品名称="䶮㛃的物业费"))
        (line,) = reading(text.encode("gb18030"))
        assert "䶮" in line.raw

    @pytest.mark.parametrize("name", ["a,b", "物业费,停车费,水费", '"a,b"'])
    def test_commas_of_the_merchants_own_words_move_nothing(self, name: str) -> None:
        (line,) = trades(trade_text(payment(商品名称=name)))
        assert (line.amount, line.fee) == (1990, 11)
        assert line.moment == moment("2025-12-31 23:59:01")

    @pytest.mark.parametrize("column", ["券名称", "备注", "对方账户"])
    def test_comma_that_could_move_amounts_stops_the_reading(self, column: str) -> None:
        assert error_of(trade_text(payment(**{column: "a,b"}))).fault is BillFault.LINE

    def test_kind_nobody_knows_is_left_to_a_person(self) -> None:
        found = reading(trade_text(payment(), payment(业务类型="新的")).encode("gbk"))
        _, other = found
        assert (other.movement, other.outcome) == (Movement.OTHER, Outcome.UNKNOWN)
        assert (other.state, other.amount, other.refund_amount) == ("新的", 0, 0)
        assert found.totals is not None
        assert (found.totals.payments, found.totals.amount) == (1, 1990)

    @pytest.mark.parametrize("column", ["订单金额（元）", "商家实收（元）"])
    def test_refund_that_is_not_negative_stops_the_reading(self, column: str) -> None:
        assert error_of(trade_text(refund(**{column: "9.90"}))).fault is BillFault.LINE


class TestAccount:
    def test_income_is_read_to_the_fen(self) -> None:
        text = account_text(change())
        found = reading(zipped(text, "账务"), ACCOUNT_REQUEST)
        (line,) = found
        assert line == BillLine(
            number=6,
            movement=Movement.PAYMENT,
            moment=moment("2025-12-31 23:59:02"),
            outcome=Outcome.SUCCEEDED,
            state="在线支付",
            mchid=SELLER_ID,
            raw=text.split("\r\n")[5],
            serial_no=SERIAL_NO,
            channel_serial_no=TRADE_NO,
            flow_no="1570757242119060731",
            change=1890,
            balance=101890,
        )
        assert found.totals == BillTotals(lines=1, incomes=1, income=1890)

    @pytest.mark.parametrize(
        ("income", "expense", "expected"),
        [
            ("18.90", "0.00", 1890),
            ("18.90", "", 1890),
            ("18.90", " ", 1890),
            ("0.00", "-0.11", -11),
            ("", "-0.11", -11),
            ("0", "0.11", -11),
        ],
    )
    def test_expense_is_one_with_a_minus_and_without(
        self, income: str, expense: str, expected: int
    ) -> None:
        row = change(**{"收入金额（+元）": income, "支出金额（-元）": expense})
        (line,) = changes(account_text(row))
        assert line.change == expected

    @pytest.mark.parametrize(
        ("kind", "movement"),
        [
            ("交易付款", Movement.PAYMENT),
            ("交易退款", Movement.REFUND),
            ("收费", Movement.FEE),
            ("退费", Movement.FEE),
            ("交易分账", Movement.SPLIT),
            ("提现", Movement.WITHDRAWAL),
            ("转账", Movement.OTHER),
        ],
    )
    def test_change_is_what_its_word_says(self, kind: str, movement: Movement) -> None:
        (line,) = changes(account_text(change(业务类型=kind)))
        assert (line.movement, line.state) == (movement, kind)

    def test_columns_that_came_later_are_known(self) -> None:
        columns = (*ACCOUNT_COLUMNS, *LATER_COLUMNS)
        row = {**change(), **dict.fromkeys(LATER_COLUMNS, "x\t")}
        assert [line.change for line in changes(account_text(row, columns=columns))] == [1890]


class TestOwnership:
    def test_another_sellers_file_is_refused(self) -> None:
        error = error_of(trade_text(payment(), owner="20880000000000990156"))
        assert error.fault is BillFault.ANOTHER_MERCHANT
        assert "2088000000000099" in str(error)
        assert SELLER_ID in str(error)

    @pytest.mark.parametrize(
        ("first", "end"),
        [
            ("2025年12月30日", "2025年12月31日"),
            ("2026年01月01日", "2026年01月02日"),
            ("2025年12月31日", "2026年01月31日"),
            ("2025年12月01日", "2026年01月01日"),
        ],
    )
    def test_another_days_file_is_refused_even_without_lines(self, first: str, end: str) -> None:
        error = error_of(trade_text(first=first, end=end))
        assert error.fault is BillFault.ANOTHER_DATE
        assert "2025-12-31" in str(error)

    def test_day_may_end_a_leap_february(self) -> None:
        text = trade_text(first="2028年02月29日", end="2028年03月01日")
        request = BillRequest(date(2028, 2, 29))
        assert list(reading(text.encode("gbk"), request)) == []


class TestFaults:
    def test_extra_column_is_named(self) -> None:
        row = {**payment(), "新增字段": "1"}
        error = error_of(trade_text(row, columns=(*TRADE_COLUMNS, "新增字段")))
        assert error.fault is BillFault.LAYOUT
        assert "新增字段" in str(error)

    @pytest.mark.parametrize("column", ["服务费（元）", "备注"])
    def test_missing_column_is_named(self, column: str) -> None:
        columns = [name for name in TRADE_COLUMNS if name != column]
        error = error_of(trade_text(payment(), columns=columns))
        assert error.fault is BillFault.LAYOUT
        assert column.removesuffix("（元）") in str(error)

    @pytest.mark.parametrize("column", ["订单金额（元）", "商家实收（元）", "服务费（元）"])
    @pytest.mark.parametrize("value", ["0.115", "", "x1.90", "１.00"])
    def test_no_amount_stops_the_reading_at_its_line(self, column: str, value: str) -> None:
        error = error_of(trade_text(payment(), payment(**{column: value})))
        assert error.fault is BillFault.LINE
        assert "line 7" in str(error)

    def test_no_time_stops_the_reading(self) -> None:
        assert error_of(trade_text(payment(完成时间="2025-12-31"))).fault is BillFault.LINE

    @pytest.mark.parametrize(
        ("sums", "word"),
        [
            (
                ["#交易合计：2笔，商家实收共18.90元，", "#退款合计：0笔，商家实收退款共0.00元，"],
                "交易合计",
            ),
            (
                ["#交易合计：1笔，商家实收共18.91元，", "#退款合计：0笔，商家实收退款共0.00元，"],
                "交易合计",
            ),
            (
                ["#交易合计：1笔，商家实收共18.90元，", "#退款合计：1笔，商家实收退款共0.00元，"],
                "退款合计",
            ),
            (
                ["#交易合计：1笔，商家实收共18.90元，", "#退款合计：0笔，商家实收退款共-9元，"],
                "退款合计",
            ),
        ],
        ids=["payments", "paid", "refunds", "returned"],
    )
    def test_sums_that_differ_are_told(self, sums: Sequence[str], word: str) -> None:
        error = error_of(trade_text(payment(), sums=sums))
        assert (error.fault, word in str(error)) == (BillFault.TOTALS, True)

    @pytest.mark.parametrize(
        "sums",
        [
            ["#支出合计：1笔，共0.00元", "#收入合计：1笔，共18.90元"],
            ["#支出合计：0笔，共0.01元", "#收入合计：1笔，共18.90元"],
            ["#支出合计：0笔，共0.00元", "#收入合计：2笔，共18.90元"],
            ["#支出合计：0笔，共0.00元", "#收入合计：1笔，共18.89元"],
        ],
    )
    def test_sums_of_the_account_that_differ_are_told(self, sums: Sequence[str]) -> None:
        error = error_of(account_text(change(), sums=sums), ACCOUNT_REQUEST)
        assert error.fault is BillFault.TOTALS

    @pytest.mark.parametrize(
        ("sums", "word"),
        [
            (["#交易合计：1笔，商家实收共18.90元，"], "退款合计"),
            (["#退款合计：0笔，商家实收退款共0.00元，"], "交易合计"),
            (["#交易合计：1笔，交易金额共18.90元，"], "交易合计"),
        ],
    )
    def test_sum_that_is_not_stated_is_missed(self, sums: Sequence[str], word: str) -> None:
        error = error_of(trade_text(payment(), sums=sums))
        assert (error.fault, word in str(error)) == (BillFault.LAYOUT, True)

    def test_sum_that_is_no_amount_stops_the_reading(self) -> None:
        sums = ["#交易合计：1笔，商家实收共1.8.9元，", "#退款合计：0笔，商家实收退款共0.00元，"]
        assert error_of(trade_text(payment(), sums=sums)).fault is BillFault.LINE

    def test_line_that_was_taken_out_is_missed_by_the_sums(self) -> None:
        lines = trade_text(payment(), refund()).split("\r\n")
        del lines[6]
        assert error_of("\r\n".join(lines)).fault is BillFault.TOTALS

    @pytest.mark.parametrize("kept", [5, 6, 7])
    def test_file_that_was_cut_off_between_lines_is_damaged(self, kept: int) -> None:
        lines = trade_text(payment(), refund()).split("\r\n")[:kept]
        assert error_of("\r\n".join(lines) + "\r\n").fault is BillFault.DAMAGED

    def test_file_that_was_cut_off_within_a_line_is_damaged(self) -> None:
        assert error_of(trade_text(payment(), refund())[:-300]).fault is BillFault.DAMAGED

    @pytest.mark.parametrize("part", [0.4, 0.8, 0.99])
    def test_zip_that_was_cut_off_is_damaged(self, part: float) -> None:
        whole = zipped(trade_text(payment()))
        assert error_of(whole[: int(len(whole) * part)]).fault is BillFault.DAMAGED

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<html></html>\n",
            b"#\r\n" * 10,
            b"#\r\n" * 30 + trade_text(payment()).encode("gbk"),
            account_text(change()).encode("gbk"),
            trade_text(payment()).replace("#账号", "#帐户").encode("gbk"),
            trade_text(payment()).replace("起始日期", "开始").encode("gbk"),
        ],
        ids=["empty", "page", "comments", "no end", "another kind", "no owner", "no day"],
    )
    def test_what_is_no_trade_bill_is_said_to_be_none(self, content: bytes) -> None:
        assert error_of(content).fault is BillFault.NOT_THIS_BILL

    def test_file_in_another_encoding_is_said_to_be_so(self) -> None:
        error = error_of(trade_text(payment()).encode("utf-8"))
        assert (error.fault, "gb18030" in str(error)) == (BillFault.LINE, True)
