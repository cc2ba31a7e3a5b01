"""How sure the center may be after each answer about a payment."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.channels.alipay.channel import AlipayChannel
from gateway.masking import masked_body
from gateway.messages import (
    ActionType,
    Finding,
    InvokeMethod,
    Outcome,
    PaymentRef,
    PaymentReport,
    PayResult,
)
from paycenter.kernel.http import WireResponse
from tests.contract.channel_contract import pay_request
from tests.contract.transport import FakeTransport
from tests.gateway.channels.alipay import peer
from tests.gateway.channels.alipay.peer import SERIAL_NO, TRADE_NO, VECTORS, trade

CHANNEL = AlipayChannel()
CREATE, PRECREATE = "alipay.trade.create", "alipay.trade.precreate"
QUERY, CLOSE = "alipay.trade.query", "alipay.trade.close"
GATEWAY_ERRORS = [
    ("20001", "aop.invalid-app-auth-token"),
    ("40001", "isv.missing-app-cert-sn"),
    ("40002", "isv.invalid-signature"),
    ("40003", "isv.missing-signature-config"),
    ("40006", "isv.insufficient-isv-permissions"),
]


def paid(reply: WireResponse, method: InvokeMethod = InvokeMethod.MINI_PROGRAM) -> PayResult:
    return CHANNEL.pay(peer.account(), pay_request(method), FakeTransport(reply))


def asked(reply: WireResponse, serial_no: str = SERIAL_NO) -> PaymentReport:
    return CHANNEL.query(peer.account(), PaymentRef(serial_no), FakeTransport(reply))


def told(status: str = "TRADE_SUCCESS", **changes: Any) -> PaymentReport:
    return asked(peer.answer(QUERY, trade(status, **changes)))


def closed(reply: WireResponse) -> PaymentReport:
    return CHANNEL.close(peer.account(), PaymentRef(SERIAL_NO), FakeTransport(reply))


class TestPay:
    def test_mini_program_gets_the_trade(self) -> None:
        result = paid(peer.done(CREATE, out_trade_no=SERIAL_NO, trade_no=TRADE_NO))
        assert result.action is not None
        assert result.action.type is ActionType.ALIPAY_TRADE
        assert result.action.params == {"trade_no": TRADE_NO}

    def test_code_is_what_alipay_answered(self) -> None:
        code = "https://qr.alipay.com/bax01234"
        reply = peer.done(PRECREATE, out_trade_no=SERIAL_NO, qr_code=code)
        result = paid(reply, InvokeMethod.QR_CODE)
        assert result.action is not None
        assert result.action.params == {"content": code}

    @pytest.mark.parametrize(
        "members",
        [
            {"out_trade_no": SERIAL_NO},
            {"out_trade_no": "P9", "trade_no": TRADE_NO},
            {"trade_no": TRADE_NO},
            {"out_trade_no": SERIAL_NO, "trade_no": 5},
            {"out_trade_no": SERIAL_NO, "trade_no": ""},
        ],
    )
    def test_success_without_what_was_asked_for_is_unknown(self, members: dict[str, Any]) -> None:
        result = paid(peer.done(CREATE, **members))
        assert result.outcome is Outcome.UNKNOWN
        assert result.failure is not None

    @pytest.mark.parametrize(
        "sub_code",
        [
            "ACQ.SYSTEM_ERROR",
            "AQC.SYSTEM_ERROR",
            "SYSTEM_ERROR",
            "ACQ.CONTEXT_INCONSISTENT",
            "ACQ.TRADE_HAS_SUCCESS",
            "ACQ.TRADE_HAS_CLOSE",
            "ACQ.DISCORDANT_REPEAT_REQUEST",
            "ACQ.APPLY_PC_MERCHANT_CODE_ERROR",
            "",
        ],
    )
    def test_number_with_a_history_and_errors_of_the_channel_are_unknown(
        self, sub_code: str
    ) -> None:
        assert paid(peer.failed(CREATE, sub_code)).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        "sub_code", ["ACQ.BUYER_SELLER_EQUAL", "ACQ.INVALID_PARAMETER", "ACQ.NEW_WORD"]
    )
    def test_refusal_of_the_order_is_failed(self, sub_code: str) -> None:
        result = paid(peer.failed(CREATE, sub_code))
        assert result.outcome is Outcome.FAILED
        assert result.failure is not None
        assert result.failure.code == sub_code

    @pytest.mark.parametrize(("code", "sub_code"), GATEWAY_ERRORS)
    def test_order_the_gateway_turned_away_is_failed(self, code: str, sub_code: str) -> None:
        assert paid(peer.failed(CREATE, sub_code, code)).outcome is Outcome.FAILED

    @pytest.mark.parametrize(
        ("code", "sub_code"),
        [("20000", "isp.unknow-error"), ("40005", "isv.app-call-limited"), ("10003", ""), ("", "")],
    )
    def test_gateway_that_may_do_it_yet_leaves_it_unknown(self, code: str, sub_code: str) -> None:
        assert paid(peer.failed(CREATE, sub_code, code)).outcome is Outcome.UNKNOWN

    def test_unsigned_refusal_is_unknown_and_its_words_are_shown(self) -> None:
        refusal = peer.failed(CREATE, "isv.invalid-app-id", "40002", "无效的AppID参数")
        result = paid(peer.unsigned(refusal))
        assert result.outcome is Outcome.UNKNOWN
        assert result.failure is not None
        assert (result.failure.code, result.failure.message) == (
            "isv.invalid-app-id",
            "无效的AppID参数",
        )

    def test_words_under_a_wrong_signature_are_nobodys(self) -> None:
        refusal = peer.signed_by(peer.failed(CREATE, "ACQ.ACCESS_FORBIDDEN"), peer.BY_STRANGER)
        result = paid(refusal)
        assert result.failure is not None
        assert result.failure.code == "unverified_answer"


class TestQuery:
    def test_paid_trade_is_read(self) -> None:
        assert told() == PaymentReport(
            Outcome.SUCCEEDED,
            SERIAL_NO,
            channel_serial_no=TRADE_NO,
            amount=1990,
            payer_amount=1890,
            currency="CNY",
            mchid=peer.SELLER_ID,
            paid_at=datetime(2026, 1, 1, tzinfo=UTC),
            payer_id="2088102146225135",
        )

    def test_vector_of_a_paid_trade_is_read(self) -> None:
        raw = VECTORS["trade_query_response"]["raw_body"]
        report = asked(WireResponse(200, {}, raw.encode()), "20260901000001")
        assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, 8888)

    def test_trade_that_does_not_exist_is_missing(self) -> None:
        raw = VECTORS["query_trade_not_exist"]["raw_body"]
        report = asked(WireResponse(200, {}, raw.encode()), "20260901999999")
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, True)
        assert asked(peer.failed(QUERY, "TRADE_NOT_EXIST")).missing

    def test_missing_needs_a_verified_word_about_this_number(self) -> None:
        refusal = peer.failed(QUERY, "ACQ.TRADE_NOT_EXIST")
        assert not asked(peer.unsigned(refusal)).missing
        assert not asked(peer.signed_by(refusal, peer.BY_STRANGER)).missing
        assert not asked(replace(refusal, status=500)).missing
        raw = VECTORS["query_trade_not_exist"]["raw_body"]
        assert not asked(WireResponse(200, {}, raw.encode())).missing

    def test_waiting_trade_is_pending(self) -> None:
        assert told("WAIT_BUYER_PAY", send_pay_date=None).outcome is Outcome.PENDING

    def test_trade_that_was_never_paid_is_closed(self) -> None:
        report = told(
            "TRADE_CLOSED", send_pay_date=None, receipt_amount="0.00", buyer_pay_amount="0.00"
        )
        assert (report.outcome, report.closed) == (Outcome.FAILED, True)

    @pytest.mark.parametrize(
        "trace",
        [
            {"send_pay_date": "2026-01-01 08:00:00"},
            {"receipt_amount": "19.90"},
            {"buyer_pay_amount": "0.01"},
            {"gmt_refund": "2026-01-01 08:00:00"},
            {"refund_fee": "19.90"},
        ],
    )
    def test_trade_that_was_wholly_refunded_was_paid(self, trace: dict[str, str]) -> None:
        nothing = {"send_pay_date": None, "receipt_amount": "0.00", "buyer_pay_amount": None}
        report = told("TRADE_CLOSED", **{**nothing, **trace})
        assert (report.outcome, report.closed, report.amount) == (Outcome.SUCCEEDED, False, 1990)

    def test_answer_about_another_number_is_unknown(self) -> None:
        report = told(out_trade_no="P9")
        assert (report.outcome, report.serial_no) == (Outcome.UNKNOWN, SERIAL_NO)

    @pytest.mark.parametrize(
        "change",
        [
            {"trade_status": None},
            {"trade_no": None},
            {"total_amount": 19.9},
            {"total_amount": "19.9.0"},
            {"send_pay_date": "08:00"},
            {"out_trade_no": None},
        ],
    )
    def test_success_that_is_not_as_documented_is_unknown(self, change: dict[str, Any]) -> None:
        report = asked(peer.answer(QUERY, {**trade(), **change}))
        assert report.outcome is Outcome.UNKNOWN
        assert report.failure is not None


class TestClose:
    def test_closed_trade_is_closed(self) -> None:
        report = closed(peer.done(CLOSE, out_trade_no=SERIAL_NO, trade_no=TRADE_NO))
        assert (report.outcome, report.closed) == (Outcome.FAILED, True)

    def test_trade_the_payer_never_came_to_is_missing_and_not_closed(self) -> None:
        report = closed(peer.failed(CLOSE, "ACQ.TRADE_NOT_EXIST"))
        assert (report.outcome, report.missing, report.closed) == (Outcome.UNKNOWN, True, False)

    @pytest.mark.parametrize(
        "sub_code",
        [
            "ACQ.TRADE_STATUS_ERROR",
            "ACQ.REASON_TRADE_STATUS_INVALID",
            "ACQ.REASON_ILLEGAL_STATUS",
            "ACQ.SYSTEM_ERROR",
        ],
    )
    def test_trade_in_another_state_is_asked_for(self, sub_code: str) -> None:
        report = closed(peer.failed(CLOSE, sub_code))
        assert (report.outcome, report.missing, report.closed) == (Outcome.UNKNOWN, False, False)

    def test_close_of_another_number_closes_nothing(self) -> None:
        report = closed(peer.done(CLOSE, out_trade_no="P9", trade_no=TRADE_NO))
        assert (report.outcome, report.closed) == (Outcome.UNKNOWN, False)


class TestSecrecy:
    ECHO = (
        "验签出错，网关生成的验签字符串为：app_auth_token=" + peer.TOKEN.value + "&amp;app_id=2021"
    )

    def test_request_that_the_gateway_repeats_is_not_shown(self) -> None:
        refusal = peer.failed(CREATE, "isv.invalid-signature", "40002", self.ECHO)
        result = paid(refusal)
        assert result.failure is not None
        assert peer.TOKEN.value not in result.failure.message
        assert result.failure.message.startswith("验签出错")

    def test_request_that_the_gateway_repeats_is_not_recorded(self) -> None:
        refusal = peer.failed(CREATE, "isv.invalid-signature", "40002", self.ECHO)
        kept = masked_body(refusal.body, CHANNEL.masked_fields)
        assert peer.TOKEN.value not in kept
        assert "isv.invalid-signature" in kept

    def test_payer_is_not_recorded(self) -> None:
        kept = masked_body(peer.answer(QUERY, trade()).body, CHANNEL.masked_fields)
        assert "2088102146225135" not in kept
        assert "csq***@sandbox.com" not in kept


@pytest.mark.parametrize(
    ("sub_code", "finding"),
    [
        ("isv.invalid-signature", Finding.WRONG_KEY),
        ("isv.invalid-app-id", Finding.UNKNOWN_ACCOUNT),
        ("isv.invalid-timestamp", Finding.CLOCK),
        ("isv.missing-app-cert-sn", Finding.MISCONFIGURED),
        ("isv.insufficient-isv-permissions", Finding.NOT_PERMITTED),
        ("aop.invalid-app-auth-token", Finding.NOT_PERMITTED),
    ],
)
def test_refused_question_says_what_is_wrong_with_the_account(
    sub_code: str, finding: Finding
) -> None:
    report = asked(peer.failed(QUERY, sub_code, "40002"))
    assert report.failure is not None
    assert CHANNEL.findings[report.failure.code] is finding
