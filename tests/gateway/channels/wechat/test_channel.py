"""Each operation from WeChat Pay's answer to the center's report."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from gateway.channels.wechat.channel import WeChatChannel
from gateway.contract import ConfigurationError
from gateway.messages import (
    Failure,
    InvokeMethod,
    Outcome,
    PaymentReport,
    PayResult,
    RefundReport,
)
from paycenter.kernel.http import WireResponse
from tests.contract.channel_contract import PAYMENT, REFUND, pay_request, refund_request
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.wechat.peer import (
    APPID,
    BY_CERTIFICATE,
    BY_STRANGER,
    MCHID,
    MERCHANT_KEY,
    PROVIDER_MCHID,
    SEAL_KEY,
    SUB_MCHID,
    account,
    answer,
    error,
    order,
    partner_account,
    refund,
    unsigned,
)

CHANNEL = WeChatChannel()
PAID_AT = datetime.fromisoformat("2026-01-01T08:00:00+08:00")
WORDS = "words of the channel"


def pay(reply: Reply, method: InvokeMethod = InvokeMethod.QR_CODE) -> PayResult:
    return CHANNEL.pay(account(), pay_request(method), FakeTransport(reply))


def query(reply: Reply) -> PaymentReport:
    return CHANNEL.query(account(), PAYMENT, FakeTransport(reply))


def close(reply: Reply) -> PaymentReport:
    return CHANNEL.close(account(), PAYMENT, FakeTransport(reply))


def refunded(reply: Reply) -> RefundReport:
    return CHANNEL.refund(account(), refund_request(), FakeTransport(reply))


def refund_query(reply: Reply) -> RefundReport:
    return CHANNEL.refund_query(account(), REFUND, FakeTransport(reply))


def before_authentication(status: int, code: str) -> WireResponse:
    """Return an error from before WeChat Pay knew who asks: it carries no signature."""
    return unsigned(error(status, code))


def without(content: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in names}


class TestPay:
    @pytest.mark.parametrize(
        ("status", "code"), [(401, "SIGN_ERROR"), (400, "INVALID_REQUEST"), (400, "PARAM_ERROR")]
    )
    def test_unsigned_refusal_of_authentication_was_never_executed(
        self, status: int, code: str
    ) -> None:
        result = pay(before_authentication(status, code))
        assert result == PayResult(Outcome.FAILED, failure=Failure(code, WORDS))

    @pytest.mark.parametrize(
        ("status", "code"),
        [(403, "NO_AUTH"), (400, "ORDER_CLOSED"), (400, "RULE_LIMIT"), (404, "MCH_NOT_EXISTS")],
    )
    def test_unsigned_business_error_concludes_nothing(self, status: int, code: str) -> None:
        assert pay(before_authentication(status, code)).outcome is Outcome.UNKNOWN

    def test_error_under_a_wrong_signature_concludes_nothing(self) -> None:
        forged = error(401, "SIGN_ERROR")
        forged = replace(forged, headers=BY_STRANGER.headers(forged.body))
        result = pay(forged)
        assert result.outcome is Outcome.UNKNOWN
        assert result.failure == Failure("unverified_answer", "the signature is wrong")

    @pytest.mark.parametrize("code", ["ORDERPAID", "OUT_TRADE_NO_USED", "ORDER_CLOSED"])
    def test_number_with_a_history_is_asked_for(self, code: str) -> None:
        assert pay(error(403, code)) == PayResult(Outcome.UNKNOWN, failure=Failure(code, WORDS))

    def test_accepted_but_not_done_is_unknown(self) -> None:
        assert pay(answer({"code_url": "weixin://x"}, status=202)).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize("content", [{}, [], "x", {"code_url": 1}, {"code_url": None}, b"{"])
    def test_success_without_a_launch_is_unknown(self, content: object) -> None:
        result = pay(answer(content))
        assert result.outcome is Outcome.UNKNOWN
        assert result.failure is not None
        assert result.failure.code == "unreadable_answer"

    def test_duplicate_keys_are_not_chosen_from(self) -> None:
        assert pay(answer(b'{"code_url":"a","code_url":"b"}')).outcome is Outcome.UNKNOWN

    def test_answer_signed_by_a_platform_certificate_is_believed(self) -> None:
        result = pay(answer({"code_url": "weixin://x"}, pen=BY_CERTIFICATE))
        assert result.outcome is Outcome.PENDING

    def test_answer_of_an_intermediary_with_a_monstrous_number_is_unknown(self) -> None:
        assert pay(WireResponse(200, {}, b"1" * 5000)).outcome is Outcome.UNKNOWN

    def test_words_of_a_failure_are_bounded_and_printable(self) -> None:
        result = pay(error(403, "NO_AUTH\x00", "余额\n\x00" * 500))
        assert result.failure is not None
        assert result.failure.code == "NO_AUTH"
        assert result.failure.message == ("余额" * 500)[:256]

    @pytest.mark.parametrize("operation", ["pay", "query", "close", "refund", "refund_query"])
    def test_nothing_is_sent_that_could_not_be_verified(self, operation: str) -> None:
        owner = account(credentials=(MERCHANT_KEY, SEAL_KEY))
        given = {"pay": pay_request(InvokeMethod.APP), "refund": refund_request()}
        subject = given.get(operation, REFUND if operation == "refund_query" else PAYMENT)
        with pytest.raises(ConfigurationError):
            getattr(CHANNEL, operation)(owner, subject, FakeTransport())


class TestQuery:
    def test_paid_order_is_reported_as_the_channel_signed_it(self) -> None:
        assert query(answer(order())) == PaymentReport(
            Outcome.SUCCEEDED,
            serial_no=PAYMENT.serial_no,
            channel_serial_no="4200000000202601010000000001",
            amount=1990,
            payer_amount=1890,
            currency="CNY",
            mchid=MCHID,
            appid=APPID,
            paid_at=PAID_AT,
            payer_id="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        )

    @pytest.mark.parametrize(
        ("state", "outcome", "closed"),
        [
            ("REFUND", Outcome.SUCCEEDED, False),
            ("NOTPAY", Outcome.PENDING, False),
            ("USERPAYING", Outcome.PENDING, False),
            ("ACCEPT", Outcome.PENDING, False),
            ("PAYERROR", Outcome.PENDING, False),
            ("CLOSED", Outcome.FAILED, True),
            ("REVOKED", Outcome.FAILED, True),
            ("success", Outcome.UNKNOWN, False),
            ("PAID", Outcome.UNKNOWN, False),
        ],
    )
    def test_state_is_translated(self, state: str, outcome: Outcome, closed: bool) -> None:
        report = query(answer(order(state)))
        assert (report.outcome, report.closed) == (outcome, closed)
        assert (report.paid_at is not None) is (outcome is Outcome.SUCCEEDED)

    def test_unpaid_order_lacks_what_only_a_payment_brings(self) -> None:
        unpaid = without(order("NOTPAY"), "transaction_id", "success_time", "payer", "trade_type")
        report = query(answer(unpaid))
        assert report.outcome is Outcome.PENDING
        assert report.channel_serial_no == report.payer_id == ""

    def test_unknown_number_is_missing_but_not_failed(self) -> None:
        report = query(error(404, "ORDER_NOT_EXIST", "订单不存在"))
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, True)

    @pytest.mark.parametrize(
        "reply",
        [
            before_authentication(404, "ORDER_NOT_EXIST"),
            error(404, "RESOURCE_NOT_EXISTS"),
            error(500, "ORDER_NOT_EXIST"),
            WireResponse(404, {}, b""),
        ],
    )
    def test_nothing_else_is_missing(self, reply: WireResponse) -> None:
        report = query(reply)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)

    def test_answer_about_another_number_is_no_answer(self) -> None:
        report = query(answer(order(out_trade_no="P260101080000OTHERNUMBER")))
        assert (report.outcome, report.serial_no) == (Outcome.UNKNOWN, PAYMENT.serial_no)

    def test_foreign_merchant_and_odd_currency_stay_visible(self) -> None:
        amount = {"total": 1990}
        report = query(answer(order(mchid="1900000888", appid="wx2", amount=amount)))
        assert (report.mchid, report.appid) == ("1900000888", "wx2")
        assert (report.currency, report.payer_amount) == ("", None)
        assert query(answer(order(amount={"total": 1, "currency": "USD"}))).currency == "USD"

    @pytest.mark.parametrize(
        "changes",
        [
            {"amount": {"total": "1990"}},
            {"amount": {"total": 1990.0}},
            {"amount": {"total": True}},
            {"amount": [1990]},
            {"payer": "oUpF8"},
            {"payer": {"openid": 1}},
            {"trade_state": 1},
            {"trade_state": None},
            {"out_trade_no": None},
            {"out_trade_no": "' OR 1=1"},
            {"out_trade_no": "P\x00"},
            {"out_trade_no": "非" * 10},
            {"transaction_id": 42},
            {"transaction_id": None},
            {"success_time": "yesterday"},
            {"success_time": "2026-01-01T08:00:00"},
            {"success_time": 1767225600},
            {"mchid": 1900000109},
        ],
    )
    def test_wrong_type_makes_the_whole_answer_unknown(self, changes: dict[str, Any]) -> None:
        report = query(answer(order(**changes)))
        assert report == PaymentReport(Outcome.UNKNOWN, PAYMENT.serial_no, failure=report.failure)
        assert report.failure is not None
        assert report.failure.code == "unreadable_answer"

    @pytest.mark.parametrize("name", ["payer", "success_time", "trade_state_desc", "amount"])
    def test_missing_optional_member_is_only_missing(self, name: str) -> None:
        assert query(answer(without(order(), name))).outcome is Outcome.SUCCEEDED

    def test_time_that_is_not_set_is_none(self) -> None:
        for zero in ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+08:00"):
            assert query(answer(order(success_time=zero))).paid_at is None

    def test_partner_order_is_reported_for_the_sub_merchant(self) -> None:
        payer = {"sp_openid": "oSp", "sub_openid": "oSub"}
        told = without(order(payer=payer), "mchid", "appid")
        told |= {"sp_mchid": PROVIDER_MCHID, "sub_mchid": SUB_MCHID, "sp_appid": APPID}
        report = CHANNEL.query(partner_account(), PAYMENT, FakeTransport(answer(told)))
        assert (report.outcome, report.mchid, report.appid) == (Outcome.SUCCEEDED, SUB_MCHID, "")
        assert report.payer_id == "oSub"


class TestClose:
    def test_agreed_close_is_closed(self) -> None:
        report = close(answer(b"", status=204))
        assert report == PaymentReport(Outcome.FAILED, PAYMENT.serial_no, closed=True)

    @pytest.mark.parametrize("code", ["ORDER_CLOSED", "ORDERCLOSED"])
    def test_close_of_a_closed_order_is_closed(self, code: str) -> None:
        assert close(error(400, code)).closed

    @pytest.mark.parametrize(
        "reply",
        [
            unsigned(error(400, "ORDER_CLOSED")),
            error(403, "ORDERPAID"),
            error(400, "ORDER_PAID"),
            answer(b"{"),
            answer({"code": "USERPAYING", "message": "x"}, status=202),
            answer(b"", status=202),
            error(500, "SYSTEM_ERROR"),
            error(403, "NO_AUTH"),
        ],
    )
    def test_anything_else_leaves_the_payment_open(self, reply: WireResponse) -> None:
        report = close(reply)
        assert (report.outcome, report.closed) == (Outcome.UNKNOWN, False)
        assert report.failure is not None

    def test_close_of_an_unknown_number_is_missing(self) -> None:
        report = close(error(404, "ORDER_NOT_EXIST"))
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, True)


class TestRefund:
    @pytest.mark.parametrize("ask", [refunded, refund_query])
    @pytest.mark.parametrize(
        ("state", "outcome", "needs_person"),
        [
            ("SUCCESS", Outcome.SUCCEEDED, False),
            ("PROCESSING", Outcome.PENDING, False),
            ("CLOSED", Outcome.FAILED, False),
            ("ABNORMAL", Outcome.PENDING, True),
            ("success", Outcome.UNKNOWN, False),
        ],
    )
    def test_state_is_translated(
        self, ask: Any, state: str, outcome: Outcome, needs_person: bool
    ) -> None:
        report = ask(answer(refund(state)))
        assert (report.outcome, report.needs_person) == (outcome, needs_person)
        assert (report.succeeded_at is not None) is (outcome is Outcome.SUCCEEDED)

    def test_refund_is_reported_as_the_channel_signed_it(self) -> None:
        assert refund_query(answer(refund())) == RefundReport(
            Outcome.SUCCEEDED,
            refund_serial_no=REFUND.refund_serial_no,
            serial_no=PAYMENT.serial_no,
            channel_refund_no="50300000002026010100000000001",
            amount=990,
            currency="CNY",
            succeeded_at=PAID_AT,
        )

    def test_success_time_alone_proves_no_success(self) -> None:
        processing = refund("PROCESSING", success_time="0001-01-01T00:00:00Z")
        assert refunded(answer(processing)).outcome is Outcome.PENDING

    @pytest.mark.parametrize(
        ("reply", "outcome"),
        [
            (error(403, "NOT_ENOUGH"), Outcome.FAILED),
            (error(404, "RESOURCE_NOT_EXISTS"), Outcome.FAILED),
            (error(429, "FREQUENCY_LIMITED"), Outcome.UNKNOWN),
            (error(403, "NEVER_HEARD_OF"), Outcome.UNKNOWN),
            (error(500, "SYSTEM_ERROR"), Outcome.UNKNOWN),
            (answer(refund(), status=202), Outcome.UNKNOWN),
        ],
    )
    def test_error_fails_the_refund_only_when_nothing_was_done(
        self, reply: WireResponse, outcome: Outcome
    ) -> None:
        assert refunded(reply).outcome is outcome

    @pytest.mark.parametrize(
        ("status", "code"), [(401, "SIGN_ERROR"), (400, "PARAM_ERROR"), (403, "NOT_ENOUGH")]
    )
    def test_unsigned_error_never_releases_reserved_money(self, status: int, code: str) -> None:
        report = refunded(before_authentication(status, code))
        assert report.outcome is Outcome.UNKNOWN
        assert report.failure == Failure(code, WORDS)

    def test_refund_never_accepted_is_missing(self) -> None:
        report = refund_query(error(404, "RESOURCE_NOT_EXISTS"))
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, True)

    @pytest.mark.parametrize(
        "reply",
        [unsigned(error(404, "RESOURCE_NOT_EXISTS")), error(403, "RESOURCE_NOT_EXISTS")],
    )
    def test_nothing_else_is_missing(self, reply: WireResponse) -> None:
        assert not refund_query(reply).missing

    @pytest.mark.parametrize("ask", [refunded, refund_query])
    @pytest.mark.parametrize(
        "changes",
        [
            {"out_refund_no": "R260101080000OTHERNUMBER"},
            {"out_refund_no": None},
            {"status": None},
            {"amount": {"refund": "990"}},
            {"refund_id": 1},
        ],
    )
    def test_other_number_or_wrong_type_is_unknown(self, ask: Any, changes: dict[str, Any]) -> None:
        report = ask(answer(refund(**changes)))
        assert report.outcome is Outcome.UNKNOWN
        assert report.refund_serial_no == REFUND.refund_serial_no


@pytest.mark.parametrize(
    ("method", "needed"),
    [
        (InvokeMethod.MINI_PROGRAM, "openid"),
        (InvokeMethod.OFFICIAL_ACCOUNT, "openid"),
        (InvokeMethod.WAP, "client_ip"),
        (InvokeMethod.APP, None),
        (InvokeMethod.PC, None),
        (InvokeMethod.QR_CODE, None),
    ],
)
def test_payer_field_is_asked_for_by_method(method: InvokeMethod, needed: str | None) -> None:
    assert CHANNEL.missing_payer_field(method, frozenset()) == needed
