"""WeChat Pay over real HTTP: the channel against the sandbox, which shares no code with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from gateway.channels.wechat.channel import WeChatChannel
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

CHANNEL = WeChatChannel()
SUB_MCHID = "1900099001"
SUB_APPID = "wxsub0000000000001"
BACK = "https://center.test/checkout/C1/?step=1"
ACTIONS = {
    InvokeMethod.MINI_PROGRAM: ActionType.WECHAT_JSAPI,
    InvokeMethod.OFFICIAL_ACCOUNT: ActionType.WECHAT_JSAPI,
    InvokeMethod.APP: ActionType.WECHAT_APP,
    InvokeMethod.WAP: ActionType.REDIRECT,
    InvokeMethod.PC: ActionType.QR_CODE,
    InvokeMethod.QR_CODE: ActionType.QR_CODE,
}
_numbers = count(1)
_versions = count(1)


def order(serial_no: str, method: InvokeMethod) -> PayRequest:
    return PayRequest(
        serial_no=serial_no,
        amount=1990,
        currency="CNY",
        subject="物业费 2026-01",
        invoke_method=method,
        expires_at=clock.now() + timedelta(minutes=30),
        payer=Payer(openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", client_ip="203.0.113.9"),
        return_url="https://app.test/paid?order=A1",
    )


@dataclass
class Desk:
    """One merchant at the sandbox, with everything a test does to it in a word each."""

    sandbox: Sandbox
    receiver: CallbackReceiver
    account: ChannelAccount

    transport = HttpTransport()

    def pay(self, serial_no: str, method: InvokeMethod = InvokeMethod.QR_CODE) -> PayResult:
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

    def paid(self) -> str:
        """Return the number of a payment that somebody paid, its callback taken."""
        serial_no = new_number("P")
        assert self.pay(serial_no).outcome is Outcome.PENDING
        self.sandbox.control("wechat/pay", serial_no=serial_no)
        self.receiver.next()
        return serial_no

    def next_event(self) -> tuple[str, PaymentReport | RefundReport]:
        path, callback = self.receiver.next()
        return path, read_money(self.account, callback)

    def fault(self, name: str, operation: str, times: int = 1) -> None:
        self.sandbox.control(
            "faults", channel="wechat", operation=operation, fault=name, times=times
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
    return sandbox.control("wechat/merchants")


@pytest.fixture(scope="module")
def provider(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.control("wechat/merchants", sub_merchants={SUB_MCHID: [SUB_APPID]})


@pytest.fixture
def direct(sandbox: Sandbox, receiver: CallbackReceiver, merchant: dict[str, Any]) -> Desk:
    return fresh_desk(sandbox, receiver, direct_account(sandbox, receiver, merchant))


@pytest.fixture(params=["direct", "partner", "partner without an app of its own"])
def desk(
    request: pytest.FixtureRequest,
    direct: Desk,
    provider: dict[str, Any],
) -> Desk:
    if request.param == "direct":
        return direct
    base = direct_account(direct.sandbox, direct.receiver, provider)
    account = replace(
        base,
        mchid=SUB_MCHID,
        appid=SUB_APPID if request.param == "partner" else "",
        mini_program_appid="",
        provider_mchid=provider["mchid"],
        provider_appid=provider["appids"][0],
    )
    return replace(direct, account=account)


def direct_account(
    sandbox: Sandbox, receiver: CallbackReceiver, held: dict[str, Any]
) -> ChannelAccount:
    """Return the account of a merchant as the sandbox's control API handed it out."""
    return ChannelAccount(
        channel="wechat",
        payment_no="P0000000001",
        channel_merchant_id=9,
        mchid=held["mchid"],
        appid=held["appids"][0],
        mini_program_appid=held["appids"][1],
        base_url=sandbox.base_url,
        callback_url=receiver.url,
        credentials=(
            Credential("merchant_private_key", held["serial_no"], held["private_key_pem"]),
            Credential("apiv3_key", "", held["apiv3_key"]),
            Credential("wechat_public_key", held["public_key_id"], held["public_key_pem"]),
            *(
                Credential("official_account_secret", appid, held["app_secret"])
                for appid in (held["appids"][0], SUB_APPID)
            ),
        ),
        version=next(_versions),
    )


