"""V2: each operation from the platform's answer to the center's report."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from gateway.channels.easypay.channel import EasyPayChannel
from gateway.messages import (
    ActionType,
    InvokeMethod,
    Outcome,
    PaymentRef,
    PaymentReport,
    PayResult,
    RefundReport,
)
from paycenter.kernel.http import WireResponse
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
    signed_answer,
    signed_by_merchant,
    v2_account,
)

CHANNEL = EasyPayChannel()
KNOWN = PaymentRef(PAYMENT.serial_no, TRADE_NO)
NOBODY = "当前退款记录不存在"


def pay(reply: Reply, method: InvokeMethod = InvokeMethod.WAP) -> PayResult:
    return CHANNEL.pay(v2_account(), pay_request(method), FakeTransport(reply))


def query(reply: Reply) -> PaymentReport:
    return CHANNEL.query(v2_account(), PAYMENT, FakeTransport(reply))


def close(reply: Reply) -> PaymentReport:
    return CHANNEL.close(v2_account(), PAYMENT, FakeTransport(reply))


def refunded(reply: Reply) -> RefundReport:
    request = replace(refund_request(), payment=KNOWN)
    return CHANNEL.refund(v2_account(), request, FakeTransport(reply))


def refund_query(reply: Reply) -> RefundReport:
    ref = replace(REFUND, payment=KNOWN)
    return CHANNEL.refund_query(v2_account(), ref, FakeTransport(reply))


def refusal(message: str, code: int = -1) -> WireResponse:
    return signed_answer({"code": code, "msg": message})


def made(form: str, info: str = "https://pay.test/1") -> WireResponse:
    return signed_answer({"code": 0, "trade_no": TRADE_NO, "pay_type": form, "pay_info": info})


def done(**changes: Any) -> WireResponse:
    members = {"code": 0, **refund(), **changes}
    return signed_answer({name: value for name, value in members.items() if value is not None})


class TestPay:
    @pytest.mark.parametrize("method", [InvokeMethod.WAP, InvokeMethod.PC])
    def test_page_is_a_redirect(self, method: InvokeMethod) -> None:
        action = pay(made("jump"), method).action
        assert action is not None
        assert action.type is ActionType.REDIRECT
        assert action.params == {"url": "https://pay.test/1"}

    @pytest.mark.parametrize("form", ["qrcode", "jump"])
    def test_code_is_shown_as_a_code(self, form: str) -> None:
        action = pay(made(form, "weixin://1"), InvokeMethod.QR_CODE).action
        assert action is not None
        assert action.type is ActionType.QR_CODE
        assert action.params == {"content": "weixin://1"}

    @pytest.mark.parametrize(
        ("form", "info"),
        [
            ("jump", "javascript:alert(1)"),
            ("jump", "//evil.test/"),
            ("jump", ""),
            ("qrcode", "https://pay.test/1"),
            ("html", "<form>"),
            ("", "https://pay.test/1"),
        ],
    )
    def test_success_without_a_page_is_unknown(self, form: str, info: str) -> None:
        result = pay(made(form, info))
        assert (result.outcome, result.action) == (Outcome.UNKNOWN, None)

    @pytest.mark.parametrize("form", ["html", "urlscheme", "jsapi", "app"])
    def test_what_cannot_be_a_code_is_unknown(self, form: str) -> None:
        assert pay(made(form), InvokeMethod.QR_CODE).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize("make", [error, lambda code, words: refusal(words, code)])
    def test_refused_order_was_not_made_signed_or_not(self, make: Any) -> None:
        assert pay(make(-1, "最大支付金额是1000.00元")).outcome is Outcome.FAILED
        assert pay(make(-3, "RSA签名校验失败")).outcome is Outcome.FAILED
        assert pay(make(-2, "通道返回错误")).outcome is Outcome.UNKNOWN
        assert pay(make(-1, "该订单已完成支付")).outcome is Outcome.UNKNOWN

    def test_refusal_under_a_wrong_signature_is_nobody_s(self) -> None:
        result = pay(signed_by_merchant(refusal("最大支付金额是1000.00元")))
        assert result.outcome is Outcome.UNKNOWN
        assert result.failure is not None
        assert result.failure.code == "unverified_answer"

    def test_v1_s_code_of_success_is_none_here(self) -> None:
        members = {"code": 1, "pay_type": "jump", "pay_info": "https://pay.test/1"}
        assert pay(signed_answer(members)).outcome is Outcome.UNKNOWN


class TestQuery:
    def test_paid_order_is_reported_as_the_platform_signed_it(self) -> None:
        report = query(signed_answer({"code": 0, **order(2, refundmoney="9.90")}))
        assert report == PaymentReport(
            Outcome.SUCCEEDED,
            serial_no=PAYMENT.serial_no,
            channel_serial_no=TRADE_NO,
            amount=1990,
            currency="CNY",
            mchid="1000",
            paid_at=datetime.fromisoformat("2026-01-01T08:00:00+08:00"),
            payer_id="2088102146225135",
        )

    @pytest.mark.parametrize("make", [error, lambda code, words: refusal(words, code)])
    def test_unknown_number_is_missing_signed_or_not(self, make: Any) -> None:
        assert query(make(-1, "订单号不存在")).missing
        assert not query(make(-1, "系统繁忙")).missing

    @pytest.mark.parametrize(
        "reply",
        [
            answer({"code": 0, **order()}),
            signed_by_merchant(signed_answer({"code": 0, **order()})),
            signed_by_merchant(refusal("订单号不存在")),
            signed_answer({"code": 1, **order()}),
            signed_answer({"code": 0, **order(out_trade_no="P260101080000OTHERNUMBER")}),
            html(),
        ],
    )
    def test_whatever_is_not_authentic_or_not_ours_is_unknown(self, reply: Reply) -> None:
        report = query(reply)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)


class TestClose:
    @pytest.mark.parametrize(
        "reply",
        [
            signed_answer({"code": 0, "msg": "订单关闭成功"}),
            refusal("只有未支付的订单才能关闭"),
            refusal("当前支付通道不支持关闭订单"),
            html(),
        ],
    )
    def test_close_never_proves_that_nobody_pays(self, reply: Reply) -> None:
        report = close(reply)
        assert (report.outcome, report.closed, report.missing) == (Outcome.UNKNOWN, False, False)
        assert report.failure is not None

    def test_close_of_an_unknown_number_is_missing(self) -> None:
        assert close(error(-1, "订单号不存在")).missing


class TestRefund:
    @pytest.mark.parametrize("reply", [done(msg="退款成功"), done(msg="已存在相同退款单号")])
    def test_first_and_repeated_sending_are_one_refund(self, reply: Reply) -> None:
        assert refunded(reply) == RefundReport(
            Outcome.SUCCEEDED,
            REFUND.refund_serial_no,
            serial_no=PAYMENT.serial_no,
            channel_refund_no=REFUND_NO,
            amount=990,
            currency="CNY",
            mchid="1000",
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {"money": "0.01"},
            {"money": None},
            {"trade_no": "2026010108000099999"},
            {"out_trade_no": "P260101080000OTHERNUMBER"},
            {"uid": 1001},
            {"out_refund_no": "R260101080000OTHERNUMBER"},
            {"refund_no": None},
            {"trade_no": None, "out_trade_no": None},
        ],
    )
    def test_number_used_for_another_refund_needs_a_person(self, changes: dict[str, Any]) -> None:
        report = refunded(done(**changes))
        assert (report.outcome, report.needs_person) == (Outcome.UNKNOWN, True)

    @pytest.mark.parametrize(
        "message",
        [
            "商户余额不足",
            "当前订单状态不支持退款",
            "该订单已全额退款",
            "退款金额超过剩余可退款金额",
        ],
    )
    def test_signed_refusal_that_returned_nothing_fails_the_refund(self, message: str) -> None:
        assert refunded(refusal(message)).outcome is Outcome.FAILED
        assert refunded(error(-1, message)).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        "reply",
        [
            refusal("退款失败：上游通道返回错误"),
            refusal("商户余额不足", -2),
            refusal("商户余额不足", -3),
            signed_by_merchant(refusal("商户余额不足")),
            answer({"code": 0, **refund()}),
            html(),
        ],
    )
    def test_everything_else_is_asked_about(self, reply: Reply) -> None:
        report = refunded(reply)
        assert (report.outcome, report.needs_person) == (Outcome.UNKNOWN, False)

    def test_refund_sent_twice_is_one(self) -> None:
        assert CHANNEL.refund_is_idempotent(v2_account())


class TestRefundQuery:
    @pytest.mark.parametrize(
        ("status", "times", "outcome"),
        [
            (1, {"endtime": "2026-01-01 07:59:59"}, Outcome.SUCCEEDED),
            ("1", {}, Outcome.SUCCEEDED),
            (0, {"addtime": "2026-01-01 07:00:00"}, Outcome.FAILED),
            (0, {"endtime": "2026-01-01 07:59:59"}, Outcome.FAILED),
            (0, {"addtime": "2026-01-01 07:50:00"}, Outcome.PENDING),
            (0, {"addtime": "2026-01-01 07:49:59"}, Outcome.FAILED),
            (1, {"endtime": "0001-01-01 00:00:00"}, Outcome.SUCCEEDED),
            (0, {}, Outcome.UNKNOWN),
            (2, {}, Outcome.UNKNOWN),
            (None, {}, Outcome.UNKNOWN),
        ],
    )
    def test_refund_failed_only_once_its_try_is_over(
        self, status: object, times: dict[str, str], outcome: Outcome
    ) -> None:
        report = refund_query(done(status=status, **times))
        assert (report.outcome, report.missing) == (outcome, False)
        assert (report.failure is None) is (outcome is Outcome.SUCCEEDED)

    def test_success_is_reported_with_what_the_center_compares(self) -> None:
        report = refund_query(done(status=1, endtime="2026-01-01 07:59:59"))
        assert (report.serial_no, report.amount, report.mchid) == (PAYMENT.serial_no, 990, "1000")
        assert report.channel_refund_no == REFUND_NO
        assert report.succeeded_at == datetime.fromisoformat("2026-01-01T07:59:59+08:00")

    @pytest.mark.parametrize(
        "changes",
        [
            {"out_refund_no": "R260101080000OTHERNUMBER"},
            {"out_refund_no": None},
            {"trade_no": "2026010108000099999"},
            {"out_trade_no": "P260101080000OTHERNUMBER"},
            {"money": "x"},
            {"trade_no": None, "out_trade_no": None},
        ],
    )
    def test_answer_about_another_refund_is_unknown(self, changes: dict[str, Any]) -> None:
        report = refund_query(done(status=1, **changes))
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)

    @pytest.mark.parametrize("reply", [error(-1, NOBODY), refusal(NOBODY)])
    def test_unknown_refund_is_missing_signed_or_not(self, reply: Reply) -> None:
        assert refund_query(reply).missing

    @pytest.mark.parametrize(
        "reply",
        [
            error(-3, NOBODY),
            error(-1, "系统繁忙"),
            signed_by_merchant(refusal(NOBODY)),
            answer({"code": 0, **refund(status=1)}),
            html(),
        ],
    )
    def test_nothing_else_lets_it_be_sent_again(self, reply: Reply) -> None:
        report = refund_query(reply)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)


@pytest.mark.parametrize("method", InvokeMethod)
def test_nothing_is_asked_of_the_payer(method: InvokeMethod) -> None:
    assert CHANNEL.missing_payer_field(method, frozenset()) is None
