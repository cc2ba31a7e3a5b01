"""Splits at Alipay: what is sent, and what each answer lets the center conclude."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.channels.alipay import split_wire, wire
from gateway.channels.alipay.channel import AlipayChannel
from gateway.messages import Failure, InvokeMethod, Outcome, PaymentRef, RefundReport
from gateway.split_messages import (
    BindingReport,
    LeftAmountReport,
    MaxRatioReport,
    Receiver,
    ReceiverBinding,
    ReceiverKind,
    Relation,
    ReleaseReport,
    ReleaseRequest,
    Share,
    ShareReport,
    SplitRefundRequest,
    SplitReport,
    SplitRequest,
)
from paycenter.kernel.http import WireResponse
from tests.contract.channel_contract import pay_request, refund_request
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.alipay import peer
from tests.gateway.channels.alipay.peer import SELLER_ID, SERIAL_NO, TRADE_NO, transfer
from tests.gateway.channels.alipay.test_channel import GATEWAY_ERRORS

SPLITS = AlipayChannel().splitting()
SETTLE, QUERY = "alipay.trade.order.settle", "alipay.trade.order.settle.query"
BIND = "alipay.trade.royalty.relation.bind"
SETTLE_NO = "20260101002530070036530006474222"
FIRST = Receiver(ReceiverKind.USER_ID, "2088000000000301")
SECOND = Receiver(ReceiverKind.LOGIN_NAME, "share@property.test")
SHARES = (Share(FIRST, 500, "物业费分成"), Share(SECOND, 97, "服务费"))
PAYMENT = PaymentRef(SERIAL_NO, TRADE_NO)
SPLIT = SplitRequest("S260101080000ABCDEFGHJKM", PAYMENT, SHARES)
RELEASE = ReleaseRequest("L260101080000ABCDEFGHJKM", PAYMENT, "分账完结")
BINDING = ReceiverBinding("B260101080000ABCDEFGHJKM", SECOND, "示例公司")
DONE_AT = datetime(2026, 1, 1, 0, 1, 31, tzinfo=UTC)


def split(reply: Reply) -> SplitReport:
    return SPLITS.split(peer.account(), SPLIT, FakeTransport(reply))


def release(reply: Reply) -> ReleaseReport:
    return SPLITS.release(peer.account(), RELEASE, FakeTransport(reply))


def query(*details: dict[str, Any], **members: Any) -> SplitReport:
    reply = peer.done(QUERY, royalty_detail_list=list(details), **members)
    return SPLITS.split_query(peer.account(), SPLIT, FakeTransport(reply))


def settled(**changes: Any) -> WireResponse:
    members = {"trade_no": TRADE_NO, "settle_no": SETTLE_NO, **changes}
    return peer.done(SETTLE, **{name: value for name, value in members.items() if value})


class TestFrozenPayments:
    @pytest.mark.parametrize("method", list(wire.PRODUCTS))
    def test_every_product_freezes_what_will_be_split(self, method: InvokeMethod) -> None:
        request = pay_request(method)
        assert "extend_params" not in wire.pay_call(peer.account(), request).content
        frozen = wire.pay_call(peer.account(), replace(request, freeze_for_split=True))
        assert frozen.content["extend_params"] == {"royalty_freeze": "true"}


class TestWire:
    def test_receiver_is_bound_with_its_name(self) -> None:
        transport = FakeTransport(peer.done(BIND, result_code="SUCCESS"))
        assert SPLITS.bind_receiver(peer.account(), BINDING, transport) == BindingReport(
            Outcome.SUCCEEDED
        )
        assert peer.parameters_in(transport.sent[0])["method"] == BIND
        assert peer.content_in(transport.sent[0]) == {
            "out_request_no": "B260101080000ABCDEFGHJKM",
            "receiver_list": [
                {"type": "loginName", "account": "share@property.test", "name": "示例公司"}
            ],
        }

    def test_relation_of_ones_own_is_a_remark(self) -> None:
        binding = replace(BINDING, relation=Relation.CUSTOM, relation_text="业委会", name="")
        (entity,) = split_wire.bind_call(binding).content["receiver_list"]
        assert entity == {"type": "loginName", "account": SECOND.account, "memo": "业委会"}

    @pytest.mark.parametrize(
        ("kind", "type_"),
        [
            (ReceiverKind.USER_ID, "userId"),
            (ReceiverKind.LOGIN_NAME, "loginName"),
            (ReceiverKind.OPENID, "openId"),
        ],
    )
    def test_unbinding_names_the_account_alone(self, kind: ReceiverKind, type_: str) -> None:
        call = split_wire.unbind_call(replace(BINDING, receiver=Receiver(kind, "x")))
        assert call.content["receiver_list"] == [{"type": type_, "account": "x"}]

    def test_split_names_the_trade_and_each_share(self) -> None:
        assert split_wire.split_call(SPLIT).content == {
            "out_request_no": "S260101080000ABCDEFGHJKM",
            "trade_no": TRADE_NO,
            "royalty_parameters": [
                {
                    "royalty_type": "transfer",
                    "trans_in_type": "userId",
                    "trans_in": "2088000000000301",
                    "amount": "5.00",
                    "desc": "物业费分成",
                },
                {
                    "royalty_type": "transfer",
                    "trans_in_type": "loginName",
                    "trans_in": "share@property.test",
                    "amount": "0.97",
                    "desc": "服务费",
                },
            ],
            "royalty_mode": "sync",
        }

    def test_rest_is_released_with_the_split(self) -> None:
        content = split_wire.split_call(replace(SPLIT, release_rest=True)).content
        assert content["extend_params"] == {"royalty_finish": "true"}

    def test_release_is_a_settlement_without_receivers(self) -> None:
        assert split_wire.release_call(RELEASE).content == {
            "out_request_no": "L260101080000ABCDEFGHJKM",
            "trade_no": TRADE_NO,
            "royalty_mode": "sync",
            "extend_params": {"royalty_finish": "true"},
        }

    def test_query_names_our_number_and_the_trade(self) -> None:
        assert split_wire.split_query_call(SPLIT).content == {
            "out_request_no": "S260101080000ABCDEFGHJKM",
            "trade_no": TRADE_NO,
        }

    def test_refund_takes_shares_back_from_whom_it_names(self) -> None:
        returned = (Share(FIRST, 300, "退款"),)
        call = split_wire.split_refund_call(
            peer.account(), SplitRefundRequest(refund_request(), returned)
        )
        plain = wire.refund_call(refund_request())
        assert call.method == plain.method
        assert call.content == {
            **plain.content,
            "refund_royalty_parameters": [
                {
                    "royalty_type": "transfer",
                    "trans_out_type": "userId",
                    "trans_out": "2088000000000301",
                    "trans_in_type": "userId",
                    "trans_in": SELLER_ID,
                    "amount": "3.00",
                    "desc": "退款",
                }
            ],
        }

    def test_descriptions_are_cut(self) -> None:
        long = (replace(SHARES[0], description="费" * 1001),)
        split = split_wire.split_call(replace(SPLIT, shares=long))
        refund = split_wire.split_refund_call(
            peer.account(), SplitRefundRequest(refund_request(), long)
        )
        assert split.content["royalty_parameters"][0]["desc"] == "费" * 1000
        assert refund.content["refund_royalty_parameters"][0]["desc"] == "费" * 1000


class TestSplit:
    def test_handled_split_must_be_asked_for(self) -> None:
        assert split(settled()) == SplitReport(
            Outcome.PENDING, SPLIT.split_serial_no, channel_split_no=SETTLE_NO
        )

    @pytest.mark.parametrize("changes", [{"trade_no": "2026"}, {"trade_no": None}])
    def test_answer_about_another_trade_is_unknown(self, changes: dict[str, Any]) -> None:
        assert split(settled(**changes)).outcome is Outcome.UNKNOWN
        assert release(settled(**changes)).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        "word",
        [
            "ROYALTY_RECEIVER_INVALID",
            "TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH",
            "ALLOC_AMOUNT_VALIDATE_ERROR",
            "TRADE_STATUS_ERROR",
            "ALREADY_FINISH_ALLOC",
        ],
    )
    def test_refusal_that_is_definite_is_failed(self, word: str) -> None:
        report = split(peer.failed(SETTLE, f"ACQ.{word}"))
        assert report == SplitReport(
            Outcome.FAILED,
            SPLIT.split_serial_no,
            failure=Failure(f"ACQ.{word}", "words of the channel"),
        )

    @pytest.mark.parametrize(
        "word",
        [
            "ACQ.SYSTEM_ERROR",
            "AQC.SYSTEM_ERROR",
            "ACQ.TRADE_SETTLE_ERROR",
            "ACQ.DISCORDANT_REPEAT_REQUEST",
            "ACQ.DUP_OUT_REQUEST_NO",
            "ACQ.FREQUENCY_LIMITED",
            "ACQ.A_NEW_WORD",
            "",
        ],
    )
    def test_refusal_that_leaves_it_open_is_unknown(self, word: str) -> None:
        assert split(peer.failed(SETTLE, word)).outcome is Outcome.UNKNOWN
        assert release(peer.failed(SETTLE, word)).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        ("code", "sub_code"),
        [*GATEWAY_ERRORS, ("40005", "isv.app-call-limited"), ("40002", "ACQ.INVALID_PARAMETER")],
    )
    def test_refusal_by_the_gateway_leaves_it_open(self, code: str, sub_code: str) -> None:
        assert split(peer.failed(SETTLE, sub_code, code)).outcome is Outcome.UNKNOWN


class TestQuery:
    def test_each_share_says_how_it_ended(self) -> None:
        report = query(
            transfer(SHARES[0]),
            transfer(SHARES[1], "FAIL"),
            out_request_no=SPLIT.split_serial_no,
        )
        assert report == SplitReport(
            Outcome.SUCCEEDED,
            SPLIT.split_serial_no,
            shares=(
                ShareReport(FIRST, 500, Outcome.SUCCEEDED, "2026010110032004370215900000", DONE_AT),
                ShareReport(
                    SECOND,
                    97,
                    Outcome.FAILED,
                    "2026010110032004370215900000",
                    failure=Failure("USER_ACCOUNT_HAD_FREEZEN", "words of the channel"),
                ),
            ),
        )

    def test_share_in_work_keeps_the_split_pending(self) -> None:
        report = query(transfer(SHARES[0]), transfer(SHARES[1], "PROCESSING"))
        assert report.outcome is Outcome.PENDING
        assert report.shares[1].finished_at is None

    def test_state_that_is_not_known_is_unknown(self) -> None:
        report = query(transfer(SHARES[0]), transfer(SHARES[1], "CLOSED"))
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)
        assert report.shares[1].failure == Failure("CLOSED", "")

    @pytest.mark.parametrize("amount", [5, 5.0, "5", "5.00"])
    def test_amount_may_come_without_quotes(self, amount: object) -> None:
        first = transfer(SHARES[0], amount=amount)
        assert query(first, transfer(SHARES[1])).outcome is Outcome.SUCCEEDED

    @pytest.mark.parametrize("amount", [5.001, "5,00", True, None, "1e1", 4.99])
    def test_amount_that_is_another_or_none_is_unknown(self, amount: object) -> None:
        first = transfer(SHARES[0], amount=amount)
        report = query(first, transfer(SHARES[1]))
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)

    def test_receiver_may_be_named_by_another_of_its_accounts(self) -> None:
        by_openid = transfer(SHARES[0], trans_in=None, trans_in_open_id=FIRST.account)
        by_number = transfer(SHARES[1], trans_in="2088000000000999")
        report = query(by_number, by_openid)
        assert [share.receiver for share in report.shares] == [FIRST, SECOND]
        assert report.outcome is Outcome.SUCCEEDED

    def test_receivers_named_otherwise_are_not_guessed_when_they_ended_differently(self) -> None:
        strangers = [
            transfer(SHARES[0], trans_in="2088000000000998"),
            transfer(SHARES[1], "FAIL", trans_in="2088000000000999"),
        ]
        assert query(*strangers).outcome is Outcome.UNKNOWN
        assert query(*(detail | {"state": "SUCCESS"} for detail in strangers)).outcome is (
            Outcome.SUCCEEDED
        )

    def test_what_is_no_transfer_is_no_share(self) -> None:
        other = transfer(SHARES[0], operation_type="transfer_refund")
        report = query(transfer(SHARES[0]), transfer(SHARES[1]), other)
        assert len(report.shares) == 2

    @pytest.mark.parametrize("answer", [{}, {"royalty_detail_list": []}])
    def test_split_without_any_trace_is_missing(self, answer: dict[str, Any]) -> None:
        reply = FakeTransport(peer.done(QUERY, **answer))
        report = SPLITS.split_query(peer.account(), SPLIT, reply)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, True)

    @pytest.mark.parametrize("details", ["x", {"a": 1}, [1], [[]]])
    def test_details_of_another_form_are_unknown(self, details: object) -> None:
        reply = peer.done(QUERY, royalty_detail_list=details)
        report = SPLITS.split_query(peer.account(), SPLIT, FakeTransport(reply))
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)

    def test_answer_about_another_split_is_unknown(self) -> None:
        details = [transfer(share) for share in SHARES]
        report = query(*details, out_request_no="S9")
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)

    @pytest.mark.parametrize(
        ("word", "missing"),
        [("ACQ.TRADE_NOT_EXIST", True), ("ACQ.MERCHANT_TRADE_NOT_MATCH", False)],
    )
    def test_refused_query_is_unknown(self, word: str, missing: bool) -> None:
        reply = FakeTransport(peer.failed(QUERY, word))
        report = SPLITS.split_query(peer.account(), SPLIT, reply)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, missing)


class TestRelease:
    def test_release_is_done_when_it_is_handled(self) -> None:
        assert release(settled()) == ReleaseReport(
            Outcome.SUCCEEDED, RELEASE.release_serial_no, channel_release_no=SETTLE_NO
        )

    def test_what_was_released_before_has_nothing_left(self) -> None:
        report = release(peer.failed(SETTLE, "ACQ.ALREADY_FINISH_ALLOC"))
        assert report == ReleaseReport(Outcome.SUCCEEDED, RELEASE.release_serial_no)

    def test_unsigned_word_about_an_earlier_release_is_not_believed(self) -> None:
        reply = peer.unsigned(peer.failed(SETTLE, "ACQ.ALREADY_FINISH_ALLOC"))
        assert release(reply).outcome is Outcome.UNKNOWN


class TestBinding:
    @pytest.mark.parametrize(
        ("result", "outcome"),
        [("FAIL", Outcome.FAILED), ("", Outcome.UNKNOWN), (None, Outcome.UNKNOWN)],
    )
    def test_handled_binding_says_whether_it_was_made(
        self, result: str | None, outcome: Outcome
    ) -> None:
        members: dict[str, Any] = {} if result is None else {"result_code": result}
        reply = peer.done(BIND, **members)
        report = SPLITS.bind_receiver(peer.account(), BINDING, FakeTransport(reply))
        assert (report.outcome, report.failure) == (outcome, Failure("not_bound", ""))

    @pytest.mark.parametrize(
        ("sub_code", "code", "outcome"),
        [
            ("ACQ.USER_NOT_EXIST", "40004", Outcome.FAILED),
            ("USERNAME_NOT_MATCH", "40004", Outcome.FAILED),
            ("isv.invalid-app-id", "40002", Outcome.FAILED),
            ("isv.insufficient-isv-permissions", "40006", Outcome.FAILED),
            ("ACQ.SYSTEM_ERROR", "40004", Outcome.UNKNOWN),
            ("", "40004", Outcome.UNKNOWN),
            ("isp.unknow-error", "20000", Outcome.UNKNOWN),
            ("isv.app-call-limited", "40005", Outcome.UNKNOWN),
        ],
    )
    def test_every_refusal_of_a_binding_is_one(
        self, sub_code: str, code: str, outcome: Outcome
    ) -> None:
        reply = FakeTransport(peer.failed(BIND, sub_code, code))
        assert SPLITS.bind_receiver(peer.account(), BINDING, reply).outcome is outcome


class TestRefund:
    def test_refund_with_shares_is_judged_as_any_other(self) -> None:
        request = SplitRefundRequest(refund_request(), (Share(FIRST, 300, "退款"),))
        reply = FakeTransport(
            peer.done(
                "alipay.trade.refund", out_trade_no=SERIAL_NO, fund_change="Y", refund_fee="9.90"
            )
        )
        assert SPLITS.refund(peer.account(), request, reply) == RefundReport(
            Outcome.SUCCEEDED,
            refund_request().refund_serial_no,
            serial_no=SERIAL_NO,
            amount=990,
            currency="CNY",
        )
        word = "ACQ.REFUNDALLOC_UNAUTH_LIMIT"
        refused = FakeTransport(peer.failed("alipay.trade.refund", word))
        assert SPLITS.refund(peer.account(), request, refused).outcome is Outcome.FAILED


class TestQuestions:
    def left(self, **members: Any) -> LeftAmountReport:
        reply = peer.done("alipay.trade.order.onsettle.query", **members)
        return SPLITS.left_amount(peer.account(), PAYMENT, FakeTransport(reply))

    def ratio(self, **members: Any) -> MaxRatioReport:
        reply = peer.done("alipay.trade.royalty.rate.query", **members)
        return SPLITS.max_ratio(peer.account(), FakeTransport(reply))

    def test_left_amount_is_told_in_fen_even_when_it_is_nothing(self) -> None:
        assert self.left(unsettled_amount="13.93") == LeftAmountReport(Outcome.SUCCEEDED, 1393)
        assert self.left(unsettled_amount="0.00") == LeftAmountReport(Outcome.SUCCEEDED, 0)

    @pytest.mark.parametrize("members", [{}, {"unsettled_amount": "x"}, {"unsettled_amount": 1}])
    def test_left_amount_that_is_none_is_unknown(self, members: dict[str, Any]) -> None:
        assert self.left(**members).outcome is Outcome.UNKNOWN

    def test_ratio_is_told_in_parts_per_million(self) -> None:
        report = self.ratio(user_id=SELLER_ID, max_ratio=30)
        assert report == MaxRatioReport(Outcome.SUCCEEDED, 300_000)

    @pytest.mark.parametrize("ratio", ["30", 0.3, True, None])
    def test_ratio_of_another_form_is_unknown(self, ratio: object) -> None:
        assert self.ratio(max_ratio=ratio).outcome is Outcome.UNKNOWN

    def test_number_of_the_question_stands_for_nothing(self) -> None:
        first, second = (split_wire.max_ratio_call().content for _ in range(2))
        assert first != second
        assert len(json.dumps(first)) == len(json.dumps(second))