def fresh_desk(sandbox: Sandbox, receiver: CallbackReceiver, account: ChannelAccount) -> Desk:
    sandbox.control("reset")
    receiver.forget()
    return Desk(sandbox, receiver, replace(account, callback_url=receiver.url))


def with_certificates(desk: Desk, *, public_key: bool) -> Desk:
    """Return the desk after a download of the certificates, with or without the public key."""
    kept = tuple(
        item
        for item in desk.account.credentials
        if public_key or item.kind in ("merchant_private_key", "apiv3_key")
    )
    before = replace(desk.account, credentials=kept, version=next(_versions))
    downloaded = CHANNEL.fetch_certificates(before, desk.transport)
    assert downloaded
    account = replace(before, credentials=(*kept, *downloaded), version=next(_versions))
    CHANNEL.check_account(account)
    return replace(desk, account=account)


def read_money(account: ChannelAccount, callback: RawCallback) -> PaymentReport | RefundReport:
    """Return what a callback about a payment or a refund says."""
    event = CHANNEL.parse_callback(account, callback)
    assert not isinstance(event, SplitNews)
    return event


def new_number(prefix: str) -> str:
    return f"{prefix}261122080000{next(_numbers):011d}"


class TestPayments:
    @pytest.mark.parametrize("method", InvokeMethod)
    def test_every_product_is_ordered(self, desk: Desk, method: InvokeMethod) -> None:
        result = desk.pay(new_number("P"), method)
        assert result.failure is None
        assert result.outcome is Outcome.PENDING
        assert result.action is not None
        assert result.action.type is ACTIONS[method]

    def test_payment_is_seen_by_query_and_told_by_callback(self, desk: Desk) -> None:
        serial_no = new_number("P")
        desk.pay(serial_no, InvokeMethod.OFFICIAL_ACCOUNT)
        assert desk.query(serial_no).outcome is Outcome.PENDING
        desk.sandbox.control("wechat/pay", serial_no=serial_no, coupon=100)
        asked = desk.query(serial_no)
        _, told = desk.next_event()
        assert told == asked
        assert (asked.outcome, asked.serial_no) == (Outcome.SUCCEEDED, serial_no)
        assert (asked.amount, asked.payer_amount, asked.currency) == (1990, 1890, "CNY")
        assert (asked.mchid, asked.appid) == (desk.account.mchid, desk.account.appid)
        assert asked.channel_serial_no
        assert asked.paid_at is not None

    def test_closed_payment_can_no_longer_be_paid(self, desk: Desk) -> None:
        serial_no = new_number("P")
        desk.pay(serial_no)
        assert desk.close(serial_no).closed
        assert desk.close(serial_no).closed
        report = desk.query(serial_no)
        assert (report.outcome, report.closed) == (Outcome.FAILED, True)
        assert desk.pay(serial_no).outcome is Outcome.UNKNOWN

    def test_close_of_a_paid_payment_closes_nothing(self, desk: Desk) -> None:
        report = desk.close(desk.paid())
        assert (report.outcome, report.closed) == (Outcome.UNKNOWN, False)
        assert report.failure is not None

    def test_unknown_number_is_missing(self, desk: Desk) -> None:
        assert desk.query(new_number("P")).missing
        assert desk.close(new_number("P")).missing

    def test_number_used_with_other_parameters_is_unknown(self, direct: Desk) -> None:
        serial_no = new_number("P")
        direct.pay(serial_no)
        result = direct.pay(serial_no, InvokeMethod.WAP)
        assert result.outcome is Outcome.UNKNOWN
        assert result.failure is not None

    def test_key_the_channel_does_not_know_is_refused_without_an_order(self, direct: Desk) -> None:
        stranger, *others = direct.account.credentials
        stranger = replace(stranger, identifier="0123456789ABCDEF")
        account = replace(direct.account, credentials=(stranger, *others), version=next(_versions))
        serial_no = new_number("P")
        result = replace(direct, account=account).pay(serial_no)
        assert result.outcome is Outcome.FAILED
        assert direct.query(serial_no).missing


