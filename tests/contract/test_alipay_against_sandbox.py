"""Alipay over real HTTP: the channel against the sandbox, which shares no code with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from gateway.channels.alipay.channel import AlipayChannel
from gateway.messages import (
    ActionType,
    CallbackRejected,
    ChannelAccount,
    InvokeMethod,
    Outcome,
    Payer,
    PayerIdentity,
    PaymentRef,
    PaymentReport,
    PayRequest,
    PayResult,
    RawCallback,
    RefundRef,
    RefundReport,
    RefundRequest,
    SplitNews,
)
from paycenter.kernel import clock
from paycenter.kernel.credential import Credential
from tests.contract.sandbox import CallbackReceiver, HttpTransport, Sandbox, running_sandbox
from tests.support.pem import private_pem, rsa_key

CHANNEL = AlipayChannel()
ACTIONS = {
    InvokeMethod.MINI_PROGRAM: ActionType.ALIPAY_TRADE,
    InvokeMethod.APP: ActionType.ALIPAY_ORDER_STRING,
    InvokeMethod.WAP: ActionType.REDIRECT,
    InvokeMethod.PC: ActionType.REDIRECT,
    InvokeMethod.QR_CODE: ActionType.QR_CODE,
}
MERCHANT_OF_PROVIDER = {"app_id": "9021000200000777", "seller_id": "2088260200000777"}
BACK = "https://center.test/checkout/C1/?step=1"
_numbers = count(1)
_versions = count(1)


def order(serial_no: str, method: InvokeMethod) -> PayRequest:
    return PayRequest(
        serial_no=serial_no,
        amount=1990,
        currency="CNY",
        subject="物业费 2026-01 A/B",
        invoke_method=method,
        expires_at=clock.now() + timedelta(minutes=30),
        payer=Payer(buyer_id="2088102146225135"),
        return_url="https://app.test/paid?order=A1",
    )


@dataclass
class Desk:
    """One merchant at the sandbox, with everything a test does to it in a word each."""

    sandbox: Sandbox
    receiver: CallbackReceiver
    account: ChannelAccount

    transport = HttpTransport()

    def pay(self, serial_no: str, method: InvokeMethod = InvokeMethod.MINI_PROGRAM) -> PayResult:
        return CHANNEL.pay(self.account, order(serial_no, method), self.transport)

    def code(self) -> str:
        """Return the code that a payer comes back with from the login."""
        url = CHANNEL.login_url(self.account, redirect_uri=BACK, state="s1")
        came_back = self.sandbox.come_back(url)
        assert (came_back["step"], came_back["state"]) == ("1", "s1")
        return came_back[CHANNEL.login_code]

    def identify(self, code: str) -> PayerIdentity:
        return CHANNEL.identify(self.account, code, self.transport)

    def login(self) -> PayerIdentity:
        return self.identify(self.code())

    def query(self, serial_no: str) -> PaymentReport:
        return CHANNEL.query(self.account, PaymentRef(serial_no), self.transport)

    def close(self, serial_no: str) -> PaymentReport:
        return CHANNEL.close(self.account, PaymentRef(serial_no), self.transport)

    def refund(self, serial_no: str, refund_serial_no: str, amount: int = 990) -> RefundReport:
        request = RefundRequest(
            refund_serial_no, PaymentRef(serial_no), amount, 1990, "CNY", "重复缴费"
        )
        return CHANNEL.refund(self.account, request, self.transport)

    def refund_query(self, serial_no: str, refund_serial_no: str) -> RefundReport:
        ref = RefundRef(refund_serial_no, PaymentRef(serial_no))
        return CHANNEL.refund_query(self.account, ref, self.transport)

    def payer_pays(self, serial_no: str, **how: Any) -> None:
        """The payer pays; for a page, wap or app payment ``launch`` is what they were given."""
        self.sandbox.control("alipay/pay", serial_no=serial_no, **how)

    def paid(self) -> str:
        """Return the number of a payment that somebody paid, its callback taken."""
        serial_no = new_number("P")
        assert self.pay(serial_no).outcome is Outcome.PENDING
        self.payer_pays(serial_no)
        self.receiver.next()
        return serial_no

    def next_event(self) -> PaymentReport | RefundReport:
        _, callback = self.receiver.next()
        return read_money(self.account, callback)

    def fault(self, name: str, operation: str, times: int = 1) -> None:
        self.sandbox.control(
            "faults", channel="alipay", operation=operation, fault=name, times=times
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
def held(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Return what the owners of three apps were handed out, by how the app works."""
    return {
        "public key": sandbox.control("alipay/merchants"),
        "certificate": sandbox.control("alipay/merchants", key_mode="certificate"),
        "provider": sandbox.control("alipay/merchants", acts_for=MERCHANT_OF_PROVIDER),
    }


