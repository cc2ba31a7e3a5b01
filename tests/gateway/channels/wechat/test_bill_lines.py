"""WeChat Pay's channel bills read: the vectors byte for byte, and every way they can be wrong."""

import io
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
from gateway.channels.wechat.bills import WeChatBills
from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount, Outcome
from tests.gateway.channels.wechat import bill_files
from tests.gateway.channels.wechat.bill_files import (
    DAY,
    FLOW,
    PRODUCTION,
    TRADES,
    flow,
    flow_bill,
    packed_of,
    payment,
    raw_of,
    refund,
    trade_bill,
)
from tests.gateway.channels.wechat.peer import (
    APPID,
    MCHID,
    PROVIDER_MCHID,
    SUB_MCHID,
    account,
    partner_account,
)

BILLS = WeChatBills()
TRADE_REQUEST = BillRequest(DAY)
FLOW_REQUEST = BillRequest(DAY, BillKind.ACCOUNT)


def reading(
    content: bytes, request: BillRequest = TRADE_REQUEST, owner: ChannelAccount | None = None
) -> BillReading:
    return BILLS.read(owner or account(), request, io.BytesIO(content))


def lines(
    content: bytes, request: BillRequest = TRADE_REQUEST, owner: ChannelAccount | None = None
) -> list[BillLine]:
    return list(reading(content, request, owner))


def error_of(
    content: bytes, request: BillRequest = TRADE_REQUEST, owner: ChannelAccount | None = None
) -> BillError:
    with pytest.raises(BillError) as caught:
        lines(content, request, owner)
    return caught.value


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


class TestVectors:
    def test_trades_of_the_vector(self) -> None:
        found = reading(packed_of(TRADES))
        paid, returned = found
        assert paid == BillLine(
            number=2,
            movement=Movement.PAYMENT,
            moment=moment("2025-12-31 23:59:01"),
            outcome=Outcome.SUCCEEDED,
            state="SUCCESS",
            mchid=MCHID,
            raw=TRADES["text"].split("\r\n")[1],
            appid=APPID,
            serial_no="ORD202512310001",
            channel_serial_no="4200000000202512310000000001",
            amount=1990,
            settled_amount=1890,
            refund_amount=0,
            settled_refund_amount=0,
            fee=11,
            rate="0.60%",
        )
        assert returned == BillLine(
            number=3,
            movement=Movement.REFUND,
            moment=moment("2025-12-31 12:00:00"),
            outcome=Outcome.PENDING,
            state="PROCESSING",
            mchid=MCHID,
            raw=TRADES["text"].split("\r\n")[2],
            appid=APPID,
            serial_no="ORD202512300007",
            channel_serial_no="4200000000202512300000000007",
            refund_serial_no="RF202512310001@1",
            channel_refund_no="50300000002025123100000000001",
            amount=0,
            settled_amount=0,
            refund_amount=990,
            settled_refund_amount=990,
            fee=-6,
            rate="0.60%",
        )
        assert found.totals == BillTotals(
            lines=2,
            payments=1,
            refunds=1,
            amount=1990,
            settled_amount=1890,
            refund_amount=990,
            settled_refund_amount=990,
            fee=5,
        )

    def test_flow_of_the_vector(self) -> None:
        found = reading(packed_of(FLOW), FLOW_REQUEST)
        paid, fee, returned = found
        assert paid == BillLine(
            number=2,
            movement=Movement.PAYMENT,
            moment=moment("2025-12-31 23:59:02"),
            outcome=Outcome.SUCCEEDED,
            state="交易",
            mchid=MCHID,
            raw=FLOW["text"].split("\r\n")[1],
            serial_no="ORD202512310001",
            channel_serial_no="4200000000202512310000000001",
            flow_no="4200000000202512310000000001",
            change=1890,
            balance=101890,
        )
        assert (fee.movement, fee.change, fee.serial_no) == (Movement.FEE, -11, paid.serial_no)
        assert (returned.movement, returned.change) == (Movement.REFUND, -984)
        assert (returned.serial_no, returned.channel_serial_no) == ("", "")
        assert returned.refund_serial_no == "RF202512310001@1"
        assert returned.channel_refund_no == "50300000002025123100000000001"
        assert found.totals == BillTotals(lines=3, incomes=1, income=1890, expenses=2, expense=995)

    def test_file_of_production(self) -> None:
        owner = account(mchid=bill_files.PRODUCTION_MCHID)
        request = BillRequest(bill_files.PRODUCTION_DAY)
        found = reading(raw_of(PRODUCTION), request, owner)
        assert [line.amount for line in found] == [1, 1, 1]
        assert found.totals == BillTotals(lines=3, payments=3, amount=3, settled_amount=3)

    @pytest.mark.parametrize("vector", [TRADES, FLOW], ids=["trades", "flow"])
    def test_packed_and_unpacked_file_read_the_same(self, vector: dict[str, str]) -> None:
        request = TRADE_REQUEST if vector is TRADES else FLOW_REQUEST
        assert lines(packed_of(vector), request) == lines(raw_of(vector), request)

    def test_built_file_is_the_vector(self) -> None:
        assert trade_bill(payment(), refund(), 手续费总金额="0.05000") == raw_of(TRADES)


