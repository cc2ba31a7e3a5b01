"""What passes between the center and its channels: plain, frozen, free of any channel's dialect.

Money is integer fen, times are aware datetimes. A channel turns these into its wire format and
back; nothing else of the center knows that format, and no channel knows more of the center.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from paycenter.kernel.credential import Credential as Credential


class InvokeMethod(StrEnum):
    """How the payer reaches the channel; the words are those of the public API."""

    MINI_PROGRAM = "mini_program"
    OFFICIAL_ACCOUNT = "official_account"
    APP = "app"
    WAP = "wap"
    PC = "pc"
    QR_CODE = "qr_code"


class Browser(StrEnum):
    """Where a payer sees a page of the center: inside an app that pays, on a phone, elsewhere."""

    WECHAT = "in_wechat"
    ALIPAY = "in_alipay"
    PHONE = "phone"
    PC = "pc"


class Operation(StrEnum):
    """What the center asks of a channel; also the label of a recorded call."""

    PAY = "pay"
    QUERY = "query"
    CLOSE = "close"
    REFUND = "refund"
    REFUND_QUERY = "refund_query"
    CERTIFICATES = "certificates"
    TEST = "test"
    IDENTIFY = "identify"
    BIND_RECEIVER = "bind_receiver"
    UNBIND_RECEIVER = "unbind_receiver"
    SPLIT = "split"
    SPLIT_QUERY = "split_query"
    RELEASE = "release"
    SPLIT_RETURN = "split_return"
    RETURN_QUERY = "return_query"
    LEFT_AMOUNT = "left_amount"
    MAX_RATIO = "max_ratio"
    BILL = "bill"


class Outcome(StrEnum):
    """How sure the center may be after an answer, or after none.

    ``UNKNOWN`` is the safe reading of everything that is not explicit: a timeout, a 5xx, an
    answer that cannot be verified. It is never a failure; it is asked again.
    """

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PENDING = "pending"
    UNKNOWN = "unknown"


class Finding(StrEnum):
    """What a test of an account found; people read it in words (``gateway.account_test``)."""

    WORKS = "works"
    UNREACHABLE = "unreachable"
    MISCONFIGURED = "misconfigured"
    WRONG_KEY = "wrong_key"
    UNKNOWN_ACCOUNT = "unknown_account"
    NOT_PERMITTED = "not_permitted"
    CLOCK = "clock"
    UNVERIFIED = "unverified"
    REFUSED = "refused"


class Trouble(StrEnum):
    """Why a channel did not do its part. The network's fault or its own, never a payer's."""

    NOT_SENT = "not_sent"
    NO_ANSWER = "no_answer"
    SERVER_ERROR = "server_error"
    BUSY = "busy"
    LIMITED = "limited"
    UNREADABLE = "unreadable"
    UNVERIFIED = "unverified"


class ActionType(StrEnum):
    """What the application does next with ``Action.params``."""

    REDIRECT = "redirect"
    QR_CODE = "qr_code"
    WECHAT_JSAPI = "wechat_jsapi"
    WECHAT_APP = "wechat_app"
    ALIPAY_TRADE = "alipay_trade"
    ALIPAY_ORDER_STRING = "alipay_order_string"


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """A payment account as its channel sees it.

    ``mchid`` is the account that receives the money. In partner mode ``provider_mchid`` (and
    ``provider_appid``) name the service provider whose credentials sign. ``version`` changes with
    every change of the credentials: loaded keys are cached under ``cache_key``. ``options`` are the
    choices the channel declares (``Channel.options``), one value for each.
    """

    channel: str
    payment_no: str
    channel_merchant_id: int
    mchid: str
    appid: str
    base_url: str
    callback_url: str
    credentials: tuple[Credential, ...] = field(repr=False)
    version: int = 0
    mini_program_appid: str = ""
    provider_mchid: str = ""
    provider_appid: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_partner(self) -> bool:
        """Whether a service provider acts for this merchant."""
        return bool(self.provider_mchid)

    @property
    def refund_callback_url(self) -> str:
        """Where channels that separate them deliver refund results."""
        return f"{self.callback_url}refund/"

    @property
    def cache_key(self) -> tuple[int, int]:
        """Identifies this exact set of credentials."""
        return (self.channel_merchant_id, self.version)

    def credentials_of(self, kind: str) -> tuple[Credential, ...]:
        """All credentials of one kind, newest first as they were stored."""
        return tuple(item for item in self.credentials if item.kind == kind)


@dataclass(frozen=True, slots=True)
class Payer:
    """What a channel must know of the payer; which field it needs depends on the method."""

    openid: str = ""
    buyer_id: str = ""
    buyer_open_id: str = ""
    client_ip: str = ""


@dataclass(frozen=True, slots=True)
class PayerIdentity:
    """Who a payer is, as the channel's login says; ``payer`` is None unless it succeeded."""

    outcome: Outcome
    payer: Payer | None = None
    failure: "Failure | None" = None


