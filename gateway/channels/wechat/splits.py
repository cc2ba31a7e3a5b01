"""Splits of WeChat Pay: profit sharing (分账).

Rules: WeChat Pay APIv3, "Profit sharing". A split is accepted first and worked on later, share by
share: it is asked for until each is decided. The payee gets no callback of it. A share of a
merchant is taken back by a call of its own before the refund.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from gateway.channels.wechat import split_wire as wire
from gateway.channels.wechat.answers import Answer
from gateway.channels.wechat.client import Client, open_client
from gateway.channels.wechat.parsing import Unreadable
from gateway.channels.wechat.signing import MAX_PLAIN_BYTES, encrypted
from gateway.channels.wechat.split_parsing import (
    left_amount,
    max_ratio,
    release_report,
    return_report,
    split_report,
)
from gateway.channels.wechat.split_statuses import NOT_BOUND, refusal_outcome
from gateway.channels.wechat.statuses import RESOURCE_MISSING
from gateway.messages import ChannelAccount, Failure, Operation, Outcome, PaymentRef
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
    SplitReport,
    SplitRequest,
)
from paycenter.kernel.configuration import ConfigurationError
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.http import Transport

_DAY = 86_400
R = TypeVar("R")


class WeChatSplits(SplitChannel):
    """Splits payments at WeChat Pay."""

    terms = SplitTerms(
        earliest_seconds=60,
        latest_seconds=30 * _DAY,
        most_shares=50,
        most_splits=50,
        partial=True,
        must_release=True,
        receiver_kinds=wire.KINDS,
        returns=ReturnWay.BEFORE_REFUND,
        returnable_kinds=frozenset({ReceiverKind.MERCHANT}),
        return_seconds=180 * _DAY,
        usual_ratio=300_000,
    )

    def bind_receiver(
        self, account: ChannelAccount, binding: ReceiverBinding, transport: Transport
    ) -> BindingReport:
        """Add a receiver; its name is encrypted, with a key that the request names."""
        client = open_client(account, transport)
        serial, name = _encrypted_name(client, binding.name)
        body = wire.binding_body(account, binding, encrypted_name=name)
        answer = client.post(wire.BIND_TARGET, body, encrypted_with=serial)
        return _binding_report(Operation.BIND_RECEIVER, answer)

    def unbind_receiver(
        self, account: ChannelAccount, binding: ReceiverBinding, transport: Transport
    ) -> BindingReport:
        """Delete a receiver; one that was deleted before is refused, and may be ``missing``."""
        body = wire.unbinding_body(account, binding)
        answer = open_client(account, transport).post(wire.UNBIND_TARGET, body)
        report = _binding_report(Operation.UNBIND_RECEIVER, answer)
        refused = report.outcome is Outcome.FAILED
        return replace(report, missing=refused and answer.error_code == NOT_BOUND)

    def split(
        self, account: ChannelAccount, request: SplitRequest, transport: Transport
    ) -> SplitReport:
        """Send the shares; an equal one sent before is answered with what became of it."""
        client = open_client(account, transport)
        answer = client.post(wire.SPLIT_TARGET, wire.split_body(account, request))
        report, failure = _read(answer, lambda: split_report(account, request, answer.content))
        if report is not None:
            return report
        outcome = _refusal(Operation.SPLIT, answer)
        return SplitReport(outcome, request.split_serial_no, failure=failure)

    def split_query(
        self, account: ChannelAccount, request: SplitRequest, transport: Transport
    ) -> SplitReport:
        """Ask for the split. ``missing`` means it was never accepted."""
        answer = open_client(account, transport).get(wire.split_query_target(account, request))
        report, failure = _read(answer, lambda: split_report(account, request, answer.content))
        return report or SplitReport(
            Outcome.UNKNOWN, request.split_serial_no, missing=_is_missing(answer), failure=failure
        )

    def release(
        self, account: ChannelAccount, request: ReleaseRequest, transport: Transport
    ) -> ReleaseReport:
        """Unfreeze what is left; sent again, it is answered with what became of it."""
        client = open_client(account, transport)
        answer = client.post(wire.RELEASE_TARGET, wire.release_body(account, request))
        report, failure = _read(answer, lambda: release_report(account, request, answer.content))
        if report is not None:
            return report
        outcome = _refusal(Operation.RELEASE, answer)
        return ReleaseReport(outcome, request.release_serial_no, failure=failure)

    def left_amount(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> LeftAmountReport:
        """Ask for the amount that is not split."""
        answer = open_client(account, transport).get(wire.left_amount_target(payment))
        amount, failure = _read(answer, lambda: left_amount(payment, answer.content))
        if amount is None:
            return LeftAmountReport(Outcome.UNKNOWN, failure=failure)
        return LeftAmountReport(Outcome.SUCCEEDED, amount)

    def max_ratio(self, account: ChannelAccount, transport: Transport) -> MaxRatioReport:
        """Ask what a service provider's merchant may split; nobody else can ask."""
        if not account.is_partner:
            raise ConfigurationError(
                _("WeChat Pay tells this to service providers only: look in its merchant platform")
            )
        answer = open_client(account, transport).get(wire.max_ratio_target(account))
        ppm, failure = _read(answer, lambda: max_ratio(account, answer.content))
        if ppm is None:
            return MaxRatioReport(Outcome.UNKNOWN, failure=failure)
        return MaxRatioReport(Outcome.SUCCEEDED, ppm)

    def return_share(
        self, account: ChannelAccount, request: ReturnRequest, transport: Transport
    ) -> ReturnReport:
        """Take a share back; mostly the answer tells the result already."""
        client = open_client(account, transport)
        answer = client.post(wire.RETURN_TARGET, wire.return_body(account, request))
        report, failure = _read(answer, lambda: return_report(request, answer.content))
        if report is not None:
            return report
        outcome = _refusal(Operation.SPLIT_RETURN, answer)
        return ReturnReport(outcome, request.return_serial_no, failure=failure)

    def return_query(
        self, account: ChannelAccount, request: ReturnRequest, transport: Transport
    ) -> ReturnReport:
        """Ask for the return. ``missing`` means it was never accepted."""
        answer = open_client(account, transport).get(wire.return_query_target(account, request))
        report, failure = _read(answer, lambda: return_report(request, answer.content))
        return report or ReturnReport(
            Outcome.UNKNOWN, request.return_serial_no, missing=_is_missing(answer), failure=failure
        )