class TestForms:
    def test_file_without_byte_order_mark_is_read(self) -> None:
        assert lines(raw_of(TRADES).removeprefix(b"\xef\xbb\xbf")) == lines(raw_of(TRADES))

    def test_second_mark_and_wide_brackets_change_nothing(self) -> None:
        text = raw_of(FLOW).decode().replace("(元)", "（元）")
        text = text.replace("资金流水总笔数", "\ufeff资金流水总笔数")
        assert [line.change for line in lines(text.encode(), FLOW_REQUEST)] == [1890, -11, -984]

    def test_columns_in_another_order_are_read_by_name(self) -> None:
        row = payment()
        turned = dict(reversed(row.items()))
        assert [line.amount for line in lines(trade_bill(turned))] == [1990]

    def test_counts_with_decimals_are_counts(self) -> None:
        assert len(lines(trade_bill(payment(), 总交易单数="1.0"))) == 1

    def test_day_without_lines_adds_up_to_nothing(self) -> None:
        found = reading(trade_bill())
        assert list(found) == []
        assert found.totals == BillTotals()

    def test_totals_are_not_there_before_the_end(self) -> None:
        found = reading(raw_of(TRADES))
        next(iter(found))
        assert found.totals is None

    def test_words_of_the_merchant_may_be_anything(self) -> None:
        row = payment(商品名称="物业费\\ 2026`年\\n", 商户数据包='"quoted"')
        (line,) = lines(trade_bill(row))
        assert "物业费" in line.raw


class TestStates:
    @pytest.mark.parametrize(
        ("state", "outcome"),
        [
            ("SUCCESS", Outcome.SUCCEEDED),
            ("PROCESSING", Outcome.PENDING),
            ("CHANGE", Outcome.PENDING),
            ("FAIL", Outcome.FAILED),
            ("SOMETHING_NEW", Outcome.UNKNOWN),
        ],
    )
    def test_refund_is_as_it_was_when_the_file_was_made(self, state: str, outcome: Outcome) -> None:
        (line,) = lines(trade_bill(refund(退款状态=state)))
        assert (line.movement, line.outcome, line.state) == (Movement.REFUND, outcome, state)

    @pytest.mark.parametrize("state", ["REVOKED", "SOMETHING_NEW"])
    def test_trade_in_another_state_is_left_to_a_person(self, state: str) -> None:
        (line,) = lines(trade_bill(payment(交易状态=state)))
        assert (line.movement, line.outcome) == (Movement.OTHER, Outcome.UNKNOWN)
        assert line.state == state

    @pytest.mark.parametrize(
        ("business", "kind", "way", "movement", "change"),
        [
            ("退款", "退款关闭", "收入", Movement.REFUND_REVERSED, 1890),
            ("退款", "退还交易手续费", "收入", Movement.FEE, 1890),
            ("分账", "分账", "支出", Movement.SPLIT, -1890),
            ("分账", "分账完结", "收入", Movement.SPLIT, 1890),
            ("充值/提现", "提现", "支出", Movement.WITHDRAWAL, -1890),
            ("新业务", "新类型", "收入", Movement.OTHER, 1890),
        ],
    )
    def test_change_of_the_balance_is_what_its_words_say(
        self, business: str, kind: str, way: str, movement: Movement, change: int
    ) -> None:
        row = flow(0, 业务名称=business, 业务类型=kind, 收支类型=way)
        (line,) = lines(flow_bill(row), FLOW_REQUEST)
        assert (line.movement, line.change, line.state) == (movement, change, kind)
        is_split = movement is Movement.SPLIT
        assert line.split_serial_no == (row["业务凭证号"] if is_split else "")
        assert line.serial_no == ""


