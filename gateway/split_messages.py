"""What passes between the center and a channel that splits: plain, frozen, free of any dialect.

Money is integer fen, times are aware datetimes. Outcomes read as in ``gateway.messages``:
``FAILED`` is the channel's explicit word, and whatever is uncertain is ``UNKNOWN``. Descriptions
are never blank; a channel cuts those that are too long for it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.messages import Failure, Outcome, PaymentRef, RefundRequest


class ReceiverKind(StrEnum):
    """What a receiver's account is: a merchant's number, or one of the names of a person.

    At Alipay, ``USER_ID`` and ``LOGIN_NAME`` may also be a company's account.
    """

    MERCHANT = "merchant"
    OPENID = "openid"
    USER_ID = "user_id"
    LOGIN_NAME = "login_name"


class Relation(StrEnum):
    """What a receiver is to the payee; ``CUSTOM`` is said in words of one's own."""

    SERVICE_PROVIDER = "service_provider"
    STORE = "store"
    STAFF = "staff"
    STORE_OWNER = "store_owner"
    PARTNER = "partner"
    HEADQUARTER = "headquarter"
    BRAND = "brand"
    DISTRIBUTOR = "distributor"
    USER = "user"
    SUPPLIER = "supplier"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A party that may get a share, named as its channel knows it."""

    kind: ReceiverKind
    account: str


@dataclass(frozen=True, slots=True)
class ReceiverBinding:
    """A receiver as it is made known to the channel, for one payee.

    ``name`` is the registered name of a merchant or the real name of a person; the channel checks
    it. ``relation_text`` (10 characters at most) says what a ``CUSTOM`` relation is.
    """

    binding_serial_no: str
    receiver: Receiver
    name: str = field(default="", repr=False)
    relation: Relation = Relation.PARTNER
    relation_text: str = ""


@dataclass(frozen=True, slots=True)
class BindingReport:
    """Answer to binding or unbinding a receiver; a repeat of either is a success again.

    Unless a channel refuses to unbind what is not bound: ``missing`` says that it may be so.
    """

    outcome: Outcome
    missing: bool = False
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """``amount`` fen for one receiver; ``description`` is read in the channel's bills."""

    receiver: Receiver
    amount: int
    description: str


@dataclass(frozen=True, slots=True)
class SplitRequest:
    """Ask a channel to divide a part of one paid payment.

    A receiver stands in it once, the payee never.

    ``payment`` names both numbers, since only a paid payment is split. Everything that goes on the
    wire is here: a repeat must equal the first sending to be the same split. ``release_rest`` frees
    what is left for the payee once the shares are decided.
    """

    split_serial_no: str
    payment: PaymentRef
    shares: tuple[Share, ...]
    release_rest: bool = False


@dataclass(frozen=True, slots=True)
class ShareReport:
    """What became of one share; the money of a failed one is still the payee's."""

    receiver: Receiver
    amount: int
    outcome: Outcome
    channel_share_no: str = ""
    finished_at: datetime | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class SplitReport:
    """What a channel says of one split.

    ``PENDING``: accepted, and at least one share is not decided. ``SUCCEEDED``: the channel is done
    with it, and each share says for itself how it ended. ``FAILED``: refused as a whole, no share
    was made. ``missing``: the channel does not know the number (outcome ``UNKNOWN``).

    ``shares`` are those of the request in its order, or none when the channel told none yet: an
    answer about other receivers or other amounts is ``UNKNOWN``. ``channel_split_no`` is blank
    where the channel does not repeat it. ``released`` is what the split freed for the payee, None
    when nothing was freed or the channel does not tell.
    """

    outcome: Outcome
    split_serial_no: str
    channel_split_no: str = ""
    shares: tuple[ShareReport, ...] = ()
    released: int | None = None
    missing: bool = False
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """Ask a channel to free what is left of a payment; the number is never that of a split."""

    release_serial_no: str
    payment: PaymentRef
    description: str


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """What became of a release. ``amount`` is what it freed, None where the channel does not tell.

    ``SUCCEEDED`` also when there was nothing left to free.
    """

    outcome: Outcome
    release_serial_no: str
    channel_release_no: str = ""
    amount: int | None = None
    finished_at: datetime | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """Ask a channel to take ``amount`` of one share back from its receiver to the payee."""

    return_serial_no: str
    split_serial_no: str
    receiver: Receiver
    amount: int
    description: str


@dataclass(frozen=True, slots=True)
class ReturnReport:
    """What became of one return of a share. ``missing`` as in ``SplitReport``."""

    outcome: Outcome
    return_serial_no: str
    channel_return_no: str = ""
    finished_at: datetime | None = None
    missing: bool = False
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class SplitRefundRequest:
    """A refund that takes ``returned`` back from receivers, the rest of it from the payee.

    One share at least: without any, it is an ordinary refund.
    """

    refund: RefundRequest
    returned: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class LeftAmountReport:
    """How many fen of a payment can still be split; ``amount`` is None unless it succeeded."""

    outcome: Outcome
    amount: int | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class MaxRatioReport:
    """How much of a payment may be split in all, in parts per million; None unless it succeeded."""

    outcome: Outcome
    ppm: int | None = None
    failure: Failure | None = None