def _encrypted_name(client: Client, name: str) -> tuple[str, str]:
    """Return the serial of the key and the encrypted name, both blank without a name."""
    if not name:
        return "", ""
    if len(name.encode()) > MAX_PLAIN_BYTES:
        raise ConfigurationError(_("the receiver's name is too long for WeChat Pay"))
    serial, key = client.keys.encryption_key()
    return serial, encrypted(key, name)


def _read(answer: Answer, read: Callable[[], R]) -> tuple[R | None, Failure | None]:
    """Return what ``read`` makes of a success, or why there is nothing to be read."""
    if not answer.succeeded:
        return None, answer.failure
    try:
        return read(), None
    except Unreadable as error:
        return None, Failure("unreadable_answer", str(error))


def _refusal(operation: Operation, answer: Answer) -> Outcome:
    if not answer.error_code:
        return Outcome.UNKNOWN
    return refusal_outcome(operation, answer.status, answer.error_code)


def _binding_report(operation: Operation, answer: Answer) -> BindingReport:
    if answer.succeeded:
        return BindingReport(Outcome.SUCCEEDED)
    return BindingReport(_refusal(operation, answer), failure=answer.failure)


def _is_missing(answer: Answer) -> bool:
    return answer.status == 404 and answer.error_code == RESOURCE_MISSING