class TestRefunds:
    def test_refund_is_accepted_then_done(self, desk: Desk) -> None:
        serial_no, refund_serial_no = desk.paid(), new_number("R")
        accepted = desk.refund(serial_no, refund_serial_no)
        assert accepted.outcome is Outcome.PENDING
        assert desk.refund(serial_no, refund_serial_no) == accepted
        path, told = desk.next_event()
        asked = desk.refund_query(serial_no, refund_serial_no)
        assert isinstance(told, RefundReport)
        assert told.outcome is asked.outcome is Outcome.SUCCEEDED
        assert told.amount == asked.amount == 990
        assert told.channel_refund_no == asked.channel_refund_no != ""
        assert (told.mchid, told.serial_no) == (desk.account.mchid, serial_no)
        assert path.endswith("/refund/")
        assert desk.query(serial_no).outcome is Outcome.SUCCEEDED

    def test_refund_of_too_much_is_not_done(self, desk: Desk) -> None:
        serial_no, refund_serial_no = desk.paid(), new_number("R")
        assert desk.refund(serial_no, refund_serial_no, 5000).outcome is not Outcome.PENDING
        assert desk.refund_query(serial_no, refund_serial_no).missing

    def test_empty_balance_refuses_with_the_words_of_the_channel(self, direct: Desk) -> None:
        serial_no = direct.paid()
        direct.fault("not_enough", "refund")
        report = direct.refund(serial_no, new_number("R"))
        assert report.outcome is Outcome.FAILED
        assert report.failure is not None
        assert report.failure.code == "NOT_ENOUGH"

    def test_refund_that_fails_at_the_channel_is_failed(self, direct: Desk) -> None:
        serial_no, refund_serial_no = direct.paid(), new_number("R")
        direct.sandbox.control("wechat/settings", refund_finish_seconds=None)
        direct.refund(serial_no, refund_serial_no)
        direct.sandbox.control("wechat/refunds", refund_serial_no=refund_serial_no, state="failed")
        assert direct.refund_query(serial_no, refund_serial_no).outcome is Outcome.FAILED
        assert direct.next_event()[1].outcome is Outcome.FAILED


class TestKeyModes:
    @pytest.mark.parametrize("mode", ["certificate", "public_key", "mixed"])
    def test_account_with_both_keys_understands_every_mode(self, direct: Desk, mode: str) -> None:
        both = with_certificates(direct, public_key=True)
        both.sandbox.control("wechat/settings", signing_mode=mode)
        for _ in range(4):
            serial_no = new_number("P")
            assert both.pay(serial_no).outcome is Outcome.PENDING
            both.sandbox.control("wechat/pay", serial_no=serial_no)
            assert both.next_event()[1].serial_no == serial_no

    def test_account_with_certificates_only_works(self, direct: Desk) -> None:
        direct.sandbox.control("wechat/settings", signing_mode="certificate")
        only = with_certificates(direct, public_key=False)
        serial_no = new_number("P")
        assert only.pay(serial_no).outcome is Outcome.PENDING
        only.sandbox.control("wechat/pay", serial_no=serial_no)
        assert only.next_event()[1].outcome is Outcome.SUCCEEDED

    def test_certificate_not_downloaded_yet_asks_for_a_refresh(self, direct: Desk) -> None:
        direct.sandbox.control("wechat/settings", signing_mode="certificate")
        before = with_certificates(direct, public_key=False)
        serial_no = new_number("P")
        before.pay(serial_no)
        before.sandbox.control("wechat/certificates/rotate")
        before.sandbox.control("wechat/pay", serial_no=serial_no)
        _, callback = before.receiver.next()
        with pytest.raises(CallbackRejected) as caught:
            CHANNEL.parse_callback(before.account, callback)
        assert caught.value.unknown_key
        after = with_certificates(before, public_key=False)
        assert read_money(after.account, callback).serial_no == serial_no

    def test_merchant_in_public_key_mode_downloads_nothing(self, direct: Desk) -> None:
        direct.sandbox.control("wechat/settings", certificates_available=False)
        assert CHANNEL.fetch_certificates(direct.account, direct.transport) == ()


