"""WeChat Pay's profit sharing over real HTTP: the channel against the sandbox."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.contract import ConfigurationError
from gateway.messages import CallbackRejected, Outcome, PaymentRef, SplitNews
from gateway.split_messages import (
    Receiver,
    ReceiverBinding,
    ReceiverKind,
    Relation,
    ReturnReport,
    ReturnRequest,
    Share,
    SplitRequest,
)
from tests.contract.sandbox import CallbackReceiver, Sandbox, running_sandbox
from tests.contract.split_desk import (
    FIRST_SHARE,
    PRICE,
    SplitDesk,
    SplitsAgainstSandbox,
    new_number,
)
from tests.contract.test_wechat_against_sandbox import (
    CHANNEL,
    SUB_MCHID,
    Desk,
    direct_account,
    with_certificates,
)

COMPANY = Receiver(ReceiverKind.MERCHANT, "1900099301")
PERSON = Receiver(ReceiverKind.OPENID, "oManager00000000000000000001")
BINDINGS = (
    ReceiverBinding("B1", COMPANY, "示例物业总公司", Relation.HEADQUARTER),
    ReceiverBinding("B2", PERSON, "张三丰", Relation.CUSTOM, "业委会"),
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
    return sandbox.control("wechat/merchants", sub_merchants={SUB_MCHID: ["wxsub0000000000001"]})


@pytest.fixture
def direct(sandbox: Sandbox, receiver: CallbackReceiver, merchant: dict[str, Any]) -> SplitDesk:
    return fresh_desk(sandbox, receiver, merchant)


@pytest.fixture
def partner(sandbox: Sandbox, receiver: CallbackReceiver, provider: dict[str, Any]) -> SplitDesk:
    desk = fresh_desk(sandbox, receiver, provider)
    account = replace(
        desk.account,
        mchid=SUB_MCHID,
        appid="wxsub0000000000001",
        mini_program_appid="",
        provider_mchid=provider["mchid"],
        provider_appid=provider["appids"][0],
    )
    return replace(desk, account=account)


@pytest.fixture(params=["direct", "partner", "direct with certificates"])
def desk(request: pytest.FixtureRequest) -> SplitDesk:
    kind, _, certificates = request.param.partition(" ")
    found: SplitDesk = request.getfixturevalue(kind)
    if not certificates:
        return found
    found.sandbox.control("wechat/settings", signing_mode="certificate")
    holder = Desk(found.sandbox, found.receiver, found.account)
    return replace(found, account=with_certificates(holder, public_key=False).account)


def fresh_desk(sandbox: Sandbox, receiver: CallbackReceiver, held: dict[str, Any]) -> SplitDesk:
    sandbox.control("reset")
    receiver.forget()
    account = direct_account(sandbox, receiver, held)
    return SplitDesk(CHANNEL, sandbox, receiver, account, BINDINGS)


class TestWeChatSplits(SplitsAgainstSandbox):
    def test_shares_that_wait_keep_the_split_pending(self, desk: SplitDesk) -> None:
        desk.bind_all()
        request = desk.request(desk.paid())
        sent = desk.split(request)
        assert desk.split(request) == desk.ask(request) == sent
        assert [share.outcome for share in sent.shares] == [Outcome.PENDING] * 2

    def test_one_share_fails_and_the_other_does_not(self, desk: SplitDesk) -> None:
        desk.bind_all()
        desk.behaves(PERSON, fail_reason="RECEIVER_REAL_NAME_NOT_VERIFIED")
        payment = desk.paid()
        report = desk.done(desk.request(payment))
        assert [share.outcome for share in report.shares] == [Outcome.SUCCEEDED, Outcome.FAILED]
        failure = report.shares[1].failure
        assert failure is not None
        assert failure.code == "RECEIVER_REAL_NAME_NOT_VERIFIED"
        assert desk.left(payment) == PRICE - FIRST_SHARE

    def test_payment_that_was_not_frozen_is_neither_split_nor_released(
        self, desk: SplitDesk
    ) -> None:
        desk.bind_all()
        payment = desk.paid(freeze=False)
        assert desk.split(desk.request(payment)).outcome is Outcome.FAILED
        assert desk.release(payment, new_number("L")).outcome is Outcome.FAILED
        assert desk.left(payment) is None

    def test_release_tells_what_it_freed(self, desk: SplitDesk) -> None:
        payment, number = desk.paid(), new_number("L")
        assert desk.release(payment, number).outcome is Outcome.PENDING
        desk.pass_a_second()
        report = desk.release(payment, number)
        assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, PRICE)
        assert report.finished_at is not None

    def test_ratio_is_told_to_service_providers_only(
        self, partner: SplitDesk, direct: SplitDesk
    ) -> None:
        report = partner.channel.splitting().max_ratio(partner.account, partner.transport)
        assert (report.outcome, report.ppm) == (Outcome.SUCCEEDED, 300_000)
        with pytest.raises(ConfigurationError):
            direct.channel.splitting().max_ratio(direct.account, direct.transport)

    def test_unknown_numbers_are_missing(self, desk: SplitDesk) -> None:
        assert desk.ask(desk.request(desk.paid())).missing
        assert desk.ask(desk.request(PaymentRef(new_number("P"), "42"))).missing


class TestReturns:
    def test_share_is_taken_back_and_told(self, desk: SplitDesk) -> None:
        request = _shared(desk)
        back = _return(request, 300)
        report = _take_back(desk, back)
        assert report.outcome is Outcome.SUCCEEDED
        assert (report.return_serial_no, report.channel_return_no != "") == (
            back.return_serial_no,
            True,
        )
        assert _take_back(desk, back) == _ask_back(desk, back) == report
        assert _booked_returns(desk, request) == [(back.return_serial_no, 300, "succeeded")]

    def test_return_that_takes_its_time_is_pending(self, desk: SplitDesk) -> None:
        desk.sandbox.control("wechat/settings", return_finish_seconds=60)
        back = _return(_shared(desk), 300)
        assert _take_back(desk, back).outcome is Outcome.PENDING
        assert _ask_back(desk, back).outcome is Outcome.PENDING
        desk.sandbox.control("clock", advance_seconds=60)
        assert _ask_back(desk, back).outcome is Outcome.SUCCEEDED

    def test_return_that_fails_says_why(self, desk: SplitDesk) -> None:
        desk.sandbox.control("wechat/settings", return_finish_seconds=None)
        back = _return(_shared(desk), 300)
        _take_back(desk, back)
        decision = {"return_serial_no": back.return_serial_no, "state": "failed"}
        desk.sandbox.control("wechat/returns", **decision, fail_reason="PAYER_ACCOUNT_ABNORMAL")
        report = _ask_back(desk, back)
        assert report.outcome is Outcome.FAILED
        assert report.failure is not None
        assert report.failure.code == "PAYER_ACCOUNT_ABNORMAL"

    def test_return_the_receiver_cannot_pay_waits_for_its_money(self, direct: SplitDesk) -> None:
        back = _return(_shared(direct), 300)
        direct.fault("receiver_not_enough", "split_return")
        assert _take_back(direct, back).outcome is Outcome.UNKNOWN
        assert not _ask_back(direct, back).missing

    def test_receiver_may_refuse_and_gives_no_more_than_it_got(self, desk: SplitDesk) -> None:
        request = _shared(desk)
        assert _take_back(desk, _return(request, FIRST_SHARE + 1)).outcome is Outcome.FAILED
        desk.behaves(COMPANY, refuses_returns=True)
        refused = _return(request, 1)
        assert _take_back(desk, refused).outcome is Outcome.FAILED
        assert _ask_back(desk, refused).missing
        assert _booked_returns(desk, request) == []

    @pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_executed"])
    def test_uncertain_return_is_one_return_after_a_repeat(
        self, direct: SplitDesk, fault: str
    ) -> None:
        request = _shared(direct)
        back = _return(request, 300)
        direct.fault(fault, "split_return")
        assert _take_back(direct, back).outcome is Outcome.UNKNOWN
        assert _ask_back(direct, back).missing is (fault == "drop_before")
        assert _take_back(direct, back).outcome is Outcome.SUCCEEDED
        assert _booked_returns(direct, request) == [(back.return_serial_no, 300, "succeeded")]

    def test_answer_about_another_amount_is_unknown(self, direct: SplitDesk) -> None:
        back = _return(_shared(direct), 300)
        _take_back(direct, back)
        direct.fault("wrong_amount", "return_query")
        report = _ask_back(direct, back)
        assert (report.outcome, report.missing) == (Outcome.UNKNOWN, False)


class TestNews:
    """A share is told to the merchant that got it; here it is another account of ours."""

    @pytest.fixture
    def owner(self, direct: SplitDesk) -> SplitDesk:
        """The merchant that gets a share."""
        held = direct.sandbox.control("wechat/merchants")
        account = direct_account(direct.sandbox, direct.receiver, held)
        return replace(direct, account=account)

    @pytest.fixture
    def request_(self, direct: SplitDesk, owner: SplitDesk) -> SplitRequest:
        """A split of which the owner was told."""
        receiver = Receiver(ReceiverKind.MERCHANT, owner.account.mchid)
        direct.behaves(receiver, name="收款商户", notify_url=direct.receiver.url)
        binding = ReceiverBinding("B3", receiver, "收款商户")
        assert direct.bind(binding).outcome is Outcome.SUCCEEDED
        request = direct.request(direct.paid(), Share(receiver, 1, "分成"))
        direct.done(request)
        return request

    def test_merchant_that_got_a_share_reads_of_it(
        self, owner: SplitDesk, request_: SplitRequest
    ) -> None:
        path, news = owner.receiver.next()
        assert path.startswith("/callbacks/")
        assert CHANNEL.parse_callback(owner.account, news) == SplitNews(
            request_.payment.channel_serial_no, request_.split_serial_no
        )

    @pytest.mark.parametrize("tamper", ["tampered_body", "bad_signature"])
    def test_tampered_news_is_rejected(
        self, owner: SplitDesk, request_: SplitRequest, tamper: str
    ) -> None:
        owner.receiver.next()
        number = request_.split_serial_no
        owner.sandbox.control("wechat/callbacks", serial_no=number, tamper=tamper)
        _, news = owner.receiver.next()
        with pytest.raises(CallbackRejected):
            CHANNEL.parse_callback(owner.account, news)

    def test_news_for_another_merchant_is_rejected(
        self, direct: SplitDesk, owner: SplitDesk, request_: SplitRequest
    ) -> None:
        del request_
        _, news = owner.receiver.next()
        with pytest.raises(CallbackRejected):
            CHANNEL.parse_callback(direct.account, news)


def _shared(desk: SplitDesk) -> SplitRequest:
    """A split whose shares were given."""
    desk.bind_all()
    request = desk.request(desk.paid())
    assert desk.done(request).outcome is Outcome.SUCCEEDED
    return request


def _return(request: SplitRequest, amount: int) -> ReturnRequest:
    return ReturnRequest(new_number("T"), request.split_serial_no, COMPANY, amount, "退款退回分账")


def _take_back(desk: SplitDesk, request: ReturnRequest) -> ReturnReport:
    return desk.channel.splitting().return_share(desk.account, request, desk.transport)


def _ask_back(desk: SplitDesk, request: ReturnRequest) -> ReturnReport:
    return desk.channel.splitting().return_query(desk.account, request, desk.transport)


def _booked_returns(desk: SplitDesk, request: SplitRequest) -> list[tuple[str, int, str]]:
    (split,) = desk.books(request.payment)["splits"]
    return [(one["return_serial_no"], one["amount"], one["state"]) for one in split["returns"]]
