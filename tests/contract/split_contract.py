"""What every channel that splits payments must do alike. A channel's suite subclasses
``SplitContract``, says what its channel would answer, and inherits every test below.

The tests hold the promises of ``gateway/split_contract.py``: how sure the center may be after each
kind of answer, that a repeat is identical, that an answer fits what was asked, that no name leaks.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

import pytest
import time_machine

from gateway.contract import Channel, ConfigurationError, Transport
from gateway.masking import masked_body, masked_url
from gateway.messages import ChannelAccount, Operation, Outcome, PaymentRef, RefundReport
from gateway.split_contract import ReturnWay, SplitChannel
from gateway.split_messages import (
    BindingReport,
    LeftAmountReport,
    MaxRatioReport,
    Receiver,
    ReceiverBinding,
    ReceiverKind,
    ReleaseReport,
    ReleaseRequest,
    ReturnReport,
    ReturnRequest,
    Share,
    SplitRefundRequest,
    SplitReport,
    SplitRequest,
)
from paycenter.kernel.http import NoAnswer, WireResponse
from tests.contract.channel_contract import NOW, UNCERTAIN, refund_request, uncertain_replies
from tests.contract.transport import FakeTransport, Reply

Result = (
    BindingReport
    | SplitReport
    | ReleaseReport
    | ReturnReport
    | LeftAmountReport
    | MaxRatioReport
    | RefundReport
)

PAYMENT = PaymentRef("P260101080000ABCDEFGHJKM", "4200000000202601010000000001")
NAME = "张三丰物业服务有限公司"
BINDINGS = (Operation.BIND_RECEIVER, Operation.UNBIND_RECEIVER)
MONEY = (Operation.SPLIT, Operation.RELEASE, Operation.SPLIT_RETURN, Operation.REFUND)
QUESTIONS = (
    Operation.SPLIT_QUERY,
    Operation.RETURN_QUERY,
    Operation.LEFT_AMOUNT,
    Operation.MAX_RATIO,
)
EVERYTHING = (*BINDINGS, *MONEY, *QUESTIONS)
_ONLY = {
    Operation.SPLIT_RETURN: ReturnWay.BEFORE_REFUND,
    Operation.RETURN_QUERY: ReturnWay.BEFORE_REFUND,
    Operation.REFUND: ReturnWay.WITH_REFUND,
}
"""Operations that only channels with this way of taking shares back have."""


class SplitContract(ABC):
    """Subclass as ``TestXSplitContract``; everything abstract is what the peer would do."""

    channel: ClassVar[Channel]
    payment: ClassVar[PaymentRef] = PAYMENT
    receivers: ClassVar[tuple[Receiver, Receiver]]
    """Two receivers from whom a share can be taken back."""

    @abstractmethod
    def account(self) -> ChannelAccount:
        """Return an account that works, and may ask everything."""

    @abstractmethod
    def accepted(self, operation: Operation) -> WireResponse:
        """Return an authentic answer of success to what ``perform`` asks."""

    @abstractmethod
    def refused(self, operation: Operation) -> WireResponse:
        """Return an authentic answer that refuses for a reason of the request's own."""

    @abstractmethod
    def unknown_number(self, operation: Operation) -> WireResponse:
        """Return the authentic answer to a query for a number that was never used."""

    @abstractmethod
    def told(self, shares: Sequence[Share], outcome: Outcome = Outcome.SUCCEEDED) -> WireResponse:
        """Return an authentic answer to a query that tells of these shares."""

    @abstractmethod
    def unsigned(self, response: WireResponse) -> WireResponse:
        """Return the answer without its signature."""

    @abstractmethod
    def badly_signed(self, response: WireResponse) -> WireResponse:
        """Return the answer with a signature by another key."""

    def content_of(self, transport: FakeTransport) -> object:
        """Return what must be equal in a repeat; channels that sign inside the body override."""
        (request,) = transport.sent
        return (request.method, request.url, request.body)

    @property
    def splits(self) -> SplitChannel:
        """What is tested."""
        return self.channel.splitting()

    @property
    def shares(self) -> tuple[Share, ...]:
        """Two shares."""
        first, second = self.receivers
        return (Share(first, 500, "物业费分成"), Share(second, 97, "服务费"))

    @property
    def split(self) -> SplitRequest:
        """One split of two shares."""
        return SplitRequest("S260101080000ABCDEFGHJKM", self.payment, self.shares)

    @property
    def binding(self) -> ReceiverBinding:
        """One receiver with a name."""
        return ReceiverBinding("B260101080000ABCDEFGHJKM", self.receivers[0], name=NAME)

    @property
    def share_return(self) -> ReturnRequest:
        """A part of the first share, taken back."""
        split = self.split
        return ReturnRequest(
            "T260101080000ABCDEFGHJKM", split.split_serial_no, self.receivers[0], 300, "退款"
        )

    @property
    def refund(self) -> SplitRefundRequest:
        """A refund that takes a part of the first share back."""
        return SplitRefundRequest(refund_request(), (replace(self.shares[0], amount=300),))

    @pytest.fixture(autouse=True)
    def _frozen_clock(self) -> Iterator[None]:
        with time_machine.travel(NOW, tick=False):
            yield

    def perform(self, operation: Operation, transport: Transport) -> Result:
        """Do one operation with the suite's numbers."""
        account, splits = self.account(), self.splits
        release = ReleaseRequest("L260101080000ABCDEFGHJKM", self.payment, "分账完结")
        acts: dict[Operation, Callable[[], Result]] = {
            Operation.BIND_RECEIVER: lambda: splits.bind_receiver(account, self.binding, transport),
            Operation.UNBIND_RECEIVER: lambda: splits.unbind_receiver(
                account, self.binding, transport
            ),
            Operation.SPLIT: lambda: splits.split(account, self.split, transport),
            Operation.SPLIT_QUERY: lambda: splits.split_query(account, self.split, transport),
            Operation.RELEASE: lambda: splits.release(account, release, transport),
            Operation.LEFT_AMOUNT: lambda: splits.left_amount(account, self.payment, transport),
            Operation.MAX_RATIO: lambda: splits.max_ratio(account, transport),
            Operation.SPLIT_RETURN: lambda: splits.return_share(
                account, self.share_return, transport
            ),
            Operation.RETURN_QUERY: lambda: splits.return_query(
                account, self.share_return, transport
            ),
            Operation.REFUND: lambda: splits.refund(account, self.refund, transport),
        }
        return acts[operation]()

    @pytest.mark.parametrize("case", UNCERTAIN)
    @pytest.mark.parametrize("operation", EVERYTHING)
    def test_uncertain_answer_is_unknown_and_never_failed(
        self, operation: Operation, case: str
    ) -> None:
        self._skip_unless_it_has(operation)
        transport = FakeTransport(self._uncertain(case, operation))
        result = self.perform(operation, transport)
        assert result.outcome is Outcome.UNKNOWN
        assert not getattr(result, "missing", False)
        assert result.failure is not None
        assert result.failure.code
        assert len(transport.sent) == 1

    @pytest.mark.parametrize("operation", [*BINDINGS, *MONEY])
    def test_explicit_refusal_is_failed_with_the_words_of_the_channel(
        self, operation: Operation
    ) -> None:
        self._skip_unless_it_has(operation)
        result = self.perform(operation, FakeTransport(self.refused(operation)))
        assert result.outcome is Outcome.FAILED
        assert result.failure is not None
        assert result.failure.code
        assert result.failure.message

    @pytest.mark.parametrize("operation", QUESTIONS)
    def test_refused_question_says_nothing_about_the_money(self, operation: Operation) -> None:
        self._skip_unless_it_has(operation)
        result = self.perform(operation, FakeTransport(self.refused(operation)))
        assert result.outcome is Outcome.UNKNOWN
        assert not getattr(result, "missing", False)
        assert result.failure is not None

    @pytest.mark.parametrize("operation", EVERYTHING)
    def test_authentic_success_is_believed(self, operation: Operation) -> None:
        self._skip_unless_it_has(operation)
        result = self.perform(operation, FakeTransport(self.accepted(operation)))
        assert result.outcome in (Outcome.SUCCEEDED, Outcome.PENDING)

    @pytest.mark.parametrize("operation", [Operation.SPLIT_QUERY, Operation.RETURN_QUERY])
    def test_number_that_was_never_used_is_missing(self, operation: Operation) -> None:
        self._skip_unless_it_has(operation)
        result = self.perform(operation, FakeTransport(self.unknown_number(operation)))
        assert (result.outcome, getattr(result, "missing", None)) == (Outcome.UNKNOWN, True)

    @pytest.mark.parametrize("operation", MONEY)
    def test_repeat_sends_the_identical_content(self, operation: Operation) -> None:
        self._skip_unless_it_has(operation)
        sent = []
        for hour in (0, 1):
            transport = FakeTransport(NoAnswer("ReadTimeout"))
            with time_machine.travel(NOW.replace(hour=hour), tick=False):
                self.perform(operation, transport)
            sent.append(self.content_of(transport))
        assert sent[0] == sent[1]

    @pytest.mark.parametrize("outcome", [Outcome.SUCCEEDED, Outcome.FAILED, Outcome.PENDING])
    def test_shares_are_reported_in_the_order_they_were_asked_for(self, outcome: Outcome) -> None:
        answer = self.told(self.shares[::-1], outcome)
        report = self.splits.split_query(self.account(), self.split, FakeTransport(answer))
        done = outcome is not Outcome.PENDING
        assert report.outcome is (Outcome.SUCCEEDED if done else Outcome.PENDING)
        assert [(share.receiver, share.amount) for share in report.shares] == [
            (share.receiver, share.amount) for share in self.shares
        ]
        assert [share.outcome for share in report.shares] == [outcome] * 2
        assert all(
            (share.failure is not None) is (outcome is Outcome.FAILED) for share in report.shares
        )

    def test_answer_about_another_amount_is_unknown(self) -> None:
        first, second = self.shares
        for told in ((replace(first, amount=501), second), (first,), (first, second, second)):
            report = self.splits.split_query(
                self.account(), self.split, FakeTransport(self.told(told))
            )
            assert (report.outcome, report.missing, report.shares) == (Outcome.UNKNOWN, False, ())

    @pytest.mark.parametrize("kind", ReceiverKind)
    def test_receiver_the_channel_cannot_pay_is_refused_before_anything_is_sent(
        self, kind: ReceiverKind
    ) -> None:
        if kind in self.splits.terms.receiver_kinds:
            pytest.skip("the channel pays such a receiver")
        stranger = Receiver(kind, "somebody")
        split = replace(self.split, shares=(Share(stranger, 1, "x"),))
        binding = replace(self.binding, receiver=stranger)
        with pytest.raises(ConfigurationError):
            self.splits.split(self.account(), split, FakeTransport())
        with pytest.raises(ConfigurationError):
            self.splits.bind_receiver(self.account(), binding, FakeTransport())

    @pytest.mark.parametrize("operation", _ONLY)
    def test_other_way_of_taking_shares_back_sends_nothing(self, operation: Operation) -> None:
        if _ONLY[operation] is self.splits.terms.returns:
            pytest.skip("this is the channel's own way")
        with pytest.raises(ConfigurationError):
            self.perform(operation, FakeTransport())

    @pytest.mark.parametrize("kind", ReceiverKind)
    def test_share_that_cannot_be_taken_back_sends_nothing(self, kind: ReceiverKind) -> None:
        terms = self.splits.terms
        if kind in terms.returnable_kinds:
            pytest.skip("the channel takes shares back from such a receiver")
        receiver = Receiver(kind, "somebody")
        request = replace(self.share_return, receiver=receiver)
        refund = replace(self.refund, returned=(Share(receiver, 1, "x"),))
        with pytest.raises(ConfigurationError):
            self.splits.return_share(self.account(), request, FakeTransport())
        with pytest.raises(ConfigurationError):
            self.splits.refund(self.account(), refund, FakeTransport())

    def test_no_name_in_records_and_representations(self) -> None:
        transport = FakeTransport(self.accepted(Operation.BIND_RECEIVER))
        result = self.perform(Operation.BIND_RECEIVER, transport)
        (request,) = transport.sent
        masked = self.channel.masked_fields
        shown = [
            masked_url(request.url, masked),
            masked_body(request.body, masked),
            repr(request),
            repr(self.binding),
            repr(result),
        ]
        assert all(NAME not in text for text in shown)

    def test_terms_agree_with_each_other_and_with_the_table_of_operations(self) -> None:
        terms = self.splits.terms
        assert 0 <= terms.earliest_seconds < terms.latest_seconds
        assert terms.most_shares >= 1
        assert terms.most_splits >= 1
        assert 0 < terms.usual_ratio <= 1_000_000
        assert terms.returnable_kinds <= terms.receiver_kinds
        assert terms.return_seconds > 0
        executed = {operation for operation in EVERYTHING if operation in self.channel.operations}
        foreign = {one for one, way in _ONLY.items() if way is not terms.returns}
        assert executed == set(EVERYTHING) - (foreign - {Operation.REFUND})

    def _uncertain(self, case: str, operation: Operation) -> Reply:
        accepted = self.accepted(operation)
        replies = uncertain_replies(accepted)
        if case in replies:
            return replies[case]
        return self.unsigned(accepted) if case == "not signed" else self.badly_signed(accepted)

    def _skip_unless_it_has(self, operation: Operation) -> None:
        if _ONLY.get(operation, self.splits.terms.returns) is not self.splits.terms.returns:
            pytest.skip("the channel takes shares back in another way")
