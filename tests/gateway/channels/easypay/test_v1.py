"""V1: each operation from the platform's answer to the center's report."""

from typing import Any

import pytest

from gateway.channels.easypay.channel import EasyPayChannel
from gateway.messages import (
    ActionType,
    Failure,
    InvokeMethod,
    Outcome,
    PaymentRef,
    PaymentReport,
    PayResult,
    RefundReport,
    RefundRequest,
)
from paycenter.kernel.http import NoAnswer, NotSent, WireResponse
from tests.contract.channel_contract import PAYMENT, REFUND, pay_request, refund_request
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.easypay.peer import (
    REFUND_NO,
    TRADE_NO,
    answer,
    error,
    html,
    order,
    refund,
    v1_account,
)

CHANNEL = EasyPayChannel()


def pay(reply: Reply) -> PayResult:
    return CHANNEL.pay(v1_account(), pay_request(InvokeMethod.QR_CODE), FakeTransport(reply))


def query(reply: Reply) -> PaymentReport:
    return CHANNEL.query(v1_account(), PAYMENT, FakeTransport(reply))


def refunded(reply: Reply, *, success: str = "0") -> RefundReport:
    owner = v1_account(options={"refund_success": success})
    return CHANNEL.refund(owner, refund_request(), FakeTransport(reply))


def refund_query(reply: Reply) -> RefundReport:
    return CHANNEL.refund_query(v1_account(), REFUND, FakeTransport(reply))


def found(status: object = 1, **changes: Any) -> WireResponse:
    members = {"code": 1, "msg": "succ", **order(), "status": status, **changes}
    return answer({name: value for name, value in members.items() if value != "left out"})


class TestPay:
    @pytest.mark.parametrize("name", ["qrcode", "payurl"])
    def test_code_or_page_is_shown_as_a_code(self, name: str) -> None:
        result = pay(answer({"code": 1, "trade_no": TRADE_NO, name: "https://qr.test/1"}))
        assert result.outcome is Outcome.PENDING
        assert result.action is not None
        assert result.action.type is ActionType.QR_CODE
        assert result.action.params == {"content": "https://qr.test/1"}

    @pytest.mark.parametrize(
        "launch", [{}, {"urlscheme": "weixin://x"}, {"html": "<form>"}, {"qrcode": ""}]
    )
    def test_success_without_a_code_is_unknown(self, launch: dict[str, str]) -> None:
        assert pay(answer({"code": 1, **launch})).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize("code", [0, 2, "1.0", "success"])
    def test_other_codes_are_no_success(self, code: object) -> None:
        assert pay(answer({"code": code, "qrcode": "https://x"})).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        ("code", "message", "outcome"),
        [
            (-1, "最大支付金额是1000.00元", Outcome.FAILED),
            (-3, "MD5签名校验失败", Outcome.FAILED),
            (-4, "未传入任何参数", Outcome.FAILED),
            (-2, "通道返回错误", Outcome.UNKNOWN),
            (-1, "该订单(1)支付参数有变化，请更换订单号重新发起支付", Outcome.UNKNOWN),
            (-1, "该订单(1)已完成支付，请勿重复发起支付", Outcome.UNKNOWN),
        ],
    )
    def test_refusal_fails_a_payment_unless_its_number_has_a_history(
        self, code: int, message: str, outcome: Outcome
    ) -> None:
        result = pay(error(code, message))
        assert result.outcome is outcome
        assert result.failure is not None
        assert result.failure.message == message

    @pytest.mark.parametrize("reply", [html(), NotSent("x"), NoAnswer("x")])
    def test_no_answer_is_unknown(self, reply: Reply) -> None:
        assert pay(reply).outcome is Outcome.UNKNOWN


class TestQuery:
    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            (0, Outcome.PENDING),
            ("0", Outcome.PENDING),
            (1, Outcome.SUCCEEDED),
            ("1", Outcome.SUCCEEDED),
            (2, Outcome.SUCCEEDED),
            (3, Outcome.UNKNOWN),
            (4, Outcome.PENDING),
            (5, Outcome.UNKNOWN),
            ("TRADE_SUCCESS", Outcome.UNKNOWN),
            (None, Outcome.UNKNOWN),
            (True, Outcome.UNKNOWN),
        ],
    )
    def test_status_is_translated(self, status: object, outcome: Outcome) -> None:
        report = query(found(status))
        assert report.outcome is outcome
        assert not report.closed
        assert (report.paid_at is not None) is (outcome is Outcome.SUCCEEDED)
        assert (report.failure is not None) is (outcome is Outcome.UNKNOWN)

    @pytest.mark.parametrize("money", ["19.9", "19.90", "19.9000", 19.9])
    def test_money_is_a_number(self, money: object) -> None:
        assert query(found(money=money)).amount == 1990

    @pytest.mark.parametrize("pid", [None, "", "left out", "1000", 1000])
    def test_order_found_by_our_key_is_ours(self, pid: object) -> None:
        assert query(found(pid=pid)).mchid == "1000"

    @pytest.mark.parametrize(
        "changes",
        [
            {"pid": 1001},
            {"out_trade_no": "P260101080000OTHERNUMBER"},
            {"out_trade_no": "left out"},
            {"trade_no": ""},
            {"money": "19,90"},
            {"money": None},
            {"money": "left out"},
        ],
    )
    def test_answer_about_another_order_or_not_readable_is_unknown(
        self, changes: dict[str, Any]
    ) -> None:
        report = query(found(**changes))
        assert (report.outcome, report.serial_no) == (Outcome.UNKNOWN, PAYMENT.serial_no)
        assert not report.missing
        assert report.failure is not None

    @pytest.mark.parametrize("time", ["", None, "0000-00-00 00:00:00", "2026-01-01", 0])
    def test_time_that_is_none_is_left_out(self, time: object) -> None:
        report = query(found(endtime=time))
        assert (report.outcome, report.paid_at) == (Outcome.SUCCEEDED, None)

    @pytest.mark.parametrize(
        "reply", [error(-1, "订单号不存在"), answer({"code": -1, "msg": "订单不存在"}, status=404)]
    )
    def test_unknown_number_is_missing(self, reply: Reply) -> None:
        report = query(reply)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, True)

    @pytest.mark.parametrize(
        "reply",
        [
            error(-3, "商户ID不存在"),
            error(-1, "商户不存在"),
            error(-1, "系统繁忙"),
            error(-4, "订单号不能为空"),
            error(1, "订单号不存在"),
            answer({"code": -1, "msg": "订单号不存在"}, status=500),
            html(),
        ],
    )
    def test_nothing_else_is_missing(self, reply: Reply) -> None:
        report = query(reply)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)


