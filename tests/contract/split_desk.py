"""Splits over real HTTP: what every channel that splits does alike against the sandbox.

A channel's suite subclasses ``SplitsAgainstSandbox``, offers a ``desk`` and inherits every test.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any, ClassVar

import pytest

from gateway.contract import Channel
from gateway.messages import (
    ChannelAccount,
    InvokeMethod,
    Outcome,
    Payer,
    PaymentRef,
    PaymentReport,
    PayRequest,
    PayResult,
)
from gateway.split_messages import (
    BindingReport,
    Receiver,
    ReceiverBinding,
    ReleaseReport,
    ReleaseRequest,
    Share,
    SplitReport,
    SplitRequest,
)
from paycenter.kernel import clock
from tests.contract.sandbox import CallbackReceiver, HttpTransport, Sandbox

PRICE = 1990
FIRST_SHARE, SECOND_SHARE = 500, 97
"""Together 30 % of the price: as much as may be shared."""
REST = PRICE - FIRST_SHARE - SECOND_SHARE
UNCERTAIN = ("drop_before", "drop_after", "error_executed", "error_not_executed", "bad_signature")
_NOT_EXECUTED = ("drop_before", "error_not_executed")
_numbers = count(1)


def new_number(prefix: str) -> str:
    """A number nobody used before."""
    return f"{prefix}261122090000{next(_numbers):011d}"


@dataclass
class SplitDesk:
    """One payee at the sandbox, and two receivers of it."""

    channel: Channel
    sandbox: Sandbox
    receiver: CallbackReceiver
    account: ChannelAccount
    bindings: tuple[ReceiverBinding, ReceiverBinding]

    transport = HttpTransport()

    @property
    def code(self) -> str:
        """How the sandbox calls the channel."""
        return self.account.channel

    @property
    def shares(self) -> tuple[Share, Share]:
        """As much as may be shared."""
        first, second = (binding.receiver for binding in self.bindings)
        return (Share(first, FIRST_SHARE, "物业费分成"), Share(second, SECOND_SHARE, "服务费"))

    def pay(self, serial_no: str, method: InvokeMethod, *, freeze: bool = True) -> PayResult:
        """Order a payment."""
        request = PayRequest(
            serial_no=serial_no,
            amount=PRICE,
            currency="CNY",
            subject="物业费 2026-01",
            invoke_method=method,
            expires_at=clock.now() + timedelta(minutes=30),
            payer=Payer(
                openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
                buyer_id="2088102146225135",
                client_ip="203.0.113.9",
            ),
            return_url="https://app.test/paid?order=A1",
            freeze_for_split=freeze,
        )
        return self.channel.pay(self.account, request, self.transport)

    def paid(
        self, method: InvokeMethod = InvokeMethod.MINI_PROGRAM, *, freeze: bool = True
    ) -> PaymentRef:
        """Return a payment that somebody paid, its callback taken."""
        serial_no = new_number("P")
        result = self.pay(serial_no, method, freeze=freeze)
        assert result.action is not None, result.failure
        launch = result.action.params.values() if method in self.channel.local_launch else ()
        for link in launch:
            self.sandbox.control(f"{self.code}/pay", serial_no=serial_no, launch=link)
        if not launch:
            self.sandbox.control(f"{self.code}/pay", serial_no=serial_no)
        _, callback = self.receiver.next()
        event = self.channel.parse_callback(self.account, callback)
        assert isinstance(event, PaymentReport)
        return PaymentRef(serial_no, event.channel_serial_no)

    def bind(self, binding: ReceiverBinding) -> BindingReport:
        """Bind a receiver."""
        return self.channel.splitting().bind_receiver(self.account, binding, self.transport)

    def unbind(self, binding: ReceiverBinding) -> BindingReport:
        """Unbind a receiver."""
        return self.channel.splitting().unbind_receiver(self.account, binding, self.transport)

    def bind_all(self) -> None:
        """Bind both receivers."""
        for binding in self.bindings:
            assert self.bind(binding).outcome is Outcome.SUCCEEDED

    def request(
        self, payment: PaymentRef, *shares: Share, release_rest: bool = False
    ) -> SplitRequest:
        """A new split; without shares it is the usual one."""
        return SplitRequest(new_number("S"), payment, shares or self.shares, release_rest)

    def split(self, request: SplitRequest) -> SplitReport:
        """Send a split."""
        return self.channel.splitting().split(self.account, request, self.transport)

    def ask(self, request: SplitRequest) -> SplitReport:
        """Query a split."""
        return self.channel.splitting().split_query(self.account, request, self.transport)

    def done(self, request: SplitRequest) -> SplitReport:
        """Send a split and ask for it when a second has passed."""
        assert self.split(request).outcome is Outcome.PENDING
        self.pass_a_second()
        return self.ask(request)

    def release(self, payment: PaymentRef, number: str) -> ReleaseReport:
        """Free the rest."""
        request = ReleaseRequest(number, payment, "分账完结")
        return self.channel.splitting().release(self.account, request, self.transport)

    def left(self, payment: PaymentRef) -> int | None:
        """What can still be split."""
        splits = self.channel.splitting()
        return splits.left_amount(self.account, payment, self.transport).amount

    def pass_a_second(self) -> None:
        """Let the channel decide what waits."""
        self.sandbox.control("clock", advance_seconds=1)

    def fault(self, name: str, operation: str) -> None:
        """Let something go wrong once."""
        self.sandbox.control("faults", channel=self.code, operation=operation, fault=name)

    def behaves(self, receiver: Receiver, **how: Any) -> None:
        """Set a receiver's account up."""
        self.sandbox.control(f"{self.code}/receivers", account=receiver.account, **how)

    def books(self, payment: PaymentRef) -> dict[str, Any]:
        """What the channel wrote down about a payment."""
        orders = self.sandbox.books(self.code)["orders"]
        return next(line for line in orders if line["serial_no"] == payment.serial_no)