@pytest.fixture
def direct(sandbox: Sandbox, receiver: CallbackReceiver, held: dict[str, dict[str, Any]]) -> Desk:
    return fresh_desk(sandbox, receiver, "public key", held["public key"])


@pytest.fixture
def certified(sandbox: Sandbox, receiver: CallbackReceiver) -> Desk:
    """An app of its own for each test: Alipay's certificate for it may be renewed."""
    app = sandbox.control("alipay/merchants", key_mode="certificate")
    return fresh_desk(sandbox, receiver, "certificate", app)


@pytest.fixture(params=["public key", "certificate", "provider"])
def desk(
    request: pytest.FixtureRequest,
    sandbox: Sandbox,
    receiver: CallbackReceiver,
    held: dict[str, dict[str, Any]],
) -> Desk:
    return fresh_desk(sandbox, receiver, request.param, held[request.param])


def fresh_desk(
    sandbox: Sandbox, receiver: CallbackReceiver, mode: str, app: dict[str, Any]
) -> Desk:
    sandbox.control("reset")
    receiver.forget()
    return Desk(sandbox, receiver, account_of(sandbox, receiver, mode, app))


def account_of(
    sandbox: Sandbox, receiver: CallbackReceiver, mode: str, app: dict[str, Any]
) -> ChannelAccount:
    """Return the account of an app as the sandbox's control API handed it out."""
    uploaded = {"app_private_key": app["app_private_key_pem"]}
    if mode == "certificate":
        uploaded["app_certificate"] = app["app_certificate_pem"]
        uploaded["alipay_certificate"] = app["alipay_certificate_pem"]
        uploaded["alipay_root_certificate"] = app["root_certificates_pem"]
    else:
        uploaded["alipay_public_key"] = app["alipay_public_key_pem"]
    acts_for_another = mode == "provider"
    if acts_for_another:
        uploaded["app_auth_token"] = app["app_auth_token"]
    account = ChannelAccount(
        channel="alipay",
        payment_no="P0000000001",
        channel_merchant_id=9,
        mchid=app["auth_seller_id"] if acts_for_another else app["seller_id"],
        appid=app["auth_app_id"] if acts_for_another else app["app_id"],
        base_url=sandbox.base_url,
        callback_url=receiver.url,
        credentials=tuple(CHANNEL.read_credential(*item) for item in uploaded.items()),
        version=next(_versions),
        provider_mchid=app["seller_id"] if acts_for_another else "",
        provider_appid=app["app_id"] if acts_for_another else "",
    )
    CHANNEL.check_account(account)
    return account


def with_more(desk: Desk, *more: Credential) -> Desk:
    """Return the desk with more credentials, newest first."""
    credentials = (*more, *desk.account.credentials)
    account = replace(desk.account, credentials=credentials, version=next(_versions))
    return replace(desk, account=account)


def read_money(account: ChannelAccount, callback: RawCallback) -> PaymentReport | RefundReport:
    """Return what a callback about a payment or a refund says."""
    event = CHANNEL.parse_callback(account, callback)
    assert not isinstance(event, SplitNews)
    return event


def new_number(prefix: str) -> str:
    return f"{prefix}261122080000{next(_numbers):011d}"


