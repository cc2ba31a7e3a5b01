"""Money that goes back: "handled" is not "done", and no doubt is ever read as a failure."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.channels.alipay.channel import AlipayChannel
from gateway.messages import Outcome, RefundReport
from paycenter.kernel.http import WireResponse
from tests.contract.channel_contract import REFUND, refund_request
from tests.contract.transport import FakeTransport
from tests.gateway.channels.alipay import peer
from tests.gateway.channels.alipay.peer import REFUND_SERIAL_NO, SERIAL_NO, TRADE_NO, VECTORS
from tests.gateway.channels.alipay.test_channel import GATEWAY_ERRORS

CHANNEL = AlipayChannel()
REFUND_METHOD, QUERY = "alipay.trade.refund", "alipay.trade.fastpay.refund.query"
MADE: dict[str, Any] = {
    "out_trade_no": SERIAL_NO,
    "trade_no": TRADE_NO,
    "fund_change": "Y",
    "refund_fee": "9.90",
    "gmt_refund_pay": "2026-01-01 08:00:00",
}
KNOWN: dict[str, Any] = {
    "out_trade_no": SERIAL_NO,
    "trade_no": TRADE_NO,
    "out_request_no": REFUND_SERIAL_NO,
    "refund_amount": "9.90",
    "refund_status": "REFUND_SUCCESS",
    "total_amount": "19.90",
}


def answered(reply: WireResponse) -> RefundReport:
    return CHANNEL.refund(peer.account(), refund_request(), FakeTransport(reply))


def made(**changes: Any) -> RefundReport:
    members = {name: value for name, value in {**MADE, **changes}.items() if value is not None}
    return answered(peer.done(REFUND_METHOD, **members))


def asked(reply: WireResponse) -> RefundReport:
    return CHANNEL.refund_query(peer.account(), REFUND, FakeTransport(reply))


def known(**changes: Any) -> RefundReport:
    members = {name: value for name, value in {**KNOWN, **changes}.items() if value is not None}
    return asked(peer.done(QUERY, **members))


class TestRefund:
    def test_money_that_moved_now_is_refunded(self) -> None:
        assert made() == RefundReport(
            Outcome.SUCCEEDED,
            REFUND_SERIAL_NO,
            serial_no=SERIAL_NO,
            amount=990,
            currency="CNY",
            succeeded_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    def test_sum_of_all_refunds_is_not_the_amount_of_this_one(self) -> None:
        assert made(refund_fee="19.90").amount == 990

    @pytest.mark.parametrize("change", ["N", "", None, "y", "yes"])
    def test_no_money_moved_now_is_asked_for(self, change: str | None) -> None:
        report = made(fund_change=change)
        assert (report.outcome, report.amount, report.succeeded_at) == (Outcome.PENDING, None, None)

    @pytest.mark.parametrize(
        "change",
        [
            {"out_trade_no": "P9"},
            {"out_trade_no": None},
            {"refund_fee": "9.89"},
            {"refund_fee": None},
            {"refund_fee": 9.9},
            {"refund_fee": "1e3"},
            {"gmt_refund_pay": "today"},
        ],
    )
    def test_success_that_does_not_fit_is_unknown(self, change: dict[str, Any]) -> None:
        report = made(**change)
        assert report.outcome is Outcome.UNKNOWN
        assert report.failure is not None

    @pytest.mark.parametrize(
        "sub_code",
        [
            "ACQ.SELLER_BALANCE_NOT_ENOUGH",
            "ACQ.TRADE_HAS_FINISHED",
            "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
            "ACQ.TRADE_NOT_EXIST",
        ],
    )
    def test_refusal_that_is_definite_is_failed(self, sub_code: str) -> None:
        assert answered(peer.failed(REFUND_METHOD, sub_code)).outcome is Outcome.FAILED

    @pytest.mark.parametrize(
        "sub_code",
        [
            "ACQ.SYSTEM_ERROR",
            "AQC.SYSTEM_ERROR",
            "ACQ.REFUND_CHARGE_ERROR",
            "ACQ.TRADE_SETTLE_ERROR",
            "ACQ.DISCORDANT_REPEAT_REQUEST",
            "ACQ.A_NEW_WORD",
            "",
        ],
    )
    def test_refusal_that_leaves_it_open_is_unknown(self, sub_code: str) -> None:
        assert answered(peer.failed(REFUND_METHOD, sub_code)).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        ("code", "sub_code"), [*GATEWAY_ERRORS, ("40005", "isv.app-call-limited")]
    )
    def test_gateway_that_turns_it_away_says_nothing_of_an_earlier_sending(
        self, code: str, sub_code: str
    ) -> None:
        assert answered(peer.failed(REFUND_METHOD, sub_code, code)).outcome is Outcome.UNKNOWN

    def test_gateway_out_of_service_is_unknown(self) -> None:
        raw = VECTORS["service_unavailable_20000"]["raw_body"]
        report = answered(WireResponse(200, {}, raw.encode()))
        assert report.outcome is Outcome.UNKNOWN
        assert report.failure is not None
        assert report.failure.code == "isp.unknow-error"

    @pytest.mark.parametrize("change", ["Y", "N"])
    def test_unsigned_success_is_unknown(self, change: str) -> None:
        reply = peer.done(REFUND_METHOD, **{**MADE, "fund_change": change})
        assert answered(peer.unsigned(reply)).outcome is Outcome.UNKNOWN


class TestQuery:
    def test_refund_that_was_made_is_refunded_with_its_own_amount(self) -> None:
        report = known(refund_amount="5.00", gmt_refund_pay="2026-01-01 08:00:00.5")
        assert (report.outcome, report.amount, report.serial_no) == (
            Outcome.SUCCEEDED,
            500,
            SERIAL_NO,
        )

    def test_success_without_any_trace_of_the_refund_means_it_was_never_made(self) -> None:
        report = asked(peer.done(QUERY))
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, True)
        of_the_trade = asked(peer.done(QUERY, out_trade_no=SERIAL_NO, trade_no=TRADE_NO))
        assert of_the_trade.missing

    @pytest.mark.parametrize("status", [None, "", "REFUND_PROCESSING", "refund_success"])
    def test_trace_without_the_one_word_for_success_is_open(self, status: str | None) -> None:
        report = known(refund_status=status)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)
        assert report.failure is not None

    @pytest.mark.parametrize(
        "change",
        [
            {"out_request_no": "R9"},
            {"out_request_no": None},
            {"out_trade_no": "P9"},
            {"refund_amount": "9,90"},
        ],
    )
    def test_answer_that_does_not_fit_is_unknown(self, change: dict[str, Any]) -> None:
        report = known(**change)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)

    @pytest.mark.parametrize("sub_code", ["ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"])
    def test_refund_of_a_trade_that_does_not_exist_is_missing(self, sub_code: str) -> None:
        assert asked(peer.failed(QUERY, sub_code)).missing

    @pytest.mark.parametrize("sub_code", ["ACQ.SYSTEM_ERROR", "ACQ.INVALID_PARAMETER"])
    def test_other_refusals_leave_it_open(self, sub_code: str) -> None:
        report = asked(peer.failed(QUERY, sub_code))
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)

    def test_missing_needs_a_verified_answer(self) -> None:
        assert not asked(peer.unsigned(peer.done(QUERY))).missing
        assert not asked(replace(peer.done(QUERY), status=500)).missing
