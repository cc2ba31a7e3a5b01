"""Each operation on splits from WeChat Pay's answer to the center's report."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from gateway.channels.wechat.channel import WeChatChannel
from gateway.channels.wechat.split_statuses import refusal_outcome
from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount, Failure, Operation, Outcome
from gateway.split_messages import (
    BindingReport,
    LeftAmountReport,
    MaxRatioReport,
    Receiver,
    ReceiverBinding,
    ReceiverKind,
    ReleaseReport,
    ReleaseRequest,
    ReturnReport,
    ReturnRequest,
    Share,
    ShareReport,
    SplitReport,
    SplitRequest,
)
from paycenter.kernel.http import WireResponse
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.wechat.peer import (
    MCHID,
    SPLIT_PAYMENT,
    SUB_MCHID,
    account,
    answer,
    error,
    partner_account,
    share_line,
    split_order,
    unsigned,
)

SPLITS = WeChatChannel().splitting()
DONE_AT = datetime.fromisoformat("2026-01-01T08:01:31+08:00")
FIRST = Receiver(ReceiverKind.MERCHANT, "1900000309")
SECOND = Receiver(ReceiverKind.MERCHANT, "1900000310")
SPLIT = SplitRequest(
    "S260101080000ABCDEFGHJKM",
    SPLIT_PAYMENT,
    (Share(FIRST, 500, "物业费分成"), Share(SECOND, 97, "服务费")),
)
BINDING = ReceiverBinding("B1", FIRST, "示例商户全称")
RELEASE = ReleaseRequest("L260101080000ABCDEFGHJKM", SPLIT_PAYMENT, "分账完结")
RETURN = ReturnRequest("T260101080000ABCDEFGHJKM", SPLIT.split_serial_no, FIRST, 300, "退款")
RETURNED = {
    "order_id": "30000000002026010100000000001",
    "out_order_no": SPLIT.split_serial_no,
    "out_return_no": RETURN.return_serial_no,
    "return_id": "30700000002026010100000000001",
    "return_mchid": FIRST.account,
    "amount": 300,
    "result": "SUCCESS",
    "finish_time": "2026-01-01T08:01:31+08:00",
}


def split(reply: Reply, owner: ChannelAccount | None = None) -> SplitReport:
    return SPLITS.split(owner or account(), SPLIT, FakeTransport(reply))


def query(content: object, owner: ChannelAccount | None = None) -> SplitReport:
    return SPLITS.split_query(owner or account(), SPLIT, FakeTransport(answer(content)))


def release(reply: Reply) -> ReleaseReport:
    return SPLITS.release(account(), RELEASE, FakeTransport(reply))


def returned(**changes: Any) -> ReturnReport:
    members = {name: value for name, value in {**RETURNED, **changes}.items() if value is not None}
    return SPLITS.return_share(account(), RETURN, FakeTransport(answer(members)))


def bind(reply: Reply) -> BindingReport:
    return SPLITS.bind_receiver(account(), BINDING, FakeTransport(reply))


class TestSplit:
    def test_finished_split_says_of_each_share_how_it_ended(self) -> None:
        lines = (("1900000309", 500, "SUCCESS"), ("1900000310", 97, "CLOSED"))
        assert query(split_order("FINISHED", *lines)) == SplitReport(
            Outcome.SUCCEEDED,
            SPLIT.split_serial_no,
            channel_split_no="30000000002026010100000000001",
            shares=(
                ShareReport(FIRST, 500, Outcome.SUCCEEDED, "36011900000309", DONE_AT),
                ShareReport(
                    SECOND,
                    97,
                    Outcome.FAILED,
                    "36011900000310",
                    failure=Failure("NO_RELATION", ""),
                ),
            ),
        )

    def test_share_may_be_decided_before_the_split_is(self) -> None:
        lines = (("1900000309", 500, "SUCCESS"), ("1900000310", 97, "PENDING"))
        report = query(split_order("PROCESSING", *lines))
        assert report.outcome is Outcome.PENDING
        assert [share.outcome for share in report.shares] == [Outcome.SUCCEEDED, Outcome.PENDING]

    def test_time_of_a_share_that_is_not_paid_is_a_placeholder(self) -> None:
        lines = (("1900000309", 500, "PENDING"), ("1900000310", 97, "CLOSED"))
        report = query(split_order("PROCESSING", *lines))
        assert [share.finished_at for share in report.shares] == [None, None]

    def test_finished_split_with_an_undecided_share_is_pending(self) -> None:
        lines = (("1900000309", 500, "SUCCESS"), ("1900000310", 97, "PENDING"))
        assert query(split_order("FINISHED", *lines)).outcome is Outcome.PENDING

    def test_accepted_split_may_name_no_receiver_yet(self) -> None:
        report = split(answer(split_order("PROCESSING", receivers=None)))
        assert (report.outcome, report.shares) == (Outcome.PENDING, ())

    def test_what_is_released_besides_is_no_share(self) -> None:
        lines = (("1900000309", 500, "SUCCESS"), ("1900000310", 97, "SUCCESS"))
        rest = (MCHID, 1393, "SUCCESS")
        report = query(split_order("FINISHED", *lines, rest))
        assert (report.released, len(report.shares)) == (1393, 2)

    def test_rest_is_not_released_before_it_is_paid(self) -> None:
        lines = (("1900000309", 500, "SUCCESS"), ("1900000310", 97, "SUCCESS"))
        assert query(split_order("FINISHED", *lines, (MCHID, 1393, "PENDING"))).released is None

    @pytest.mark.parametrize("state", ["CLOSED", "finished", ""])
    def test_state_that_is_not_known_is_unknown(self, state: str) -> None:
        lines = (("1900000309", 500, "SUCCESS"), ("1900000310", 97, "SUCCESS"))
        report = query(split_order(state, *lines))
        assert report.outcome is Outcome.UNKNOWN
        assert report.failure is not None

    def test_result_that_is_not_known_makes_the_split_unknown(self) -> None:
        lines = (("1900000309", 500, "SUCCESS"), ("1900000310", 97, "RETURNED"))
        report = query(split_order("FINISHED", *lines))
        assert report.outcome is Outcome.UNKNOWN
        assert report.shares[1].failure == Failure("RETURNED", "")

    @pytest.mark.parametrize(
        "changes",
        [
            {"out_order_no": "S9"},
            {"out_order_no": None},
            {"transaction_id": "4200000000202601010000000002"},
            {"transaction_id": None},
            {"receivers": []},
            {"receivers": {}},
            {"receivers": "x"},
            {"receivers": [1, 2]},
            {"order_id": "a b"},
        ],
    )
    def test_answer_that_does_not_fit_is_unknown(self, changes: dict[str, Any]) -> None:
        lines = (("1900000309", 500, "SUCCESS"), ("1900000310", 97, "SUCCESS"))
        content = {**split_order("FINISHED", *lines), **changes}
        report = query({name: value for name, value in content.items() if value is not None})
        assert (report.outcome, report.missing, report.shares) == (Outcome.UNKNOWN, False, ())
        assert report.failure is not None
        assert report.failure.code == "unreadable_answer"

    @pytest.mark.parametrize(
        "lines",
        [
            [share_line("1900000309", 500, "SUCCESS")],
            [share_line("1900000309", 500, "SUCCESS"), share_line("1900000399", 97, "SUCCESS")],
            [share_line("1900000309", 500, "SUCCESS")] * 2,
            [
                share_line("1900000309", 500, "SUCCESS", type="PERSONAL_OPENID"),
                share_line("1900000310", 97, "SUCCESS"),
            ],
            [share_line(MCHID, 1990, "SUCCESS")],
            [share_line("1900000309", 500, "SUCCESS"), share_line("1900000310", 97, "")],
            [
                {**share_line("1900000309", 500, "SUCCESS"), "amount": "500"},
                share_line("1900000310", 97, "SUCCESS"),
            ],
        ],
    )
    def test_other_receivers_than_were_asked_for_are_unknown(
        self, lines: list[dict[str, Any]]
    ) -> None:
        report = query(split_order("FINISHED", receivers=lines))
        assert (report.outcome, report.shares) == (Outcome.UNKNOWN, ())

    def test_merchant_of_the_provider_is_compared(self) -> None:
        lines = (("1900000309", 500, "SUCCESS"), ("1900000310", 97, "SUCCESS"))
        content = split_order("FINISHED", *lines)
        partner = partner_account()
        for named, outcome in (
            ({}, Outcome.SUCCEEDED),
            ({"sub_mchid": SUB_MCHID}, Outcome.SUCCEEDED),
            ({"sub_mchid": "1900000888"}, Outcome.UNKNOWN),
        ):
            assert query({**content, **named}, partner).outcome is outcome

    def test_repeat_is_answered_with_what_became_of_the_first(self) -> None:
        lines = (("1900000309", 500, "SUCCESS"), ("1900000310", 97, "SUCCESS"))
        assert split(answer(split_order("FINISHED", *lines))).outcome is Outcome.SUCCEEDED

    def test_accepted_but_not_done_is_unknown(self) -> None:
        assert split(answer({}, status=202)).outcome is Outcome.UNKNOWN

    def test_unsigned_refusal_concludes_nothing(self) -> None:
        assert split(unsigned(error(401, "SIGN_ERROR"))).outcome is Outcome.UNKNOWN


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (400, "PARAM_ERROR"),
            (400, "INVALID_REQUEST"),
            (403, "NO_AUTH"),
            (403, "RULE_LIMIT"),
            (403, "NOT_ENOUGH"),
            (403, "USER_ACCOUNT_ABNORMAL"),
            (404, "RESOURCE_NOT_EXISTS"),
        ],
    )
    def test_refusal_that_is_definite_is_failed(self, status: int, code: str) -> None:
        words = Failure(code, "words of the channel")
        assert split(error(status, code)) == SplitReport(
            Outcome.FAILED, SPLIT.split_serial_no, failure=words
        )
        assert release(error(status, code)).outcome is Outcome.FAILED

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (401, "SIGN_ERROR"),
            (403, "A_NEW_WORD"),
            (429, "FREQUENCY_LIMITED"),
            (429, "RATELIMIT_EXCEED"),
            (429, "PARAM_ERROR"),
            (500, "SYSTEM_ERROR"),
            (500, "PARAM_ERROR"),
            (503, "SERVICE_UNAVAILABLE"),
        ],
    )
    def test_refusal_that_leaves_it_open_is_unknown(self, status: int, code: str) -> None:
        assert split(error(status, code)).outcome is Outcome.UNKNOWN
        assert release(error(status, code)).outcome is Outcome.UNKNOWN
        reply = FakeTransport(error(status, code))
        assert SPLITS.return_share(account(), RETURN, reply).outcome is Outcome.UNKNOWN

    def test_return_the_receiver_cannot_pay_waits_at_the_channel(self) -> None:
        refused = FakeTransport(error(403, "NOT_ENOUGH"))
        assert SPLITS.return_share(account(), RETURN, refused).outcome is Outcome.UNKNOWN

    def test_question_that_is_refused_says_nothing_is_missing(self) -> None:
        for reply in (error(404, "NO_AUTH"), error(400, "RESOURCE_NOT_EXISTS")):
            report = SPLITS.split_query(account(), SPLIT, FakeTransport(reply))
            assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)

    @pytest.mark.parametrize("operation", [Operation.BIND_RECEIVER, Operation.UNBIND_RECEIVER])
    @pytest.mark.parametrize("code", ["NOTENOUGH", "ANEWWORD"])
    def test_every_refusal_of_a_binding_is_one(self, operation: Operation, code: str) -> None:
        assert refusal_outcome(operation, 403, code) is Outcome.FAILED
        assert refusal_outcome(operation, 429, code) is Outcome.UNKNOWN
        assert refusal_outcome(operation, 500, code) is Outcome.UNKNOWN


class TestBinding:
    def test_receiver_is_bound(self) -> None:
        assert bind(answer({"type": "MERCHANT_ID"})) == BindingReport(Outcome.SUCCEEDED)

    def test_refusal_is_told_in_the_words_of_the_channel(self) -> None:
        assert bind(error(400, "INVALID_REQUEST")) == BindingReport(
            Outcome.FAILED, failure=Failure("INVALID_REQUEST", "words of the channel")
        )

    @pytest.mark.parametrize(
        ("reply", "missing"),
        [
            (error(400, "INVALID_REQUEST"), True),
            (error(400, "PARAM_ERROR"), False),
            (error(500, "INVALID_REQUEST"), False),
            (unsigned(error(400, "INVALID_REQUEST")), False),
        ],
    )
    def test_unbinding_what_is_not_bound_is_told(self, reply: WireResponse, missing: bool) -> None:
        report = SPLITS.unbind_receiver(account(), BINDING, FakeTransport(reply))
        assert report.outcome in (Outcome.FAILED, Outcome.UNKNOWN)
        assert report.missing is missing

    def test_nothing_is_bound_by_an_answer_that_cannot_be_verified(self) -> None:
        assert bind(unsigned(answer({}))).outcome is Outcome.UNKNOWN


class TestRelease:
    def test_release_frees_what_the_payee_gets(self) -> None:
        order = split_order("FINISHED", (MCHID, 1393, "SUCCESS"), number=RELEASE.release_serial_no)
        assert release(answer(order)) == ReleaseReport(
            Outcome.SUCCEEDED,
            RELEASE.release_serial_no,
            channel_release_no="30000000002026010100000000001",
            amount=1393,
            finished_at=DONE_AT,
        )

    def test_release_is_accepted_first(self) -> None:
        order = split_order(
            "PROCESSING", (MCHID, 1393, "PENDING"), number=RELEASE.release_serial_no
        )
        report = release(answer(order))
        assert (report.outcome, report.amount, report.finished_at) == (Outcome.PENDING, None, None)

    @pytest.mark.parametrize(
        ("result", "outcome", "failure"),
        [
            ("CLOSED", Outcome.FAILED, Failure("NO_RELATION", "")),
            ("PENDING", Outcome.PENDING, None),
            ("OTHER", Outcome.UNKNOWN, Failure("OTHER", "")),
        ],
    )
    def test_finished_release_ends_as_the_payee_s_line_does(
        self, result: str, outcome: Outcome, failure: Failure | None
    ) -> None:
        order = split_order("FINISHED", (MCHID, 1393, result), number=RELEASE.release_serial_no)
        report = release(answer(order))
        assert (report.outcome, report.amount, report.failure) == (outcome, None, failure)

    def test_nothing_left_to_free_is_done(self) -> None:
        report = release(answer(split_order("FINISHED", number=RELEASE.release_serial_no)))
        assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, None)

    def test_release_of_another_number_is_unknown(self) -> None:
        assert release(answer(split_order("FINISHED"))).outcome is Outcome.UNKNOWN


class TestReturn:
    def test_share_is_taken_back(self) -> None:
        assert returned() == ReturnReport(
            Outcome.SUCCEEDED,
            RETURN.return_serial_no,
            channel_return_no="30700000002026010100000000001",
            finished_at=DONE_AT,
        )

    def test_older_name_of_the_channel_s_number_is_read(self) -> None:
        assert returned(return_id=None, return_no="307").channel_return_no == "307"

    @pytest.mark.parametrize(
        ("result", "outcome"),
        [
            ("PROCESSING", Outcome.PENDING),
            ("FAILED", Outcome.FAILED),
            ("FAIL", Outcome.FAILED),
            ("CLOSED", Outcome.UNKNOWN),
        ],
    )
    def test_result_is_told_with_its_reason(self, result: str, outcome: Outcome) -> None:
        report = returned(result=result, fail_reason="TIME_OUT_CLOSED")
        assert (report.outcome, report.finished_at) == (outcome, None)
        explained = outcome is not Outcome.PENDING
        assert report.failure == (Failure("TIME_OUT_CLOSED", "") if explained else None)

    @pytest.mark.parametrize(
        "changes",
        [
            {"out_return_no": "T9"},
            {"out_order_no": "S9"},
            {"return_mchid": "1900000310"},
            {"amount": 301},
            {"amount": None},
            {"amount": "300"},
            {"result": None},
        ],
    )
    def test_answer_that_does_not_fit_is_unknown(self, changes: dict[str, Any]) -> None:
        report = returned(**changes)
        assert report.outcome is Outcome.UNKNOWN
        assert report.failure is not None


class TestQuestions:
    def left(self, reply: WireResponse) -> LeftAmountReport:
        return SPLITS.left_amount(account(), SPLIT_PAYMENT, FakeTransport(reply))

    def ratio(self, content: object) -> MaxRatioReport:
        return SPLITS.max_ratio(partner_account(), FakeTransport(answer(content)))

    def test_left_amount_is_told_in_fen_even_when_it_is_nothing(self) -> None:
        told = {"transaction_id": SPLIT_PAYMENT.channel_serial_no}
        for amount in (1393, 0):
            report = self.left(answer({**told, "unsplit_amount": amount}))
            assert report == LeftAmountReport(Outcome.SUCCEEDED, amount)

    @pytest.mark.parametrize(
        "changes", [{"transaction_id": "42"}, {"unsplit_amount": None}, {"unsplit_amount": 1.5}]
    )
    def test_left_amount_of_something_else_is_unknown(self, changes: dict[str, Any]) -> None:
        told = {"transaction_id": SPLIT_PAYMENT.channel_serial_no, "unsplit_amount": 1393}
        assert self.left(answer({**told, **changes})).outcome is Outcome.UNKNOWN

    def test_ratio_is_told_in_parts_per_million(self) -> None:
        report = self.ratio({"sub_mchid": SUB_MCHID, "max_ratio": 2000})
        assert report == MaxRatioReport(Outcome.SUCCEEDED, 200_000)

    @pytest.mark.parametrize(
        "content", [{"sub_mchid": "1", "max_ratio": 2000}, {"sub_mchid": SUB_MCHID}]
    )
    def test_ratio_of_something_else_is_unknown(self, content: object) -> None:
        assert self.ratio(content).outcome is Outcome.UNKNOWN

    def test_direct_merchant_is_told_where_to_look(self) -> None:
        with pytest.raises(ConfigurationError, match="service providers only"):
            SPLITS.max_ratio(account(), FakeTransport())


def test_openid_is_asked_for_and_found_by_its_type() -> None:
    person = Receiver(ReceiverKind.OPENID, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
    request = replace(SPLIT, shares=(Share(person, 97, "绩效"),))
    line = share_line(person.account, 97, "SUCCESS", type="PERSONAL_OPENID")
    reply = FakeTransport(answer(split_order("FINISHED", receivers=[line])))
    report = SPLITS.split_query(account(), request, reply)
    assert [share.receiver for share in report.shares] == [person]