class TestOwnership:
    def test_another_merchants_file_is_refused(self) -> None:
        error = error_of(trade_bill(payment(商户号="1900000999")))
        assert error.fault is BillFault.ANOTHER_MERCHANT
        assert "1900000999" in str(error)
        assert MCHID in str(error)

    def test_line_of_a_sub_merchant_is_not_the_direct_merchants(self) -> None:
        assert error_of(trade_bill(payment(特约商户号=SUB_MCHID))).fault is (
            BillFault.ANOTHER_MERCHANT
        )

    def test_merchant_of_a_provider_is_named_beside_it(self) -> None:
        row = payment(商户号=PROVIDER_MCHID, 特约商户号=SUB_MCHID)
        (line,) = lines(trade_bill(row), owner=partner_account())
        assert (line.mchid, line.provider_mchid) == (SUB_MCHID, PROVIDER_MCHID)

    def test_provider_is_named_where_it_alone_differs(self) -> None:
        content = trade_bill(payment(商户号="1900000999", 特约商户号=SUB_MCHID))
        error = error_of(content, owner=partner_account())
        assert f"1900000999 / {SUB_MCHID}, not of {PROVIDER_MCHID} / {SUB_MCHID}" in str(error)

    @pytest.mark.parametrize(
        ("provider", "sub"), [(PROVIDER_MCHID, "1900000999"), ("1900000999", SUB_MCHID)]
    )
    def test_other_pair_of_provider_and_merchant_is_refused(self, provider: str, sub: str) -> None:
        content = trade_bill(payment(商户号=provider, 特约商户号=sub))
        assert error_of(content, owner=partner_account()).fault is BillFault.ANOTHER_MERCHANT

    def test_provider_cannot_see_the_flow_of_its_merchants_account(self) -> None:
        with pytest.raises(ConfigurationError):
            BILLS.read(partner_account(), FLOW_REQUEST, io.BytesIO(raw_of(FLOW)))

    @pytest.mark.parametrize("day", [date(2025, 12, 30), date(2026, 1, 1)])
    def test_another_days_payments_are_refused(self, day: date) -> None:
        error = error_of(raw_of(TRADES), BillRequest(day))
        assert error.fault is BillFault.ANOTHER_DATE
        assert "2025-12-31" in str(error)
        assert str(day) in str(error)

    @pytest.mark.parametrize("time", ["2025-12-30 23:59:59", "2026-01-01 00:00:00"])
    def test_day_ends_at_midnight_in_china(self, time: str) -> None:
        assert error_of(trade_bill(payment(交易时间=time))).fault is BillFault.ANOTHER_DATE
        content = flow_bill(flow(0, 记账时间=time))
        assert error_of(content, FLOW_REQUEST).fault is BillFault.ANOTHER_DATE

    def test_refund_may_be_dated_by_its_payment(self) -> None:
        (line,) = lines(trade_bill(refund(交易时间="2025-12-01 08:00:00")))
        assert line.movement is Movement.REFUND
        later = trade_bill(refund(交易时间="2026-01-01 00:00:00"))
        assert error_of(later).fault is BillFault.ANOTHER_DATE