class TestPayments:
    @pytest.mark.parametrize("method", sorted(ACTIONS))
    def test_every_product_is_ordered_and_paid(self, desk: Desk, method: InvokeMethod) -> None:
        serial_no = new_number("P")
        result = desk.pay(serial_no, method)
        assert result.failure is None
        assert result.outcome is Outcome.PENDING
        assert result.action is not None
        assert result.action.type is ACTIONS[method]
        (launch,) = result.action.params.values()
        desk.payer_pays(serial_no, **({"launch": launch} if method in CHANNEL.local_launch else {}))
        told = desk.next_event()
        assert (told.outcome, told.serial_no) == (Outcome.SUCCEEDED, serial_no)

    def test_payment_is_seen_by_query_and_told_by_callback(self, desk: Desk) -> None:
        serial_no = new_number("P")
        desk.pay(serial_no)
        assert desk.query(serial_no).outcome is Outcome.PENDING
        desk.payer_pays(serial_no, coupon=100)
        asked, told = desk.query(serial_no), desk.next_event()
        assert isinstance(told, PaymentReport)
        assert replace(told, appid="") == asked
        assert (asked.outcome, asked.serial_no) == (Outcome.SUCCEEDED, serial_no)
        assert (asked.amount, asked.payer_amount, asked.currency) == (1990, 1890, "CNY")
        assert asked.mchid == desk.account.mchid
        assert asked.channel_serial_no
        assert asked.paid_at is not None

    def test_same_payment_sent_again_is_the_same_payment(self, desk: Desk) -> None:
        serial_no = new_number("P")
        first, again = desk.pay(serial_no), desk.pay(serial_no)
        assert first == again
        assert first.action is not None

    def test_closed_payment_can_no_longer_be_paid(self, desk: Desk) -> None:
        serial_no = new_number("P")
        desk.pay(serial_no)
        assert desk.close(serial_no).closed
        report = desk.query(serial_no)
        assert (report.outcome, report.closed) == (Outcome.FAILED, True)
        assert not desk.close(serial_no).missing
        assert desk.pay(serial_no).outcome is Outcome.UNKNOWN

    def test_close_of_a_paid_payment_closes_nothing(self, desk: Desk) -> None:
        report = desk.close(desk.paid())
        assert (report.outcome, report.closed, report.missing) == (Outcome.UNKNOWN, False, False)

    @pytest.mark.parametrize("method", [InvokeMethod.QR_CODE, InvokeMethod.PC, InvokeMethod.APP])
    def test_payment_nobody_came_to_is_missing_and_not_closed(
        self, desk: Desk, method: InvokeMethod
    ) -> None:
        serial_no = new_number("P")
        desk.pay(serial_no, method)
        assert desk.query(serial_no).missing
        report = desk.close(serial_no)
        assert (report.missing, report.closed) == (True, False)

    def test_payment_that_ran_out_of_time_is_told_to_be_closed(self, direct: Desk) -> None:
        direct.sandbox.control("alipay/settings", close_notifications=True)
        serial_no = new_number("P")
        direct.pay(serial_no)
        direct.sandbox.control("clock", advance_seconds=1801)
        assert direct.query(serial_no).closed
        told = direct.next_event()
        assert isinstance(told, PaymentReport)
        assert (told.outcome, told.closed) == (Outcome.FAILED, True)

    def test_key_alipay_does_not_know_is_refused_without_a_trade(
        self, direct: Desk, held: dict[str, dict[str, Any]]
    ) -> None:
        stranger = CHANNEL.read_credential(
            "app_private_key", held["provider"]["app_private_key_pem"]
        )
        serial_no = new_number("P")
        result = with_more(direct, stranger).pay(serial_no)
        assert result.outcome is Outcome.FAILED
        assert result.failure is not None
        assert result.failure.code == "isv.invalid-signature"
        assert serial_no not in result.failure.message
        assert direct.query(serial_no).missing

    def test_application_alipay_does_not_know_is_told_without_a_signature(
        self, direct: Desk
    ) -> None:
        account = replace(direct.account, appid="9021000200009999")
        result = replace(direct, account=account).pay(new_number("P"))
        assert result.outcome is Outcome.UNKNOWN
        assert result.failure is not None
        assert result.failure.code == "isv.invalid-app-id"


class TestRefunds:
    def test_refund_is_done_at_once_and_told(self, desk: Desk) -> None:
        serial_no, refund_serial_no = desk.paid(), new_number("R")
        report = desk.refund(serial_no, refund_serial_no)
        assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, 990)
        told = desk.next_event()
        assert isinstance(told, RefundReport)
        assert (told.outcome, told.refund_serial_no) == (Outcome.PENDING, refund_serial_no)
        assert (told.amount, told.serial_no) == (None, serial_no)
        assert told.mchid == desk.account.mchid
        asked = desk.refund_query(serial_no, refund_serial_no)
        assert (asked.outcome, asked.amount) == (Outcome.SUCCEEDED, 990)
        assert asked.succeeded_at is not None

    def test_repeated_refund_moves_nothing_and_is_asked_for(self, desk: Desk) -> None:
        serial_no, refund_serial_no = desk.paid(), new_number("R")
        desk.refund(serial_no, refund_serial_no)
        assert desk.refund(serial_no, refund_serial_no).outcome is Outcome.PENDING
        assert desk.refund_query(serial_no, refund_serial_no).amount == 990

    def test_second_refund_is_not_the_sum_of_both(self, direct: Desk) -> None:
        serial_no = direct.paid()
        direct.sandbox.control("alipay/settings", refund_gap=False)
        direct.refund(serial_no, new_number("R"), 900)
        second = new_number("R")
        assert direct.refund(serial_no, second, 100).amount == 100
        assert direct.refund_query(serial_no, second).amount == 100

    def test_payment_wholly_refunded_stays_paid(self, direct: Desk) -> None:
        serial_no = direct.paid()
        direct.refund(serial_no, new_number("R"), 1990)
        report = direct.query(serial_no)
        assert (report.outcome, report.closed) == (Outcome.SUCCEEDED, False)
        assert report.amount == 1990

    def test_refund_that_was_never_made_is_missing(self, desk: Desk) -> None:
        assert desk.refund_query(desk.paid(), new_number("R")).missing
        assert desk.refund_query(new_number("P"), new_number("R")).missing

    def test_refund_of_too_much_is_refused(self, direct: Desk) -> None:
        serial_no, refund_serial_no = direct.paid(), new_number("R")
        assert direct.refund(serial_no, refund_serial_no, 5000).outcome is Outcome.FAILED
        assert direct.refund_query(serial_no, refund_serial_no).missing

    def test_number_used_for_another_amount_is_unknown(self, direct: Desk) -> None:
        serial_no, refund_serial_no = direct.paid(), new_number("R")
        direct.refund(serial_no, refund_serial_no)
        report = direct.refund(serial_no, refund_serial_no, 100)
        assert report.outcome is Outcome.UNKNOWN

    def test_empty_balance_refuses_with_the_words_of_the_channel(self, direct: Desk) -> None:
        serial_no = direct.paid()
        direct.fault("not_enough", "refund")
        report = direct.refund(serial_no, new_number("R"))
        assert report.outcome is Outcome.FAILED
        assert report.failure is not None
        assert report.failure.code == "ACQ.SELLER_BALANCE_NOT_ENOUGH"