class SplitsAgainstSandbox:
    """Subclass as ``TestXSplits`` in a module with a fixture ``desk``."""

    release_operation: ClassVar[str] = "release"
    """How the sandbox calls the release."""

    @pytest.mark.parametrize("method", InvokeMethod)
    def test_money_of_every_product_is_frozen(self, desk: SplitDesk, method: InvokeMethod) -> None:
        if method not in desk.channel.methods:
            pytest.skip("the channel has no such product")
        payment = desk.paid(method)
        desk.release(payment, new_number("L"))
        desk.pass_a_second()
        (release,) = desk.books(payment)["releases"]
        assert release["released"] == PRICE

    def test_shares_are_given_and_told(self, desk: SplitDesk) -> None:
        desk.bind_all()
        payment = desk.paid()
        assert desk.left(payment) == PRICE
        request = desk.request(payment)
        sent = desk.split(request)
        assert (sent.outcome, sent.channel_split_no != "") == (Outcome.PENDING, True)
        desk.pass_a_second()
        report = desk.ask(request)
        assert report.outcome is Outcome.SUCCEEDED
        for share, told in zip(request.shares, report.shares, strict=True):
            assert (told.receiver, told.amount) == (share.receiver, share.amount)
            assert told.outcome is Outcome.SUCCEEDED
            assert told.channel_share_no
            assert told.finished_at is not None
        assert desk.left(payment) == REST
        assert self._booked(desk, request) == [
            (request.shares[0].receiver.account, FIRST_SHARE, "succeeded"),
            (request.shares[1].receiver.account, SECOND_SHARE, "succeeded"),
        ]

    def test_binding_and_unbinding_may_be_repeated(self, desk: SplitDesk) -> None:
        binding = desk.bindings[0]
        for act in (desk.bind, desk.bind, desk.unbind):
            assert act(binding).outcome is Outcome.SUCCEEDED
        assert _is_done(desk.unbind(binding))
        assert desk.bind(binding).outcome is Outcome.SUCCEEDED

    def test_name_is_read_and_checked_by_the_channel(self, desk: SplitDesk) -> None:
        binding = replace(desk.bindings[1], name="张三丰")
        desk.behaves(binding.receiver, name="张三丰")
        assert desk.bind(binding).outcome is Outcome.SUCCEEDED
        report = desk.bind(replace(binding, name="李四"))
        assert report.outcome is Outcome.FAILED
        assert report.failure is not None
        assert "张三丰" not in repr(report)

    def test_receiver_that_is_not_bound_gets_nothing(self, desk: SplitDesk) -> None:
        payment = desk.paid()
        request = desk.request(payment)
        assert desk.split(request).outcome is Outcome.FAILED
        assert desk.ask(request).missing
        assert desk.left(payment) == PRICE

    def test_more_than_the_ratio_is_refused(self, desk: SplitDesk) -> None:
        desk.bind_all()
        share = replace(desk.shares[0], amount=FIRST_SHARE + SECOND_SHARE + 1)
        request = desk.request(desk.paid(), share)
        report = desk.split(request)
        assert report.outcome is Outcome.FAILED
        assert report.failure is not None
        assert desk.ask(request).missing

    @pytest.mark.parametrize("fault", UNCERTAIN)
    def test_uncertain_split_is_one_split_after_a_repeat(self, desk: SplitDesk, fault: str) -> None:
        desk.bind_all()
        request = desk.request(desk.paid())
        desk.fault(fault, "split")
        assert desk.split(request).outcome is Outcome.UNKNOWN
        assert desk.ask(request).missing is (fault in _NOT_EXECUTED)
        assert desk.done(request).outcome is Outcome.SUCCEEDED
        assert [amount for _, amount, _ in self._booked(desk, request)] == [
            FIRST_SHARE,
            SECOND_SHARE,
        ]

    @pytest.mark.parametrize("fault", UNCERTAIN)
    def test_uncertain_release_is_one_release_after_a_repeat(
        self, desk: SplitDesk, fault: str
    ) -> None:
        payment, number = desk.paid(), new_number("L")
        desk.fault(fault, self.release_operation)
        assert desk.release(payment, number).outcome is Outcome.UNKNOWN
        desk.pass_a_second()
        assert desk.release(payment, number).outcome in (Outcome.PENDING, Outcome.SUCCEEDED)
        desk.pass_a_second()
        assert desk.release(payment, number).outcome is Outcome.SUCCEEDED
        (release,) = desk.books(payment)["releases"]
        assert (release["release_serial_no"], release["released"]) == (number, PRICE)

    @pytest.mark.parametrize("operation", ["bind_receiver", "unbind_receiver"])
    @pytest.mark.parametrize("fault", ["drop_after", "error_executed", "bad_signature"])
    def test_uncertain_binding_may_be_repeated(
        self, desk: SplitDesk, operation: str, fault: str
    ) -> None:
        act = desk.bind if operation == "bind_receiver" else desk.unbind
        desk.bind_all()
        desk.fault(fault, operation)
        assert act(desk.bindings[0]).outcome is Outcome.UNKNOWN
        assert _is_done(act(desk.bindings[0]))

    @pytest.mark.parametrize("fault", ["drop_before", "error_executed", "bad_signature"])
    def test_uncertain_answer_to_a_question_is_not_missing(
        self, desk: SplitDesk, fault: str
    ) -> None:
        desk.bind_all()
        payment = desk.paid()
        request = desk.request(payment)
        desk.done(request)
        desk.fault(fault, "split_query")
        report = desk.ask(request)
        assert (report.outcome, report.missing, report.shares) == (Outcome.UNKNOWN, False, ())
        desk.fault(fault, "left_amount")
        assert desk.left(payment) is None

    def test_answer_about_another_amount_is_unknown(self, desk: SplitDesk) -> None:
        desk.bind_all()
        request = desk.request(desk.paid())
        desk.done(request)
        desk.fault("wrong_amount", "split_query")
        assert desk.ask(request).outcome is Outcome.UNKNOWN
        assert desk.ask(request).outcome is Outcome.SUCCEEDED

    def test_rest_is_released_with_the_split(self, desk: SplitDesk) -> None:
        desk.bind_all()
        payment = desk.paid()
        report = desk.done(desk.request(payment, release_rest=True))
        assert [share.outcome for share in report.shares] == [Outcome.SUCCEEDED] * 2
        assert desk.left(payment) == 0
        (split,) = desk.books(payment)["splits"]
        assert split["released"] == REST
        assert report.released in (None, REST)

    def test_rest_is_released_after_the_split(self, desk: SplitDesk) -> None:
        desk.bind_all()
        payment = desk.paid()
        desk.done(desk.request(payment))
        number = new_number("L")
        desk.release(payment, number)
        desk.pass_a_second()
        assert desk.release(payment, number).outcome is Outcome.SUCCEEDED
        (release,) = desk.books(payment)["releases"]
        assert release["released"] == REST
        assert desk.left(payment) == 0

    def test_split_after_the_release_is_refused(self, desk: SplitDesk) -> None:
        desk.bind_all()
        payment = desk.paid()
        desk.release(payment, new_number("L"))
        desk.pass_a_second()
        request = desk.request(payment)
        assert desk.split(request).outcome is Outcome.FAILED
        assert desk.ask(request).missing

    def _booked(self, desk: SplitDesk, request: SplitRequest) -> list[tuple[str, int, str]]:
        """Return account, fen and state of each share the channel wrote down; one split only."""
        (split,) = desk.books(request.payment)["splits"]
        assert split["split_serial_no"] == request.split_serial_no
        return [(share["account"], share["amount"], share["state"]) for share in split["shares"]]


def _is_done(report: BindingReport) -> bool:
    """Whether a binding is what it was to become; an unbinding may find nothing to unbind."""
    return report.outcome is Outcome.SUCCEEDED or report.missing
