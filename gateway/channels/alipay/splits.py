"""Splits of Alipay (分账).

Rules: Alipay Open Platform, "alipay.trade.order.settle" and "alipay.trade.royalty.relation.bind".
A split is sent for all its shares or none, and its answer names none of them: what each became is
asked for. A refund takes shares back itself, from the receivers it names.
"""

from collections.abc import Callable
from typing import TypeVar

from gateway.channels.alipay import split_wire as wire
from gateway.channels.alipay.answers import Answer
from gateway.channels.alipay.client import Client
from gateway.channels.alipay.config import keys_of
from gateway.channels.alipay.parsing import Unreadable, number
from gateway.channels.alipay.refunds import made_refund
from gateway.channels.alipay.split_parsing import left_amount, max_ratio, split_report
from gateway.channels.alipay.split_statuses import (
    ALREADY_RELEASED,
    RELATION_DONE,
    RELATION_REFUSED,
    refusal_outcome,
)
from gateway.channels.alipay.statuses import TRADE_MISSING
from gateway.channels.alipay.wire import Call
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
    ReleaseReport,
    ReleaseRequest,
    SplitRefundRequest,
    SplitReport,
    SplitRequest,
)
from paycenter.kernel.http import Transport

_DAY = 86_400
R = TypeVar("R")


class AlipaySplits(SplitChannel):
    """Splits payments at Alipay."""

    terms = SplitTerms(
        earliest_seconds=30,
        latest_seconds=30 * _DAY,
        most_shares=5,
        most_splits=50,
        partial=False,
        must_release=True,
        receiver_kinds=frozenset(wire.ACCOUNT_TYPES),
        returns=ReturnWay.WITH_REFUND,
        returnable_kinds=wire.RETURNABLE,
        return_seconds=365 * _DAY,
        usual_ratio=300_000,
    )

    def bind_receiver(
        self, account: ChannelAccount, binding: ReceiverBinding, transport: Transport
    ) -> BindingReport:
        """Bind a receiver; one that is named by a login needs its name, too."""
        answer = _ask(account, transport, wire.bind_call(binding))
        return _binding_report(Operation.BIND_RECEIVER, answer)

    def unbind_receiver(
        self, account: ChannelAccount, binding: ReceiverBinding, transport: Transport
    ) -> BindingReport:
        """Unbind a receiver."""
        answer = _ask(account, transport, wire.unbind_call(binding))
        return _binding_report(Operation.UNBIND_RECEIVER, answer)

    def split(
        self, account: ChannelAccount, request: SplitRequest, transport: Transport
    ) -> SplitReport:
        """Send the shares. Handled is ``PENDING``: only a query tells of each share."""
        answer = _ask(account, transport, wire.split_call(request))
        serial_no = request.split_serial_no
        if not answer.succeeded:
            outcome = _refusal(Operation.SPLIT, answer)
            return SplitReport(outcome, serial_no, failure=answer.failure)
        settled, failure = _read(answer, lambda: _settle_no(request.payment, answer))
        if settled is None:
            return SplitReport(Outcome.UNKNOWN, serial_no, failure=failure)
        return SplitReport(Outcome.PENDING, serial_no, channel_split_no=settled)

    def split_query(
        self, account: ChannelAccount, request: SplitRequest, transport: Transport
    ) -> SplitReport:
        """Ask for the split. ``missing`` means that nothing was ever done under its number."""
        answer = _ask(account, transport, wire.split_query_call(request))
        report, failure = _read(answer, lambda: split_report(request, answer.content))
        return report or SplitReport(
            Outcome.UNKNOWN,
            request.split_serial_no,
            missing=answer.error_word == TRADE_MISSING,
            failure=failure,
        )

    def release(
        self, account: ChannelAccount, request: ReleaseRequest, transport: Transport
    ) -> ReleaseReport:
        """End the splits of the trade; one that has ended before has nothing left to free."""
        answer = _ask(account, transport, wire.release_call(request))
        serial_no = request.release_serial_no
        if answer.error_word == ALREADY_RELEASED:
            return ReleaseReport(Outcome.SUCCEEDED, serial_no)
        if not answer.succeeded:
            outcome = _refusal(Operation.RELEASE, answer)
            return ReleaseReport(outcome, serial_no, failure=answer.failure)
        settled, failure = _read(answer, lambda: _settle_no(request.payment, answer))
        if settled is None:
            return ReleaseReport(Outcome.UNKNOWN, serial_no, failure=failure)
        return ReleaseReport(Outcome.SUCCEEDED, serial_no, channel_release_no=settled)

    def left_amount(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> LeftAmountReport:
        """Ask for the amount that is not settled."""
        answer = _ask(account, transport, wire.left_amount_call(payment))
        amount, failure = _read(answer, lambda: left_amount(answer.content))
        if amount is None:
            return LeftAmountReport(Outcome.UNKNOWN, failure=failure)
        return LeftAmountReport(Outcome.SUCCEEDED, amount)

    def max_ratio(self, account: ChannelAccount, transport: Transport) -> MaxRatioReport:
        """Ask how much of a trade this merchant may split."""
        answer = _ask(account, transport, wire.max_ratio_call())
        ppm, failure = _read(answer, lambda: max_ratio(answer.content))
        if ppm is None:
            return MaxRatioReport(Outcome.UNKNOWN, failure=failure)
        return MaxRatioReport(Outcome.SUCCEEDED, ppm)

    def refund(
        self, account: ChannelAccount, request: SplitRefundRequest, transport: Transport
    ) -> RefundReport:
        """Refund and take shares back; judged as any other refund."""
        answer = _ask(account, transport, wire.split_refund_call(account, request))
        return made_refund(request.refund, answer)


def _ask(account: ChannelAccount, transport: Transport, call: Call) -> Answer:
    return Client(account, keys_of(account), transport).ask(call)


def _read(answer: Answer, read: Callable[[], R]) -> tuple[R | None, Failure | None]:
    """Return what ``read`` makes of a success, or why there is nothing to be read."""
    if not answer.succeeded:
        return None, answer.failure
    try:
        return read(), None
    except Unreadable as error:
        return None, Failure("unreadable_answer", str(error))


def _settle_no(payment: PaymentRef, answer: Answer) -> str:
    """Return Alipay's number of what was done to this very trade."""
    if number(answer.content, "trade_no", required=True) != payment.channel_serial_no:
        raise Unreadable("the answer is about another trade")
    return number(answer.content, "settle_no")


def _refusal(operation: Operation, answer: Answer) -> Outcome:
    return refusal_outcome(operation, answer.code, answer.error_word)


def _binding_report(operation: Operation, answer: Answer) -> BindingReport:
    """A handled call still says for itself whether the receiver was bound."""
    if not answer.succeeded:
        return BindingReport(_refusal(operation, answer), failure=answer.failure)
    result = answer.content.get("result_code")
    if result == RELATION_DONE:
        return BindingReport(Outcome.SUCCEEDED)
    outcome = Outcome.FAILED if result == RELATION_REFUSED else Outcome.UNKNOWN
    return BindingReport(outcome, failure=Failure("not_bound", ""))
