"""Channel bills as the center reads them: plain, frozen, free of any channel's dialect.

A channel bill is the channel's own account of one business day. Money is integer fen, times are
aware datetimes. Nothing is guessed: what is not exactly as the channel documents it stops the
reading with a ``BillError``, and the file stays as it was received.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from gateway.messages import Failure, Outcome


class BillKind(StrEnum):
    """What a channel bill lists."""

    TRADE = "trade"
    """Every payment and refund of the day, each on a line with its state and its fee."""
    ACCOUNT = "account"
    """Every change of the merchant's balance at the channel: fees, splits and withdrawals too."""


class Movement(StrEnum):
    """What a line is about. In a bill of the account, ``FEE`` goes both ways."""

    PAYMENT = "payment"
    REFUND = "refund"
    REFUND_REVERSED = "refund_reversed"
    """A refund's money came back to the merchant: the refund failed after it had been taken."""
    FEE = "fee"
    SPLIT = "split"
    WITHDRAWAL = "withdrawal"
    OTHER = "other"
    """Anything else; ``BillLine.state`` holds the channel's own word."""


@dataclass(frozen=True, slots=True)
class BillRequest:
    """Names one channel bill of an account: what it lists, and of which Chinese calendar day."""

    date: date
    kind: BillKind = BillKind.TRADE


@dataclass(frozen=True, slots=True)
class BillFile:
    """A channel bill as it was received; its bytes are in the file that was passed in.

    ``sha256`` is of exactly those bytes. ``channel_hash`` is what the channel announced, by
    ``channel_hash_algorithm`` and over what that channel defines; blank where it announces none.
    """

    name: str
    media_type: str
    size: int
    sha256: str
    channel_hash: str = ""
    channel_hash_algorithm: str = ""


class BillFault(StrEnum):
    """What is wrong with a channel bill. The words for people are in the ``BillError``."""

    ELSEWHERE = "elsewhere"
    """The download address is not the channel's own, or leads on to another."""
    WRONG_HASH = "wrong_hash"
    DAMAGED = "damaged"
    """Cut off, or changed on the way."""
    NOT_THIS_BILL = "not_this_bill"
    """No channel bill at all, or of another kind."""
    ANOTHER_MERCHANT = "another_merchant"
    ANOTHER_DATE = "another_date"
    LAYOUT = "layout"
    """A column that is not known, is missing or stands there twice."""
    LINE = "line"
    """One line is not as documented, a fraction of a fen for example."""
    TOTALS = "totals"
    """The lines do not add up to what the channel bill says itself."""


class BillError(Exception):
    """A channel bill cannot be used; the text says what is wrong with it and what to do.

    ``text`` is a msgid, ``params`` fill its ``%(name)s`` places.
    """

    def __init__(self, fault: BillFault, text: str, **params: str) -> None:
        super().__init__(text % params if params else text)
        self.fault = fault
        self.text = text
        self.params = params

    @property
    def failure(self) -> Failure:
        """The same for the record of a call."""
        return Failure(self.fault, str(self))


@dataclass(frozen=True, slots=True)
class BillDownload:
    """Answer to a request for a channel bill.

    * ``SUCCEEDED`` with a ``file``: it is whole, and fits the channel's hash where there is one.
    * ``SUCCEEDED`` without: nothing moved that day, and there will never be a file.
    * ``PENDING``: the channel has not made it yet; ask again later.
    * ``FAILED``: the channel refuses for good; asking again is of no use, a person must act.
    * ``UNKNOWN``: no answer, or none that can be believed; ask again. An ``error`` says what was
      wrong with it; a ``file`` beside it was received nevertheless and is worth keeping.
    """

    outcome: Outcome
    file: BillFile | None = None
    failure: Failure | None = None
    error: BillError | None = None


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line. Numbers are blank, amounts None, where the channel bill says nothing of them.

    number: its place in the file, from 1; no two lines have the same.
    moment: when the payment was made, the refund applied for, the balance changed.
    outcome, state: what the line lets the center conclude, and the channel's own word for it.
    mchid: who takes the money; ``provider_mchid`` the service provider, if one acts.
    amount, settled_amount: of a payment, what was asked for, coupons included, and what of it the
    channel settles with the merchant. 0 on lines about something else.
    refund_amount, settled_refund_amount: the same of a refund, never negative.
    fee: what the channel keeps of this line; negative where it gives back.
    change, balance: in a bill of the account, what the balance changed by, and was afterwards.
    split_serial_no: our number of the split that changed the balance.
    flow_no: the channel's number of the movement itself, where it has one beside the payment's.
    raw: the line as it stands in the file.
    """

    number: int
    movement: Movement
    moment: datetime
    outcome: Outcome
    state: str
    mchid: str
    raw: str = field(repr=False)
    provider_mchid: str = ""
    appid: str = ""
    serial_no: str = ""
    channel_serial_no: str = ""
    refund_serial_no: str = ""
    channel_refund_no: str = ""
    split_serial_no: str = ""
    flow_no: str = ""
    amount: int | None = None
    settled_amount: int | None = None
    refund_amount: int | None = None
    settled_refund_amount: int | None = None
    fee: int | None = None
    rate: str = ""
    change: int | None = None
    balance: int | None = None


@dataclass(frozen=True, slots=True)
class BillTotals:
    """How many lines there are and what they add up to, in fen.

    ``incomes`` to ``expense`` are those of a bill of the account, where a change of nothing counts
    for neither; what stands between is a trade bill's. What the channel bill states about itself
    has been compared.
    """

    lines: int = 0
    payments: int = 0
    refunds: int = 0
    amount: int = 0
    settled_amount: int = 0
    refund_amount: int = 0
    settled_refund_amount: int = 0
    fee: int = 0
    incomes: int = 0
    income: int = 0
    expenses: int = 0
    expense: int = 0


class BillReading:
    """The lines of one file, to be gone through once; ``totals`` is there after the last one.

    Errors come where they are found, wrong sums only at the end: who keeps lines keeps them all
    or none.
    """

    def __init__(self, lines: Generator[BillLine, None, BillTotals]) -> None:
        self._lines = lines
        self.totals: BillTotals | None = None

    def __iter__(self) -> Iterator[BillLine]:
        """Yield the lines in their order. Raises ``BillError``."""
        self.totals = yield from self._lines