class TestFaults:
    def test_extra_column_is_named(self) -> None:
        error = error_of(trade_bill(payment(新增字段="1")))
        assert error.fault is BillFault.LAYOUT
        assert "新增字段" in str(error)
        assert "kept" in str(error)

    @pytest.mark.parametrize("column", ["手续费", "用户标识", "退款状态"])
    def test_missing_column_is_named(self, column: str) -> None:
        row = payment()
        del row[column]
        error = error_of(trade_bill(row))
        assert (error.fault, column in str(error)) == (BillFault.LAYOUT, True)

    @pytest.mark.parametrize("missing", ["手续费总金额", "总交易单数"])
    def test_missing_sum_is_named(self, missing: str) -> None:
        error = error_of(trade_bill(payment(), **{missing: None}))
        assert (error.fault, missing in str(error)) == (BillFault.LAYOUT, True)

    def test_extra_sum_is_named(self) -> None:
        error = error_of(trade_bill(payment(), 新增总金额="1.00"))
        assert (error.fault, "新增总金额" in str(error)) == (BillFault.LAYOUT, True)

    @pytest.mark.parametrize(
        "column", ["订单金额", "应结订单金额", "手续费", "申请退款金额", "退款金额"]
    )
    def test_fraction_of_a_fen_stops_the_reading_at_its_line(self, column: str) -> None:
        error = error_of(trade_bill(payment(), payment(**{column: "0.11500"})))
        assert error.fault is BillFault.LINE
        assert "line 3" in str(error)
        assert "0.11500" in str(error)

    @pytest.mark.parametrize("value", ["", "19,90", "1e3", "１９.90", "19.9O", " 19.90"])
    def test_no_amount_stops_the_reading(self, value: str) -> None:
        assert error_of(trade_bill(payment(订单金额=value))).fault is BillFault.LINE

    @pytest.mark.parametrize("value", ["", "2025-12-31", "31/12/2025 23:59:01"])
    def test_no_time_stops_the_reading(self, value: str) -> None:
        assert error_of(trade_bill(payment(交易时间=value))).fault is BillFault.LINE

    def test_change_that_goes_neither_way_stops_the_reading(self) -> None:
        error = error_of(flow_bill(flow(0, 收支类型="冻结")), FLOW_REQUEST)
        assert (error.fault, "冻结" in str(error)) == (BillFault.LINE, True)

    @pytest.mark.parametrize("change", [",`more", ""])
    def test_line_of_another_width_stops_the_reading(self, change: str) -> None:
        text = raw_of(TRADES).decode()
        wrong = text.replace(",`book", change and f",`book{change}")
        assert error_of(wrong.encode()).fault is BillFault.LINE

    @pytest.mark.parametrize(
        "sums",
        [
            {"总交易单数": "2"},
            {"订单总金额": "19.91"},
            {"应结订单总金额": "18.89"},
            {"手续费总金额": "0.12000"},
            {"退款总金额": "0.01"},
            {"申请退款总金额": "0.01"},
        ],
        ids=lambda sums: next(iter(sums)),
    )
    def test_sums_that_differ_are_told(self, sums: dict[str, str]) -> None:
        error = error_of(trade_bill(payment(), **sums))
        assert error.fault is BillFault.TOTALS
        assert next(iter(sums)) in str(error)

    @pytest.mark.parametrize("word", ["资金流水总笔数", "收入金额", "支出金额"])
    def test_sums_of_the_flow_that_differ_are_told(self, word: str) -> None:
        error = error_of(flow_bill(flow(0), flow(1), **{word: "7"}), FLOW_REQUEST)
        assert (error.fault, word in str(error)) == (BillFault.TOTALS, True)

    @pytest.mark.parametrize("way", ["收入", "支出"])
    def test_change_of_nothing_goes_either_way(self, way: str) -> None:
        row = flow(1, **{"收支类型": way, "收支金额(元)": "0.00"})
        found = reading(flow_bill(flow(0), row), FLOW_REQUEST)
        assert [line.change for line in found] == [1890, 0]
        assert found.totals == BillTotals(lines=2, incomes=1, income=1890)

    def test_line_that_was_taken_out_is_missed_by_the_sums(self) -> None:
        text = raw_of(TRADES).decode().split("\r\n")
        del text[2]
        assert error_of("\r\n".join(text).encode()).fault is BillFault.TOTALS

    @pytest.mark.parametrize("kept", [1, 2, 3, 4])
    def test_file_that_was_cut_off_between_lines_is_damaged(self, kept: int) -> None:
        text = "\r\n".join(raw_of(TRADES).decode().split("\r\n")[:kept]) + "\r\n"
        assert error_of(text.encode()).fault is BillFault.DAMAGED

    @pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
    def test_file_that_was_cut_off_within_a_line_is_damaged(self, part: float) -> None:
        for raw in (raw_of(TRADES), packed_of(TRADES)):
            assert error_of(raw[: int(len(raw) * part)]).fault is BillFault.DAMAGED

    def test_anything_behind_the_sums_is_damage(self) -> None:
        assert error_of(raw_of(TRADES) + b"`more\r\n").fault is BillFault.DAMAGED

    @pytest.mark.parametrize(
        "content",
        [b"", b"\r\n", b"<html></html>\n", b'{"code":"INVALID_REQUEST"}\n', raw_of(FLOW)],
        ids=["empty", "blank", "page", "json", "another kind"],
    )
    def test_what_is_no_trade_bill_is_said_to_be_none(self, content: bytes) -> None:
        assert error_of(content).fault is BillFault.NOT_THIS_BILL

    def test_trade_bill_is_no_fund_flow(self) -> None:
        assert error_of(raw_of(TRADES), FLOW_REQUEST).fault is BillFault.NOT_THIS_BILL