class TestCertificates:
    def test_renewed_certificate_is_found_out_and_believed(self, certified: Desk) -> None:
        assert CHANNEL.fetch_certificates(certified.account, certified.transport) == ()
        serial_no = new_number("P")
        certified.pay(serial_no)
        app_id = certified.account.appid
        renewed = certified.sandbox.control("alipay/certificates/renew", app_id=app_id)
        certified.payer_pays(serial_no)
        _, callback = certified.receiver.next()
        with pytest.raises(CallbackRejected) as caught:
            CHANNEL.parse_callback(certified.account, callback)
        assert caught.value.unknown_key
        failure = certified.query(serial_no).failure
        assert failure is not None
        assert failure.unknown_key
        downloaded = CHANNEL.fetch_certificates(certified.account, certified.transport)
        assert [item.identifier for item in downloaded] == [renewed["alipay_cert_sn"]]
        after = with_more(certified, *downloaded)
        assert read_money(after.account, callback).serial_no == serial_no
        assert after.query(serial_no).outcome is Outcome.SUCCEEDED


class TestLogin:
    @pytest.mark.parametrize("payer_id", ["user_id", "open_id"])
    def test_payer_who_logged_in_is_who_pays(self, desk: Desk, payer_id: str) -> None:
        desk.sandbox.control("alipay/settings", payer_id=payer_id)
        payer = desk.login().payer
        assert payer is not None
        assert bool(payer.buyer_open_id) is (payer_id == "open_id")
        serial_no = new_number("P")
        request = replace(order(serial_no, InvokeMethod.MINI_PROGRAM), payer=payer)
        result = CHANNEL.pay(desk.account, request, desk.transport)
        assert result.outcome is Outcome.PENDING
        desk.payer_pays(serial_no)
        assert desk.query(serial_no).payer_id == (payer.buyer_id or payer.buyer_open_id)

    def test_launch_data_is_what_the_browser_takes(self, direct: Desk) -> None:
        serial_no = new_number("P")
        action = direct.pay(serial_no).action
        assert action is not None
        presented = {"tradeNO": action.params["trade_no"]}
        assert direct.sandbox.present("alipay", presented) == {"result": "ok", "reason": ""}
        assert direct.query(serial_no).outcome is Outcome.SUCCEEDED

    def test_code_serves_once(self, desk: Desk) -> None:
        code = desk.code()
        assert desk.identify(code).outcome is Outcome.SUCCEEDED
        used = desk.identify(code)
        assert used.outcome is Outcome.FAILED
        assert used.failure is not None
        assert used.failure.code == "isv.code-invalid"

    def test_another_key_is_refused_in_words(self, direct: Desk) -> None:
        key = Credential("app_private_key", "", private_pem(rsa_key()))
        kept = [item for item in direct.account.credentials if item.kind != key.kind]
        account = replace(direct.account, credentials=(key, *kept), version=next(_versions))
        code = direct.code()
        refused = replace(direct, account=account).identify(code)
        assert refused.outcome is Outcome.FAILED
        assert refused.failure is not None
        assert refused.failure.code == "isv.invalid-signature"
        assert code not in refused.failure.message

    @pytest.mark.parametrize(
        "fault",
        [
            *("drop_before", "drop_after", "error_executed", "error_not_executed"),
            *("rate_limited", "bad_gateway", "bad_signature", "unsigned", "tampered_body"),
        ],
    )
    def test_uncertain_answer_names_nobody_and_a_new_login_does(
        self, direct: Desk, fault: str
    ) -> None:
        direct.fault(fault, "identify")
        unknown = direct.login()
        assert (unknown.outcome, unknown.payer) == (Outcome.UNKNOWN, None)
        assert direct.login().outcome is Outcome.SUCCEEDED


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "made"),
        [
            ("drop_before", False),
            ("drop_after", True),
            ("error_executed", True),
            ("error_not_executed", False),
            ("system_error_executed", True),
            ("system_error_not_executed", False),
            ("bad_gateway", True),
            ("rate_limited", False),
            ("bad_signature", True),
            ("unsigned", True),
            ("tampered_body", True),
        ],
    )
    def test_uncertain_answer_to_a_payment_is_cleared_up_by_query_and_repeat(
        self, direct: Desk, fault: str, made: bool
    ) -> None:
        serial_no = new_number("P")
        direct.fault(fault, "pay")
        assert direct.pay(serial_no).outcome is Outcome.UNKNOWN
        report = direct.query(serial_no)
        assert report.missing is not made
        assert report.outcome is (Outcome.PENDING if made else Outcome.UNKNOWN)
        assert direct.pay(serial_no).outcome is Outcome.PENDING

    @pytest.mark.parametrize(
        "fault",
        [
            "drop_before",
            "drop_after",
            "error_executed",
            "system_error_executed",
            "bad_gateway",
            "bad_signature",
            "unsigned",
            "tampered_body",
            "wrong_number",
        ],
    )
    def test_uncertain_refund_is_one_refund_after_a_repeat(self, direct: Desk, fault: str) -> None:
        serial_no, refund_serial_no = direct.paid(), new_number("R")
        direct.fault(fault, "refund")
        assert direct.refund(serial_no, refund_serial_no).outcome is Outcome.UNKNOWN
        again = direct.refund(serial_no, refund_serial_no)
        assert again.outcome in {Outcome.PENDING, Outcome.SUCCEEDED}
        assert direct.refund_query(serial_no, refund_serial_no).amount == 990
        (line,) = direct.sandbox.books("alipay")["orders"]
        assert [refund["amount"] for refund in line["refunds"]] == [990]

    def test_refund_said_to_have_moved_nothing_is_asked_for(self, direct: Desk) -> None:
        serial_no, refund_serial_no = direct.paid(), new_number("R")
        direct.fault("no_fund_change", "refund")
        assert direct.refund(serial_no, refund_serial_no).outcome is Outcome.PENDING
        assert direct.refund_query(serial_no, refund_serial_no).outcome is Outcome.SUCCEEDED

    @pytest.mark.parametrize("fault", ["wrong_number", "unsigned", "system_error_not_executed"])
    def test_doubtful_answer_about_a_refund_says_nothing(self, direct: Desk, fault: str) -> None:
        serial_no, refund_serial_no = direct.paid(), new_number("R")
        direct.refund(serial_no, refund_serial_no)
        direct.fault(fault, "refund_query")
        report = direct.refund_query(serial_no, refund_serial_no)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)

    def test_another_spelling_of_the_same_facts_is_verified(self, direct: Desk) -> None:
        direct.fault("escaped_json", "query")
        assert direct.query(direct.paid()).outcome is Outcome.SUCCEEDED

    def test_certificate_nobody_has_makes_an_answer_unknown(self, certified: Desk) -> None:
        serial_no = certified.paid()
        certified.fault("unknown_certificate", "query")
        assert certified.query(serial_no).outcome is Outcome.UNKNOWN
        assert certified.query(serial_no).outcome is Outcome.SUCCEEDED

    @pytest.mark.parametrize(
        "tamper", ["tampered_body", "bad_signature", "unsigned", "wrong_app", "wrong_seller"]
    )
    def test_tampered_callback_is_rejected_and_the_genuine_one_read(
        self, direct: Desk, tamper: str
    ) -> None:
        serial_no = direct.paid()
        direct.sandbox.control("alipay/callbacks", serial_no=serial_no, tamper=tamper)
        _, callback = direct.receiver.next()
        with pytest.raises(CallbackRejected):
            CHANNEL.parse_callback(direct.account, callback)
        direct.sandbox.control("alipay/callbacks", serial_no=serial_no)
        assert direct.next_event().outcome is Outcome.SUCCEEDED
