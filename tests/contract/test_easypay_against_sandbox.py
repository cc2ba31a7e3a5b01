"""EasyPay over real HTTP: the channel against the sandbox, which shares no code with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from gateway.channels.easypay.channel import EasyPayChannel
from gateway.messages import (
    ActionType,
    CallbackRejected,
    ChannelAccount,
    InvokeMethod,
    Outcome,
    PaymentRef,
    PaymentReport,
    PayRequest,
    PayResult,
    RefundRef,
    RefundReport,
    RefundRequest,
)
from paycenter.kernel import clock
from paycenter.kernel.credential import Credential
from tests.contract.sandbox import CallbackReceiver, HttpTransport, Sandbox, running_sandbox

CHANNEL = EasyPayChannel()
ACTIONS = {
    InvokeMethod.WAP: ActionType.REDIRECT,
    InvokeMethod.PC: ActionType.REDIRECT,
    InvokeMethod.QR_CODE: ActionType.QR_CODE,
}
VERSIONS = ["v1", "v2"]
_numbers = count(1)
_versions = count(1)


@dataclass
class Desk:
    """One merchant at the sandbox, with everything a test does to it in a word each."""

    sandbox: Sandbox
    receiver: CallbackReceiver
    account: ChannelAccount

    transport = HttpTransport()

    @property
    def is_v1(self) -> bool:
        return self.account.options["version"] == "v1"

    def pay(self, serial_no: str, method: InvokeMethod = InvokeMethod.QR_CODE) -> PayResult:
        request = PayRequest(
            serial_no=serial_no,
            amount=1990,
            currency="CNY",
            subject="物业费 <2026-01> & 停车费",
            invoke_method=method,
            expires_at=clock.now() + timedelta(minutes=30),
            return_url="https://app.test/paid",
        )
        return CHANNEL.pay(self.account, request, self.transport)

    def query(self, serial_no: str, channel_serial_no: str = "") -> PaymentReport:
        return CHANNEL.query(self.account, PaymentRef(serial_no, channel_serial_no), self.transport)

    def close(self, serial_no: str) -> PaymentReport:
        return CHANNEL.close(self.account, PaymentRef(serial_no), self.transport)

    def refund(self, payment: PaymentRef, refund_serial_no: str, amount: int = 990) -> RefundReport:
        request = RefundRequest(refund_serial_no, payment, amount, 1990, "CNY", "重复缴费")
        return CHANNEL.refund(self.account, request, self.transport)

    def refund_query(self, payment: PaymentRef, refund_serial_no: str) -> RefundReport:
        return CHANNEL.refund_query(
            self.account, RefundRef(refund_serial_no, payment), self.transport
        )

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        return self.sandbox.control(f"easypay/{path}", **body)

    def paid(self) -> PaymentRef:
        """Return a payment that somebody paid, its callback taken."""
        serial_no = new_number("P")
        assert self.pay(serial_no).outcome is Outcome.PENDING
        self.control("pay", serial_no=serial_no)
        return PaymentRef(serial_no, self.next_event().channel_serial_no)

    def next_event(self) -> PaymentReport:
        _, callback = self.receiver.next()
        event = CHANNEL.parse_callback(self.account, callback)
        assert isinstance(event, PaymentReport)
        return event

    def fault(self, name: str, operation: str, times: int = 1) -> None:
        self.sandbox.control(
            "faults", channel="easypay", operation=operation, fault=name, times=times
        )


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="module")
def receiver() -> Iterator[CallbackReceiver]:
    listening = CallbackReceiver()
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def merchant(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.control("easypay/merchants")


@pytest.fixture
def v1(sandbox: Sandbox, receiver: CallbackReceiver, merchant: dict[str, Any]) -> Desk:
    return fresh_desk(sandbox, receiver, merchant, "v1")


@pytest.fixture
def v2(sandbox: Sandbox, receiver: CallbackReceiver, merchant: dict[str, Any]) -> Desk:
    return fresh_desk(sandbox, receiver, merchant, "v2")


@pytest.fixture(params=VERSIONS)
def desk(
    request: pytest.FixtureRequest,
    sandbox: Sandbox,
    receiver: CallbackReceiver,
    merchant: dict[str, Any],
) -> Desk:
    return fresh_desk(sandbox, receiver, merchant, request.param)


def fresh_desk(
    sandbox: Sandbox, receiver: CallbackReceiver, held: dict[str, Any], version: str
) -> Desk:
    """Return a desk of the merchant as the control API handed it out, in one protocol version."""
    sandbox.control("reset")
    receiver.forget()
    account = ChannelAccount(
        channel="easypay",
        payment_no="P0000000001",
        channel_merchant_id=33,
        mchid=held["pid"],
        appid="",
        base_url=f"{sandbox.base_url}{CHANNEL.sandbox_path}",
        callback_url=receiver.url,
        credentials=(
            Credential("easypay_key", "", held["key"]),
            Credential("merchant_private_key", "", held["private_key_pem"]),
            Credential("platform_public_key", "", held["platform_public_key_pem"]),
        ),
        version=next(_versions),
        options={
            "version": version,
            "type": "alipay",
            "key_suffix": "plain",
            "refund_success": "0",
        },
    )
    CHANNEL.check_account(account)
    return Desk(sandbox, receiver, account)


def new_number(prefix: str) -> str:
    return f"{prefix}261122080000{next(_numbers):011d}"


class TestPayments:
    @pytest.mark.parametrize("method", ACTIONS)
    def test_every_product_is_launched_and_paid(self, desk: Desk, method: InvokeMethod) -> None:
        serial_no = new_number("P")
        result = desk.pay(serial_no, method)
        assert (result.outcome, result.failure) == (Outcome.PENDING, None)
        assert result.action is not None
        assert result.action.type is ACTIONS[method]
        (launch,) = result.action.params.values()
        desk.control("pay", serial_no=serial_no, launch=launch)
        assert desk.next_event().serial_no == serial_no
        assert desk.query(serial_no).outcome is Outcome.SUCCEEDED

    def test_payment_is_seen_by_query_and_told_by_callback(self, desk: Desk) -> None:
        serial_no = new_number("P")
        desk.pay(serial_no)
        assert desk.query(serial_no).outcome is Outcome.PENDING
        desk.control("pay", serial_no=serial_no)
        asked, told = desk.query(serial_no), desk.next_event()
        assert told.outcome is asked.outcome is Outcome.SUCCEEDED
        assert told.serial_no == asked.serial_no == serial_no
        assert told.channel_serial_no == asked.channel_serial_no != ""
        assert (told.amount, told.currency, told.mchid) == (1990, "CNY", desk.account.mchid)
        assert (asked.amount, asked.currency, asked.mchid) == (1990, "CNY", desk.account.mchid)
        assert asked.paid_at is not None

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("money", ["short", "two", "four"])
    def test_every_manner_of_callback_is_understood(
        self, desk: Desk, method: str, money: str
    ) -> None:
        desk.control("settings", callback_method=method, callback_money=money, hide_names=False)
        payment = desk.paid()
        assert desk.query(payment.serial_no).channel_serial_no == payment.channel_serial_no

    def test_payer_who_chooses_brings_the_order_without_a_type(self, v1: Desk) -> None:
        v1.account = replace(v1.account, options={**v1.account.options, "type": ""})
        serial_no = new_number("P")
        action = v1.pay(serial_no, InvokeMethod.WAP).action
        assert action is not None
        assert v1.query(serial_no).missing
        v1.control("pay", serial_no=serial_no, launch=action.params["url"])
        assert v1.next_event().outcome is Outcome.SUCCEEDED

    def test_unknown_number_is_missing(self, desk: Desk) -> None:
        assert desk.query(new_number("P")).missing

    def test_repeat_is_the_same_order(self, desk: Desk) -> None:
        serial_no = new_number("P")
        assert desk.pay(serial_no) == desk.pay(serial_no)

    def test_number_that_is_paid_is_asked_about(self, desk: Desk) -> None:
        assert desk.pay(desk.paid().serial_no).outcome is Outcome.UNKNOWN

    def test_close_proves_nothing_and_a_late_payment_is_told(self, desk: Desk) -> None:
        serial_no = new_number("P")
        desk.pay(serial_no)
        report = desk.close(serial_no)
        assert (report.outcome, report.closed) == (Outcome.UNKNOWN, False)
        assert desk.query(serial_no).outcome is Outcome.PENDING
        desk.control("pay", serial_no=serial_no)
        assert desk.next_event().outcome is Outcome.SUCCEEDED

    def test_amount_over_the_platform_s_limit_is_refused(self, desk: Desk) -> None:
        desk.control("settings", largest_amount=1000)
        serial_no = new_number("P")
        assert desk.pay(serial_no).outcome is Outcome.FAILED
        assert desk.query(serial_no).missing

    def test_suffixed_key_is_a_choice_of_the_account(self, v1: Desk) -> None:
        v1.control(f"merchants/{v1.account.mchid}", key_suffix="ampersand")
        assert v1.pay(new_number("P")).outcome is Outcome.FAILED
        options = {**v1.account.options, "key_suffix": "ampersand"}
        v1.account = replace(v1.account, options=options)
        assert v1.paid().channel_serial_no


class TestAccount:
    @pytest.mark.parametrize(
        ("change", "code"),
        [({"mchid": "9999"}, "unknown_pid"), ({"key": "x" * 32}, "wrong_key")],
    )
    def test_v1_query_tells_what_is_wrong(
        self, v1: Desk, change: dict[str, str], code: str
    ) -> None:
        key = change.get("key", v1.account.credentials[0].value)
        v1.account = replace(
            v1.account,
            mchid=change.get("mchid", v1.account.mchid),
            credentials=(Credential("easypay_key", "", key),),
        )
        report = v1.query(new_number("P"))
        assert report.failure is not None
        assert (report.missing, report.failure.code) == (False, code)

    def test_v2_query_tells_what_is_wrong(self, v2: Desk, sandbox: Sandbox) -> None:
        other = sandbox.control("easypay/merchants")["private_key_pem"]
        _, _, platform = v2.account.credentials
        credentials = (Credential("merchant_private_key", "", other), platform)
        v2.account = replace(v2.account, credentials=credentials, version=next(_versions))
        report = v2.query(new_number("P"))
        assert report.failure is not None
        assert (report.missing, report.failure.code) == (False, "wrong_key")

    def test_merchant_that_signs_with_rsa_only_is_told_so_in_v1(self, v1: Desk) -> None:
        v1.control(f"merchants/{v1.account.mchid}", rsa_only=True)
        report = v1.query(new_number("P"))
        assert report.failure is not None
        assert report.failure.code == "rsa_only"


class TestRefunds:
    def test_v1_refund_is_done_at_once_and_then_not_told_apart(self, v1: Desk) -> None:
        payment, number = v1.paid(), new_number("R")
        assert v1.refund_query(payment, number).missing
        report = v1.refund(payment, number)
        assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, 990)
        assert (report.serial_no, report.channel_refund_no != "") == (payment.serial_no, True)
        asked = v1.refund_query(payment, new_number("R"))
        assert (asked.outcome, asked.needs_person) == (Outcome.UNKNOWN, True)
        assert v1.query(payment.serial_no).outcome is Outcome.SUCCEEDED

    @pytest.mark.parametrize(("code", "outcome"), [(1, Outcome.UNKNOWN), (0, Outcome.SUCCEEDED)])
    def test_v1_code_of_success_is_the_account_s(
        self, v1: Desk, code: int, outcome: Outcome
    ) -> None:
        v1.control(f"merchants/{v1.account.mchid}", refund_success=code)
        assert v1.refund(v1.paid(), new_number("R")).outcome is outcome

    def test_v2_refund_is_one_however_often_it_is_sent(self, v2: Desk) -> None:
        payment, number = v2.paid(), new_number("R")
        assert v2.refund_query(payment, number).missing
        first = v2.refund(payment, number)
        assert first.outcome is Outcome.SUCCEEDED
        assert v2.refund(payment, number) == first
        asked = v2.refund_query(payment, number)
        assert asked.succeeded_at is not None
        assert replace(asked, succeeded_at=None) == first
        assert v2.query(payment.serial_no).outcome is Outcome.SUCCEEDED

    def test_v2_number_of_another_refund_needs_a_person(self, v2: Desk) -> None:
        first, second, number = v2.paid(), v2.paid(), new_number("R")
        v2.refund(first, number)
        for report in (v2.refund(first, number, 1), v2.refund(second, number)):
            assert (report.outcome, report.needs_person) == (Outcome.UNKNOWN, True)
        assert v2.refund_query(second, number).outcome is Outcome.UNKNOWN

    def test_empty_balance_fails_the_refund(self, desk: Desk) -> None:
        payment = desk.paid()
        desk.fault("not_enough", "refund")
        report = desk.refund(payment, new_number("R"))
        assert report.outcome is Outcome.FAILED
        assert report.failure is not None
        assert "余额不足" in report.failure.message

    def test_refund_of_too_much_is_not_done(self, desk: Desk) -> None:
        report = desk.refund(desk.paid(), new_number("R"), 5000)
        assert report.outcome is (Outcome.UNKNOWN if desk.is_v1 else Outcome.FAILED)
        assert report.needs_person is desk.is_v1

    def test_refund_that_failed_behind_the_platform(self, desk: Desk) -> None:
        payment, number = desk.paid(), new_number("R")
        desk.fault("refund_fails", "refund")
        report = desk.refund(payment, number)
        assert (report.outcome, report.needs_person) == (Outcome.UNKNOWN, desk.is_v1)
        asked = desk.refund_query(payment, number)
        assert asked.missing if desk.is_v1 else asked.outcome is Outcome.FAILED


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "ordered"),
        [
            ("drop_before", False),
            ("drop_after", True),
            ("error_executed", True),
            ("error_not_executed", False),
            ("garbage", None),
            ("html_answer", None),
        ],
    )
    def test_uncertain_answer_to_a_payment_is_cleared_up_by_query_and_repeat(
        self, desk: Desk, fault: str, ordered: bool | None
    ) -> None:
        serial_no = new_number("P")
        desk.fault(fault, "pay")
        assert desk.pay(serial_no).outcome is Outcome.UNKNOWN
        report = desk.query(serial_no)
        assert report.missing is (report.outcome is Outcome.UNKNOWN)
        assert ordered in (None, not report.missing)
        assert desk.pay(serial_no).outcome is Outcome.PENDING

    @pytest.mark.parametrize("fault", ["bad_signature", "missing_signature", "stale_timestamp"])
    @pytest.mark.parametrize("operation", ["pay", "query", "refund", "refund_query"])
    def test_v2_answer_that_is_not_authentic_proves_nothing(
        self, v2: Desk, fault: str, operation: str
    ) -> None:
        payment, number = v2.paid(), new_number("R")
        if operation == "refund_query":
            v2.refund(payment, number)
        v2.fault(fault, operation)
        asked: dict[str, Callable[[], PayResult | PaymentReport | RefundReport]] = {
            "pay": lambda: v2.pay(new_number("P")),
            "query": lambda: v2.query(payment.serial_no),
            "refund": lambda: v2.refund(payment, number),
            "refund_query": lambda: v2.refund_query(payment, number),
        }
        result = asked[operation]()
        assert result.outcome is Outcome.UNKNOWN
        assert result.failure is not None
        assert result.failure.code == "unverified_answer"

    @pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_executed"])
    def test_v2_uncertain_refund_is_one_refund_after_a_repeat(self, v2: Desk, fault: str) -> None:
        payment, number = v2.paid(), new_number("R")
        v2.fault(fault, "refund")
        assert v2.refund(payment, number).outcome is Outcome.UNKNOWN
        assert v2.refund(payment, number).outcome is Outcome.SUCCEEDED
        assert v2.refund_query(payment, number).amount == 990
        assert v2.refund(payment, new_number("R"), 1000).outcome is Outcome.SUCCEEDED

    @pytest.mark.parametrize(
        ("fault", "needs_person"), [("drop_before", False), ("drop_after", True)]
    )
    def test_v1_uncertain_refund_is_sent_again_or_left_to_a_person(
        self, v1: Desk, fault: str, needs_person: bool
    ) -> None:
        payment, number = v1.paid(), new_number("R")
        v1.fault(fault, "refund")
        assert v1.refund(payment, number).outcome is Outcome.UNKNOWN
        asked = v1.refund_query(payment, number)
        assert (asked.missing, asked.needs_person) == (not needs_person, needs_person)

    @pytest.mark.parametrize(
        "tamper", ["tampered_body", "bad_signature", "missing_signature", "wrong_merchant"]
    )
    def test_tampered_callback_is_rejected_and_the_genuine_one_read(
        self, desk: Desk, tamper: str
    ) -> None:
        payment = desk.paid()
        desk.control("callbacks", serial_no=payment.serial_no, tamper=tamper)
        _, callback = desk.receiver.next()
        with pytest.raises(CallbackRejected):
            CHANNEL.parse_callback(desk.account, callback)
        desk.control("callbacks", serial_no=payment.serial_no)
        assert desk.next_event().channel_serial_no == payment.channel_serial_no

    def test_stale_callback_is_rejected_in_v2(self, v2: Desk) -> None:
        v2.control("callbacks", serial_no=v2.paid().serial_no, tamper="stale_timestamp")
        _, callback = v2.receiver.next()
        with pytest.raises(CallbackRejected, match="clock"):
            CHANNEL.parse_callback(v2.account, callback)

    def test_callback_that_does_not_name_its_kind_of_signature_is_read(self, desk: Desk) -> None:
        payment = desk.paid()
        desk.control("callbacks", serial_no=payment.serial_no, tamper="missing_sign_type")
        assert desk.next_event().serial_no == payment.serial_no

    def test_callback_counts_only_for_the_version_of_its_order(self, desk: Desk) -> None:
        payment = desk.paid()
        desk.control("callbacks", serial_no=payment.serial_no)
        _, callback = desk.receiver.next()
        other = {**desk.account.options, "version": "v2" if desk.is_v1 else "v1"}
        with pytest.raises(CallbackRejected):
            CHANNEL.parse_callback(replace(desk.account, options=other), callback)
