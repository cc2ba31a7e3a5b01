"""How a fake channel divides payments: keeps books of it, as ``fake_channel`` does of payments.

Unless told otherwise it is a good channel: it takes a split, decides every share when it is asked
about it, gives shares back at once and frees the rest. ``failing`` accounts get nothing,
``waiting`` ones are not decided yet, ``refusing`` ones give nothing back.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from gateway.contract import Transport
from gateway.messages import (
    ChannelAccount,
    Failure,
    Operation,
    Outcome,
    PaymentRef,
    RefundReport,
)
from gateway.split_contract import ReturnWay, SplitChannel, SplitTerms
from gateway.split_messages import (
    BindingReport,
    LeftAmountReport,
    MaxRatioReport,
    ReceiverBinding,
    ReceiverKind,
    ReleaseReport,
    ReleaseRequest,
    ReturnReport,
    ReturnRequest,
    ShareReport,
    SplitRefundRequest,
    SplitReport,
    SplitRequest,
)
from paycenter.kernel.clock import now
from tests.support.fake_channel import FakeChannel

DAY = 86_400
REFUSED = Failure("ACCOUNT_ABNORMAL", "the account is frozen")
TERMS = SplitTerms(
    earliest_seconds=60,
    latest_seconds=30 * DAY,
    most_shares=5,
    most_splits=3,
    partial=True,
    must_release=True,
    receiver_kinds=frozenset({ReceiverKind.MERCHANT, ReceiverKind.OPENID}),
    returns=ReturnWay.BEFORE_REFUND,
    returnable_kinds=frozenset({ReceiverKind.MERCHANT}),
    return_seconds=180 * DAY,
    usual_ratio=300_000,
)


@dataclass
class FakeSplits(SplitChannel):
    """Plays the splits of the channel whose books it shares."""

    channel: FakeChannel
    terms: SplitTerms = TERMS  # type: ignore[misc]  # one instance, one set of terms
    failing: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    refusing: set[str] = field(default_factory=set)
    splits: dict[str, SplitReport] = field(default_factory=dict)
    returns: dict[str, ReturnReport] = field(default_factory=dict)
    releases: dict[str, ReleaseReport] = field(default_factory=dict)
    asked_with_refund: list[SplitRefundRequest] = field(default_factory=list)

    def bind_receiver(
        self, account: ChannelAccount, binding: ReceiverBinding, transport: Transport
    ) -> BindingReport:
        """Know everybody."""
        del account, transport
        scripted = self._called(Operation.BIND_RECEIVER, binding.binding_serial_no, binding)
        return scripted or BindingReport(Outcome.SUCCEEDED)

    def unbind_receiver(
        self, account: ChannelAccount, binding: ReceiverBinding, transport: Transport
    ) -> BindingReport:
        """Forget everybody."""
        del account, transport
        scripted = self._called(Operation.UNBIND_RECEIVER, binding.binding_serial_no, binding)
        return scripted or BindingReport(Outcome.SUCCEEDED)

    def split(
        self, account: ChannelAccount, request: SplitRequest, transport: Transport
    ) -> SplitReport:
        """Take the split and work on it."""
        del account, transport
        scripted: SplitReport | None = self._called(
            Operation.SPLIT, request.split_serial_no, request
        )
        return scripted or self.take(request)

    def take(self, request: SplitRequest) -> SplitReport:
        """Book a split as being worked on."""
        number = request.split_serial_no
        shares = tuple(
            ShareReport(share.receiver, share.amount, Outcome.PENDING) for share in request.shares
        )
        report = SplitReport(Outcome.PENDING, number, f"fake-{number}", shares)
        return self.splits.setdefault(number, report)

    def split_query(
        self, account: ChannelAccount, request: SplitRequest, transport: Transport
    ) -> SplitReport:
        """Decide what does not wait, and say what the books say."""
        del account, transport
        number = request.split_serial_no
        scripted: SplitReport | None = self._called(Operation.SPLIT_QUERY, number, request)
        if scripted:
            return scripted
        known = self.splits.get(number)
        if known is None:
            return SplitReport(Outcome.UNKNOWN, number, missing=True)
        shares = tuple(self._decided(share) for share in known.shares)
        pending = any(share.outcome == Outcome.PENDING for share in shares)
        outcome = Outcome.PENDING if pending else Outcome.SUCCEEDED
        self.splits[number] = replace(known, outcome=outcome, shares=shares)
        return self.splits[number]

    def _decided(self, share: ShareReport) -> ShareReport:
        account = share.receiver.account
        if share.outcome != Outcome.PENDING or account in self.waiting:
            return share
        if account in self.failing:
            return replace(share, outcome=Outcome.FAILED, failure=REFUSED)
        return replace(share, outcome=Outcome.SUCCEEDED, finished_at=now())

    def release(
        self, account: ChannelAccount, request: ReleaseRequest, transport: Transport
    ) -> ReleaseReport:
        """Free the rest at once."""
        del account, transport
        number = request.release_serial_no
        done = ReleaseReport(Outcome.SUCCEEDED, number, finished_at=now())
        scripted = self._called(Operation.RELEASE, number, request)
        return scripted or self.releases.setdefault(number, done)

    def left_amount(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> LeftAmountReport:
        """Nobody asks."""
        del account, payment, transport
        return LeftAmountReport(Outcome.UNKNOWN)

    def max_ratio(self, account: ChannelAccount, transport: Transport) -> MaxRatioReport:
        """Say what the terms say."""
        del account, transport
        return MaxRatioReport(Outcome.SUCCEEDED, self.terms.usual_ratio)

    def return_share(
        self, account: ChannelAccount, request: ReturnRequest, transport: Transport
    ) -> ReturnReport:
        """Take the share back at once."""
        del account, transport
        scripted = self._called(Operation.SPLIT_RETURN, request.return_serial_no, request)
        return scripted or self.bring(request)

    def bring(self, request: ReturnRequest) -> ReturnReport:
        """Book a return as done, or as refused."""
        number = request.return_serial_no
        report = ReturnReport(Outcome.SUCCEEDED, number, f"fake-{number}", finished_at=now())
        if request.receiver.account in self.refusing:
            report = ReturnReport(Outcome.FAILED, number, failure=REFUSED)
        return self.returns.setdefault(number, report)

    def return_query(
        self, account: ChannelAccount, request: ReturnRequest, transport: Transport
    ) -> ReturnReport:
        """Say what the books say."""
        del account, transport
        number = request.return_serial_no
        scripted = self._called(Operation.RETURN_QUERY, number, request)
        missing = ReturnReport(Outcome.UNKNOWN, number, missing=True)
        return scripted or self.returns.get(number, missing)

    def refund(
        self, account: ChannelAccount, request: SplitRefundRequest, transport: Transport
    ) -> RefundReport:
        """Refund as ever, and keep what is taken back with it."""
        self.asked_with_refund.append(request)
        return self.channel.refund(account, request.refund, transport)

    def taken_with(self, refund_serial_no: str) -> list[tuple[str, int]]:
        """Return what a refund takes back, as (account, amount)."""
        asked = {one.refund.refund_serial_no: one for one in self.asked_with_refund}
        return [(one.receiver.account, one.amount) for one in asked[refund_serial_no].returned]

    def _called(self, operation: Operation, number: str, request: Any) -> Any:
        return self.channel._called(operation, number, request)