def test_close_sends_nothing_and_proves_nothing() -> None:
    report = CHANNEL.close(v1_account(), PAYMENT, FakeTransport())
    assert (report.outcome, report.closed, report.missing) == (Outcome.UNKNOWN, False, False)
    assert report.failure is not None
    assert report.failure.code == "close_unsupported"


class TestRefund:
    @pytest.mark.parametrize("success", ["0", "1"])
    def test_code_of_success_is_a_choice_and_the_other_is_none(self, success: str) -> None:
        other = {"0": 1, "1": 0}[success]
        assert refunded(
            answer({"code": int(success), **refund()}), success=success
        ) == RefundReport(
            Outcome.SUCCEEDED,
            REFUND.refund_serial_no,
            serial_no=PAYMENT.serial_no,
            channel_refund_no=REFUND_NO,
            amount=990,
            currency="CNY",
            mchid="1000",
        )
        report = refunded(answer({"code": other, **refund()}), success=success)
        assert report.outcome is Outcome.UNKNOWN

    def test_bare_code_stands_for_what_was_asked_for(self) -> None:
        report = refunded(answer({"code": 1, "msg": "ok"}), success="1")
        assert (report.outcome, report.amount, report.serial_no) == (
            Outcome.SUCCEEDED,
            990,
            PAYMENT.serial_no,
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {"money": "19.90"},
            {"money": "x"},
            {"money": ""},
            {"out_trade_no": "P260101080000OTHERNUMBER"},
            {"trade_no": "2026010108000099999"},
            {"uid": 1001},
            {"out_refund_no": "R260101080000OTHERNUMBER"},
            {"refund_no": "x y"},
        ],
    )
    def test_success_that_is_not_the_one_asked_for_needs_a_person(
        self, changes: dict[str, Any]
    ) -> None:
        payment = PaymentRef(PAYMENT.serial_no, TRADE_NO)
        request = RefundRequest(REFUND.refund_serial_no, payment, 990, 1990, "CNY", "x")
        reply = answer({"code": 0, **refund(**changes)})
        report = CHANNEL.refund(v1_account(), request, FakeTransport(reply))
        assert (report.outcome, report.needs_person) == (Outcome.UNKNOWN, True)
        assert not report.missing

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            (-1, "商户余额不足，请先充值"),
            (-1, "当前支付通道不支持退款"),
            (-2, "商户未开启订单退款API接口"),
            (-4, "未开启商户后台自助退款"),
        ],
    )
    def test_refusal_that_returned_nothing_fails_the_refund(self, code: int, message: str) -> None:
        report = refunded(error(code, message))
        assert report == RefundReport(
            Outcome.FAILED, REFUND.refund_serial_no, failure=Failure(str(code), message)
        )

    @pytest.mark.parametrize(
        "message",
        [
            "退款失败：上游通道返回错误",
            "退款失败：余额不足查询超时",
            "该订单已全额退款",
            "退款金额超过剩余可退款金额",
            "?",
        ],
    )
    def test_refusal_that_may_hide_a_refund_needs_a_person(self, message: str) -> None:
        report = refunded(error(-1, message))
        assert (report.outcome, report.needs_person) == (Outcome.UNKNOWN, True)

    @pytest.mark.parametrize("reply", [error(-3, "商户密钥错误"), html(), NoAnswer("cut")])
    def test_refund_that_nobody_judged_is_asked_about(self, reply: Reply) -> None:
        report = refunded(reply)
        assert (report.outcome, report.needs_person) == (Outcome.UNKNOWN, False)


class TestRefundQuery:
    @pytest.mark.parametrize(
        ("status", "missing", "needs_person"),
        [(1, True, False), (2, False, True), (0, False, False), (3, False, False)],
    )
    def test_order_tells_only_whether_anything_was_returned(
        self, status: int, missing: bool, needs_person: bool
    ) -> None:
        report = refund_query(found(status))
        assert report.outcome is Outcome.UNKNOWN
        assert (report.missing, report.needs_person) == (missing, needs_person)
        assert report.failure is not None

    @pytest.mark.parametrize(
        "reply",
        [
            error(-1, "订单号不存在"),
            found(1, out_trade_no="P260101080000OTHERNUMBER"),
            found(1, pid=1001),
            found(1, money="?"),
            html(),
            NoAnswer("cut"),
        ],
    )
    def test_nothing_else_lets_a_refund_be_sent_again(self, reply: Reply) -> None:
        report = refund_query(reply)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)

    def test_refund_sent_twice_is_returned_twice(self) -> None:
        assert not CHANNEL.refund_is_idempotent(v1_account())