class TestLogin:
    def test_payer_who_logged_in_is_who_pays(self, desk: Desk) -> None:
        payer = desk.login().payer
        assert payer is not None
        serial_no = new_number("P")
        request = replace(order(serial_no, InvokeMethod.OFFICIAL_ACCOUNT), payer=payer)
        result = CHANNEL.pay(desk.account, request, desk.transport)
        assert result.outcome is Outcome.PENDING
        desk.sandbox.control("wechat/pay", serial_no=serial_no)
        assert desk.query(serial_no).payer_id == payer.openid

    def test_launch_data_is_what_the_browser_takes(self, desk: Desk) -> None:
        serial_no = new_number("P")
        action = desk.pay(serial_no, InvokeMethod.OFFICIAL_ACCOUNT).action
        assert action is not None
        assert desk.sandbox.present("wechat", action.params) == {"result": "ok", "reason": ""}
        assert desk.query(serial_no).outcome is Outcome.SUCCEEDED

    def test_payer_is_the_same_every_time(self, direct: Desk) -> None:
        first = direct.login()
        assert first.outcome is Outcome.SUCCEEDED
        assert direct.login() == first
        direct.sandbox.control("wechat/settings", payer="somebody else")
        assert direct.login() != first

    def test_code_serves_once(self, direct: Desk) -> None:
        code = direct.code()
        assert direct.identify(code).outcome is Outcome.SUCCEEDED
        used = direct.identify(code)
        assert used.outcome is Outcome.FAILED
        assert used.failure is not None
        assert used.failure.code == "40163"

    def test_code_is_refused_after_five_minutes(self, direct: Desk) -> None:
        code = direct.code()
        direct.sandbox.control("clock", advance_seconds=300)
        assert direct.identify(code).outcome is Outcome.FAILED

    def test_another_secret_is_refused_in_words(self, direct: Desk) -> None:
        secret = Credential("official_account_secret", direct.account.appid, "0" * 32)
        account = replace(direct.account, credentials=(secret, *direct.account.credentials))
        refused = replace(direct, account=account).identify(direct.code())
        assert refused.outcome is Outcome.FAILED
        assert refused.failure is not None
        assert "invalid appsecret" in refused.failure.message

    @pytest.mark.parametrize("fault", ["drop_before", "drop_after", "system_busy"])
    def test_uncertain_answer_names_nobody_and_a_new_login_does(
        self, direct: Desk, fault: str
    ) -> None:
        direct.fault(fault, "identify")
        unknown = direct.login()
        assert (unknown.outcome, unknown.payer) == (Outcome.UNKNOWN, None)
        assert direct.login().outcome is Outcome.SUCCEEDED


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "ordered"),
        [
            ("drop_before", False),
            ("drop_after", True),
            ("error_executed", True),
            ("error_not_executed", False),
            ("accepted_202", False),
            ("rate_limited", False),
            ("bad_signature", True),
            ("signtest", True),
            ("unknown_serial", True),
        ],
    )
    def test_uncertain_answer_to_a_payment_is_cleared_up_by_query_and_repeat(
        self, direct: Desk, fault: str, ordered: bool
    ) -> None:
        serial_no = new_number("P")
        direct.fault(fault, "pay")
        assert direct.pay(serial_no).outcome is Outcome.UNKNOWN
        report = direct.query(serial_no)
        assert report.missing is not ordered
        assert report.outcome is (Outcome.PENDING if ordered else Outcome.UNKNOWN)

    @pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_executed", "signtest"])
    def test_uncertain_refund_is_one_refund_after_a_repeat(self, direct: Desk, fault: str) -> None:
        serial_no, refund_serial_no = direct.paid(), new_number("R")
        direct.fault(fault, "refund")
        assert direct.refund(serial_no, refund_serial_no).outcome is Outcome.UNKNOWN
        assert direct.refund(serial_no, refund_serial_no).outcome is not Outcome.UNKNOWN
        assert direct.next_event()[1].outcome is Outcome.SUCCEEDED
        assert direct.refund_query(serial_no, refund_serial_no).amount == 990

    @pytest.mark.parametrize("tamper", ["tampered_body", "bad_signature", "signtest"])
    def test_tampered_callback_is_rejected_and_the_genuine_one_read(
        self, direct: Desk, tamper: str
    ) -> None:
        serial_no = direct.paid()
        direct.sandbox.control("wechat/callbacks", serial_no=serial_no, tamper=tamper)
        _, callback = direct.receiver.next()
        with pytest.raises(CallbackRejected):
            CHANNEL.parse_callback(direct.account, callback)
        direct.sandbox.control("wechat/callbacks", serial_no=serial_no)
        assert direct.next_event()[1].outcome is Outcome.SUCCEEDED
