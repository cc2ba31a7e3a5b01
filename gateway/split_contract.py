"""What a channel must be able to do to divide paid payments among receivers, and its terms.

A channel that can sets ``Channel.splits``. The rules of ``gateway.contract`` hold here too, and
these besides:

* A number stands for one content. ``split``, ``release``, ``return_share`` and ``refund`` may be
  sent again with the same request, and stay one. An ``UNKNOWN`` one is asked for, or sent again
  with the same request, never with a new number.
* A refusal (``FAILED``) speaks for the sending that was refused, as it does for a refund. After an
  earlier sending whose answer was lost, only a query says what became of the number.
* A release has no query: sent again, it tells what became of it.
* One payment is split, released or taken back from by one request at a time: the channel may refuse
  a second one while it works on the first.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from gateway.messages import ChannelAccount, PaymentRef, RefundReport
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
    SplitRefundRequest,
    SplitReport,
    SplitRequest,
)
from paycenter.kernel.configuration import ConfigurationError
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.http import Transport

RETURNED_BY_REFUND = _("the channel takes shares back with a refund, not before it")
RETURNED_BEFORE = _("the channel takes shares back before a refund, not with it")


class ReturnWay(StrEnum):
    """How a share comes back to the payee when the payment is refunded."""

    BEFORE_REFUND = "before_refund"
    """``return_share`` moves it to the payee's balance first; the refund follows."""
    WITH_REFUND = "with_refund"
    """``refund`` names the receivers and takes it from them itself."""


@dataclass(frozen=True, slots=True)
class SplitTerms:
    """What differs between channels that split.

    earliest_seconds, latest_seconds: when after its success a payment may be split. After the
    latest, the channel frees what is left by itself.
    most_shares, most_splits: shares in one split, splits of one payment.
    partial: whether some shares of a split may succeed while others fail.
    must_release: whether what is left stays frozen until it is released.
    receiver_kinds: the receivers the channel pays.
    returns, returnable_kinds, return_seconds: how shares come back, from whom, and for how long.
    usual_ratio: what may be split of a payment, in parts per million, unless the merchant's
    contract says otherwise.
    """

    earliest_seconds: int
    latest_seconds: int
    most_shares: int
    most_splits: int
    partial: bool
    must_release: bool
    receiver_kinds: frozenset[ReceiverKind]
    returns: ReturnWay
    returnable_kinds: frozenset[ReceiverKind]
    return_seconds: int
    usual_ratio: int


class SplitChannel(ABC):
    """Divides payments that were made with ``PayRequest.freeze_for_split``. Stateless."""

    terms: ClassVar[SplitTerms]

    @abstractmethod
    def bind_receiver(
        self, account: ChannelAccount, binding: ReceiverBinding, transport: Transport
    ) -> BindingReport:
        """Make a receiver known for this payee; only a bound one can get a share."""

    @abstractmethod
    def unbind_receiver(
        self, account: ChannelAccount, binding: ReceiverBinding, transport: Transport
    ) -> BindingReport:
        """End a binding; the name and the relation are not looked at."""

    @abstractmethod
    def split(
        self, account: ChannelAccount, request: SplitRequest, transport: Transport
    ) -> SplitReport:
        """Send the shares of one split; accepted is ``PENDING``."""

    @abstractmethod
    def split_query(
        self, account: ChannelAccount, request: SplitRequest, transport: Transport
    ) -> SplitReport:
        """Ask what became of a split; the request that was sent is what the answer must fit."""

    @abstractmethod
    def release(
        self, account: ChannelAccount, request: ReleaseRequest, transport: Transport
    ) -> ReleaseReport:
        """Free what is left of a payment for its payee."""

    @abstractmethod
    def left_amount(
        self, account: ChannelAccount, payment: PaymentRef, transport: Transport
    ) -> LeftAmountReport:
        """Ask how much of a payment can still be split."""

    @abstractmethod
    def max_ratio(self, account: ChannelAccount, transport: Transport) -> MaxRatioReport:
        """Ask how much of a payment this payee may split.

        Raises ``ConfigurationError`` where the channel does not tell: a person enters it then.
        """

    def return_share(
        self, account: ChannelAccount, request: ReturnRequest, transport: Transport
    ) -> ReturnReport:
        """Take a share, or a part of it, back to the payee (``ReturnWay.BEFORE_REFUND``)."""
        del account, request, transport
        raise ConfigurationError(RETURNED_BY_REFUND)

    def return_query(
        self, account: ChannelAccount, request: ReturnRequest, transport: Transport
    ) -> ReturnReport:
        """Ask what became of a return."""
        del account, request, transport
        raise ConfigurationError(RETURNED_BY_REFUND)

    def refund(
        self, account: ChannelAccount, request: SplitRefundRequest, transport: Transport
    ) -> RefundReport:
        """Refund, and take shares back with it (``ReturnWay.WITH_REFUND``).

        It is asked for as any other refund.
        """
        del account, request, transport
        raise ConfigurationError(RETURNED_BEFORE)
