"""Alipay's splits over real HTTP: the channel against the sandbox."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from gateway.messages import (
    CallbackRejected,
    Outcome,
    PaymentRef,
    RefundRef,
    RefundReport,
    RefundRequest,
    SplitNews,
)
from gateway.sandbox.alipay.identity import AlipayApp
from gateway.sandbox.identity import load_or_create
from gateway.split_messages import (
    Receiver,
    ReceiverBinding,
    ReceiverKind,
    Share,
    SplitRefundRequest,
    SplitRequest,
)
from tests.contract.sandbox import CallbackReceiver, Sandbox, running_sandbox
from tests.contract.split_desk import (
    FIRST_SHARE,
    PRICE,
    REST,
    SECOND_SHARE,
    SplitDesk,
    SplitsAgainstSandbox,
    new_number,
)
from tests.contract.test_alipay_against_sandbox import (
    CHANNEL,
    MERCHANT_OF_PROVIDER,
    account_of,
)
from tests.sandbox.alipay.merchant import Merchant

COMPANY = Receiver(ReceiverKind.USER_ID, "2088101117955611")
PERSON = Receiver(ReceiverKind.LOGIN_NAME, "manager@property.example")
BINDINGS = (
    ReceiverBinding("B1", COMPANY, relation_text="总公司"),
    ReceiverBinding("B2", PERSON, name="张三丰"),
)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def sandbox(data_dir: Path) -> Iterator[Sandbox]:
    with running_sandbox(data_dir) as running:
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


@pytest.fixture(params=["public key", "certificate", "provider"])
def desk(
    request: pytest.FixtureRequest,
    sandbox: Sandbox,
    receiver: CallbackReceiver,
    held: dict[str, dict[str, Any]],
) -> SplitDesk:
    return fresh_desk(sandbox, receiver, request.param, held[request.param])


@pytest.fixture
def direct(
    sandbox: Sandbox, receiver: CallbackReceiver, held: dict[str, dict[str, Any]]
) -> SplitDesk:
    return fresh_desk(sandbox, receiver, "public key", held["public key"])


def fresh_desk(
    sandbox: Sandbox, receiver: CallbackReceiver, mode: str, app: dict[str, Any]
) -> SplitDesk:
    sandbox.control("reset")
    receiver.forget()
    account = account_of(sandbox, receiver, mode, app)
    return SplitDesk(CHANNEL, sandbox, receiver, account, BINDINGS)


class TestAlipaySplits(SplitsAgainstSandbox):
    release_operation = "split"

    def test_one_account_that_fails_fails_the_split(self, desk: SplitDesk) -> None:
        desk.bind_all()
        reason = "ROYALTY_RECEIVER_ACCOUNT_NOT_CERTIFY"
        desk.behaves(PERSON, fail_reason=reason)
        payment = desk.paid()
        request = desk.request(payment)
        report = desk.split(request)
        assert report.outcome is Outcome.FAILED
        assert report.failure is not None
        assert report.failure.code == f"ACQ.{reason}"
        assert desk.ask(request).missing
        assert desk.left(payment) == PRICE

    def test_shares_that_fail_later_are_told(self, desk: SplitDesk) -> None:
        desk.sandbox.control("alipay/settings", split_finish_seconds=1)
        desk.bind_all()
        desk.behaves(PERSON, fail_reason="MERCHANT_RISK_LIMIT")
        payment = desk.paid()
        request = desk.request(payment)
        desk.split(request)
        waiting = desk.ask(request)
        assert waiting.outcome is Outcome.PENDING
        assert [share.outcome for share in waiting.shares] == [Outcome.PENDING] * 2
        desk.pass_a_second()
        report = desk.ask(request)
        assert report.outcome is Outcome.SUCCEEDED
        assert [share.outcome for share in report.shares] == [Outcome.FAILED] * 2
        failure = report.shares[0].failure
        assert failure is not None
        assert failure.code == "MERCHANT_RISK_LIMIT"
        assert desk.left(payment) == PRICE

    def test_split_reported_as_broken_may_be_done(self, desk: SplitDesk) -> None:
        desk.bind_all()
        request = desk.request(desk.paid())
        desk.fault("settle_error_executed", "split")
        assert desk.split(request).outcome is Outcome.UNKNOWN
        assert desk.ask(request).outcome is Outcome.SUCCEEDED

    def test_nothing_is_left_to_release_twice(self, desk: SplitDesk) -> None:
        payment = desk.paid()
        assert desk.release(payment, new_number("L")).outcome is Outcome.SUCCEEDED
        assert desk.release(payment, new_number("L")).outcome is Outcome.SUCCEEDED
        (release,) = desk.books(payment)["releases"]
        assert release["released"] == PRICE

    def test_ratio_is_told(self, desk: SplitDesk) -> None:
        desk.sandbox.control("alipay/settings", max_ratio=45)
        report = CHANNEL.splitting().max_ratio(desk.account, desk.transport)
        assert (report.outcome, report.ppm) == (Outcome.SUCCEEDED, 450_000)

    def test_unknown_numbers_are_missing(self, desk: SplitDesk) -> None:
        assert desk.ask(desk.request(desk.paid())).missing
        assert desk.ask(desk.request(PaymentRef(new_number("P"), "2026010122001"))).missing


class TestRefunds:
    def test_refund_takes_the_share_back(self, desk: SplitDesk) -> None:
        payment = _split(desk)
        refund = _refund(payment, PRICE - SECOND_SHARE)
        report = _send(desk, refund, Share(COMPANY, FIRST_SHARE, "退款退回分账"))
        assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, refund.amount)
        (booked,) = desk.books(payment)["refunds"]
        assert booked["taken_back"] == [{"account": COMPANY.account, "amount": FIRST_SHARE}]
        ref = RefundRef(refund.refund_serial_no, payment)
        asked = CHANNEL.refund_query(desk.account, ref, desk.transport)
        assert (asked.outcome, asked.amount) == (Outcome.SUCCEEDED, refund.amount)

    def test_refund_without_the_share_waits_for_the_release(self, desk: SplitDesk) -> None:
        payment = _split(desk)
        refund = _refund(payment, REST + 1)
        refused = CHANNEL.refund(desk.account, refund, desk.transport)
        assert refused.outcome is Outcome.FAILED
        desk.release(payment, new_number("L"))
        sent = CHANNEL.refund(desk.account, refund, desk.transport)
        assert sent.outcome is Outcome.SUCCEEDED

    def test_more_than_the_share_is_refused(self, desk: SplitDesk) -> None:
        payment = _split(desk)
        too_much = Share(COMPANY, FIRST_SHARE + 1, "退")
        assert _send(desk, _refund(payment, PRICE), too_much).outcome is Outcome.FAILED
        assert desk.books(payment)["refunds"] == []

    @pytest.mark.parametrize("fault", ["drop_before", "drop_after", "system_error_executed"])
    def test_uncertain_refund_is_one_refund_after_a_repeat(
        self, direct: SplitDesk, fault: str
    ) -> None:
        payment = _split(direct)
        refund = _refund(payment, PRICE - SECOND_SHARE)
        share = Share(COMPANY, FIRST_SHARE, "退")
        direct.fault(fault, "refund")
        assert _send(direct, refund, share).outcome is Outcome.UNKNOWN
        assert _send(direct, refund, share).outcome in (Outcome.PENDING, Outcome.SUCCEEDED)
        (booked,) = direct.books(payment)["refunds"]
        assert booked["taken_back"] == [{"account": COMPANY.account, "amount": FIRST_SHARE}]


class TestNews:
    """Alipay tells an app of splits in the mode async, which another program of it sent."""

    @pytest.fixture
    def app(self, data_dir: Path) -> AlipayApp:
        """The app, with its keys."""
        return load_or_create(data_dir).alipay.merchant

    @pytest.fixture
    def told(self, sandbox: Sandbox, receiver: CallbackReceiver, app: AlipayApp) -> SplitDesk:
        """The app, and where it is told."""
        desk = fresh_desk(sandbox, receiver, "public key", asdict(app))
        sandbox.control("alipay/gateway", app_id=app.app_id, url=receiver.url)
        desk.bind_all()
        return desk

    @pytest.fixture
    def request_(self, told: SplitDesk, app: AlipayApp) -> SplitRequest:
        """A split of which the app was told."""
        request = told.request(told.paid(), Share(COMPANY, 500, ""))
        share = {"trans_in_type": "userId", "trans_in": COMPANY.account, "amount": "5.00"}
        biz = {
            "out_request_no": request.split_serial_no,
            "trade_no": request.payment.channel_serial_no,
            "royalty_parameters": [share],
            "royalty_mode": "async",
        }
        assert Merchant(told.sandbox.base_url, app).call("order.settle", biz).code == "10000"
        told.pass_a_second()
        return request

    def test_app_reads_of_a_split(self, told: SplitDesk, request_: SplitRequest) -> None:
        _, news = told.receiver.next()
        assert CHANNEL.parse_callback(told.account, news) == SplitNews(
            request_.payment.channel_serial_no, request_.split_serial_no
        )
        assert told.ask(request_).outcome is Outcome.SUCCEEDED

    @pytest.mark.parametrize("tamper", ["tampered_body", "bad_signature", "unsigned", "wrong_app"])
    def test_tampered_news_is_rejected(
        self, told: SplitDesk, request_: SplitRequest, tamper: str
    ) -> None:
        told.receiver.next()
        number = request_.split_serial_no
        told.sandbox.control("alipay/callbacks", serial_no=number, tamper=tamper)
        _, news = told.receiver.next()
        with pytest.raises(CallbackRejected):
            CHANNEL.parse_callback(told.account, news)


def _split(desk: SplitDesk) -> PaymentRef:
    """A payment whose shares were given."""
    desk.bind_all()
    payment = desk.paid()
    assert desk.done(desk.request(payment)).outcome is Outcome.SUCCEEDED
    return payment


def _refund(payment: PaymentRef, amount: int) -> RefundRequest:
    return RefundRequest(new_number("R"), payment, amount, PRICE, "CNY", "重复缴费")


def _send(desk: SplitDesk, refund: RefundRequest, *returned: Share) -> RefundReport:
    request = SplitRefundRequest(refund, returned)
    return CHANNEL.splitting().refund(desk.account, request, desk.transport)
