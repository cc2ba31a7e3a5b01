"""What an application asks for, validated: plain data between the API and the services."""

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.messages import InvokeMethod
from paycenter.kernel import strict_json
from transactions.models import SplitMode


@dataclass(frozen=True, slots=True)
class Line:
    """One item of an order; ``amount`` in fen."""

    fee_type: str
    amount: int
    room: str = ""
    period: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCommand:
    """What is to be paid. ``amount`` in fen, ``expires_in`` in seconds."""

    order_no: str
    amount: int
    currency: str
    subject: str
    order_group_no: str = ""
    lines: tuple[Line, ...] = ()
    split_mode: str = SplitMode.NONE
    expires_in: int = 1800

    @property
    def content_hash(self) -> str:
        """What may not differ between two requests with the same order number.

        Orders that are not split keep the hash they had before there were splits.
        """
        lines = [asdict(line) for line in self.lines]
        content = [self.amount, self.currency, self.subject, self.order_group_no, lines]
        split = [] if self.split_mode == SplitMode.NONE else [self.split_mode]
        return _digest([*content, *split])


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptCommand:
    """How it is to be paid this time. ``expires_in`` in seconds.

    ``notify_dialect`` is how the application is told, blank for the standard notifications. A payer
    who ``returns_to_page`` comes back from the channel to the order's checkout page, whose address
    is a key to it and must not be kept as ``return_url``.
    """

    payment_id: str
    invoke_method: InvokeMethod
    payer: dict[str, str] = field(default_factory=dict)
    expires_in: int = 1800
    return_url: str = ""
    returns_to_page: bool = False
    notify_url: str = ""
    notify_dialect: str = ""
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def request_hash(self) -> str:
        """What makes two requests for one order the same attempt."""
        way_back = [self.return_url, self.returns_to_page]
        return _digest(
            [self.payment_id, self.invoke_method, self.payer, *way_back, self.notify_url]
        )


@dataclass(frozen=True, slots=True)
class PaymentCommand:
    """A request to pay an order of one merchant now."""

    merchant_id: str
    order: OrderCommand
    attempt: AttemptCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutCommand:
    """A request for a page on which an order is paid; no ``payment_ids`` offers every account."""

    merchant_id: str
    order: OrderCommand
    payment_ids: tuple[str, ...] = ()
    return_url: str = ""
    notify_url: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefundCommand:
    """A request to return ``amount`` fen of one payment."""

    serial_no: str
    refund_no: str
    amount: int
    reason: str
    lines: tuple[Line, ...] = ()
    notify_url: str = ""
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def content_hash(self) -> str:
        """What may not differ between two requests with the same refund number."""
        lines = [asdict(line) for line in self.lines]
        return _digest([self.serial_no, self.amount, self.reason, lines])


@dataclass(frozen=True, slots=True)
class ShareCommand:
    """``amount`` fen for one receiver; ``description`` is read in the channel's bills."""

    receiver_id: str
    amount: int
    description: str


@dataclass(frozen=True, slots=True)
class SplitCommand:
    """A request to divide a part of one payment; ``release_rest`` frees what the shares leave."""

    serial_no: str
    split_no: str
    shares: tuple[ShareCommand, ...]
    release_rest: bool = False

    @property
    def content_hash(self) -> str:
        """What may not differ between two requests with the same split number."""
        shares = [asdict(share) for share in self.shares]
        return _digest([self.serial_no, shares, self.release_rest])


@dataclass(frozen=True, slots=True)
class ReturnCommand:
    """A request to take ``amount`` fen of one receiver's share back."""

    split_serial_no: str
    return_no: str
    receiver_id: str
    amount: int

    @property
    def content_hash(self) -> str:
        """What may not differ between two requests with the same return number."""
        return _digest([self.split_serial_no, self.receiver_id, self.amount])


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(strict_json.dumps(content).encode()).hexdigest()