@dataclass(frozen=True, slots=True)
class PayRequest:
    """Ask a channel to let somebody pay ``amount`` fen under ``serial_no``.

    Sending the same request again must mean the same payment at the channel, so everything that
    goes on the wire is here and nothing is taken from the clock. ``freeze_for_split`` keeps the
    money at the channel until it is split or released (``gateway.split_contract``); it is asked of
    channels that split, and of no other.
    """

    serial_no: str
    amount: int
    currency: str
    subject: str
    invoke_method: InvokeMethod
    expires_at: datetime
    payer: Payer = Payer()
    return_url: str = ""
    freeze_for_split: bool = False


@dataclass(frozen=True, slots=True)
class PaymentRef:
    """Names one payment: our number always, the channel's once it is known."""

    serial_no: str
    channel_serial_no: str = ""


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Ask a channel to return ``amount`` of the ``payment_amount`` fen of one payment."""

    refund_serial_no: str
    payment: PaymentRef
    amount: int
    payment_amount: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefundRef:
    """Names one refund of one payment."""

    refund_serial_no: str
    payment: PaymentRef


@dataclass(frozen=True, slots=True)
class Failure:
    """The channel's own words for a refusal: kept for people, never branched on by the center.

    ``unknown_key``: the answer names a key of the channel that is not known here, which asks for
    one (throttled) refresh of its certificates.
    """

    code: str
    message: str
    unknown_key: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """What starts the payment on the payer's device."""

    type: ActionType
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PayResult:
    """Answer to ``PayRequest``: ``PENDING`` = sent and waiting for the payer, with an action.

    ``FAILED`` only when the channel refused explicitly. A refusal that says something about an
    earlier request with this number (paid, closed, other parameters) is ``UNKNOWN``: the center
    then asks for its state instead of believing in a failure.
    """

    outcome: Outcome
    action: Action | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class PaymentReport:
    """What a channel says of one payment, from a query, a close or a callback.

    ``missing``: the channel does not know the number (outcome ``UNKNOWN``: it may be on its way).
    ``closed``: it can no longer be paid (outcome ``FAILED``).
    ``amount`` is what was asked for in fen, coupons included; ``payer_amount`` what the payer gave.
    ``mchid`` and ``appid`` are those the channel signed for, to be compared with the account's.
    """

    outcome: Outcome
    serial_no: str
    channel_serial_no: str = ""
    amount: int | None = None
    payer_amount: int | None = None
    currency: str = ""
    mchid: str = ""
    appid: str = ""
    paid_at: datetime | None = None
    payer_id: str = ""
    missing: bool = False
    closed: bool = False
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class RefundReport:
    """What a channel says of one refund. ``missing`` as in ``PaymentReport``.

    ``needs_person``: the money could not be returned to its source and waits at the channel
    (outcome ``PENDING``): somebody must act there.
    """

    outcome: Outcome
    refund_serial_no: str
    serial_no: str = ""
    channel_refund_no: str = ""
    amount: int | None = None
    currency: str = ""
    mchid: str = ""
    succeeded_at: datetime | None = None
    missing: bool = False
    needs_person: bool = False
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class SplitNews:
    """Something became of the splits of a payment: a hint to ask, and nothing to book.

    Channels tell only a part of it, and some tell a receiver instead of the payee.
    ``channel_serial_no`` is the payment's; ``split_serial_no`` is blank when the news is about no
    split in particular.
    """

    channel_serial_no: str
    split_serial_no: str = ""


ChannelEvent = PaymentReport | RefundReport | SplitNews


@dataclass(frozen=True, slots=True)
class RawCallback:
    """A callback exactly as it came: header names in lower case, body untouched."""

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer a channel expects: status, content type and exact body."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"


class CallbackRejected(Exception):
    """The callback is not authentic or not readable.

    ``reason`` is for the security record, not for the sender. ``unknown_key`` asks for one
    (throttled) refresh of the channel's certificates before the message is judged again.
    """

    def __init__(self, reason: str, *, unknown_key: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unknown_key = unknown_key
