"""What the simulated Alipay remembers: apps, trades, refunds, and links nobody has paid yet.

Money is integer fen; times are seconds of the virtual clock.
"""

from dataclasses import dataclass, field
from typing import Any

from gateway.sandbox.alipay.money import to_fen

JsonObject = dict[str, Any]

WAITING = "WAIT_BUYER_PAY"
SUCCESS = "TRADE_SUCCESS"
FINISHED = "TRADE_FINISHED"
CLOSED = "TRADE_CLOSED"
DEFAULT_BUYER_ID = "2088260200000012"


@dataclass(frozen=True)
class Authorization:
    """An app_auth_token: for whom a service provider's app may act."""

    app_id: str
    seller_id: str


@dataclass(frozen=True)
class App:
    """An app that may call the gateway, and the keys of either side the gateway holds.

    ``alipay_certificates`` maps the SN of every certificate Alipay ever had for this app to its
    PEM; ``alipay_cert_sn`` is the one that signs. ``authorizations`` is keyed by app_auth_token
    and holds the members of ``Authorization``.
    """

    app_id: str
    name: str
    seller_id: str
    key_mode: str
    app_public_key_pem: str
    app_cert_sn: str
    alipay_private_key_pem: str = field(repr=False)
    alipay_cert_sn: str
    expired_alipay_cert_sn: str
    alipay_certificates: dict[str, str]
    authorizations: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    @property
    def uses_certificates(self) -> bool:
        """Whether requests must name certificates, and answers do."""
        return self.key_mode == "certificate"

    @property
    def sellers(self) -> list[str]:
        """The accounts this app takes money for."""
        return [self.seller_id, *(one["seller_id"] for one in self.authorizations.values())]


@dataclass(frozen=True)
class Offer:
    """What a merchant asked a payer to pay: the content and addresses of one pay request.

    ``app_id`` signed it; ``auth_app_id`` and ``seller_id`` are whom it is for, the same app unless
    a service provider signed. ``biz`` is the biz_content as sent; ``time_expire`` is that member
    of it on the virtual clock, 0 if there is none.
    """

    app_id: str
    auth_app_id: str
    seller_id: str
    method: str
    biz: JsonObject
    notify_url: str
    return_url: str
    charset: str
    time_expire: float = 0

    @property
    def out_trade_no(self) -> str:
        """The merchant's number."""
        return str(self.biz["out_trade_no"])

    @property
    def trade_key(self) -> str:
        """Numbers are unique per account that takes the money."""
        return f"{self.seller_id}:{self.out_trade_no}"

    @property
    def total(self) -> int:
        """The price in fen."""
        return to_fen(self.biz["total_amount"])

    @property
    def named_open_id(self) -> str:
        """The payer by the app's name for it, if the merchant named one so."""
        return str(self.biz.get("buyer_open_id") or self.biz.get("op_buyer_open_id") or "")

    @property
    def names_buyer(self) -> bool:
        """Whether only one payer may pay."""
        return bool(self.biz.get("buyer_id") or self.named_open_id)

    @property
    def is_for_sharing(self) -> bool:
        """Whether the money is frozen at the seller once it is paid."""
        return str(self.biz.get("extend_params", {}).get("royalty_freeze")) == "true"


@dataclass(frozen=True)
class Launch:
    """A code or link the gateway knows although no payer may have come yet.

    ``offer`` holds the members of an ``Offer``; nobody can pay after ``expires_at``.
    """

    token: str
    offer: dict[str, Any]
    created_at: float
    expires_at: float

    @property
    def wanted(self) -> Offer:
        """The pay request behind it."""
        return Offer(**self.offer)


@dataclass(frozen=True)
class LatestLaunch:
    """The last code or link known for a number; ``trade_key`` as in ``Offer``."""

    trade_key: str
    token: str


@dataclass(frozen=True)
class Trade:
    """One merchant order number and what became of it; ``offer`` is the request that made it."""

    trade_no: str
    offer: dict[str, Any]
    created_at: float
    expires_at: float
    state: str = WAITING
    paid_at: float = 0
    closed_at: float = 0
    failed_at: float = 0
    buyer_id: str = ""
    buyer_open_id: str = ""
    coupon: int = 0
    refund_nos: list[str] = field(default_factory=list)
    settlement_nos: list[str] = field(default_factory=list)
    released_at: float = 0

    @property
    def wanted(self) -> Offer:
        """The pay request behind it."""
        return Offer(**self.offer)

    @property
    def key(self) -> str:
        """As ``Offer.trade_key``."""
        return self.wanted.trade_key

    @property
    def is_paid(self) -> bool:
        """Whether money was taken, even if all of it went back."""
        return self.paid_at > 0

    @property
    def buyer_pay(self) -> int:
        """What the payer gives in fen, the rest being coupon."""
        return self.wanted.total - self.coupon


@dataclass(frozen=True)
class TradeNumber:
    """Which trade a number of Alipay's belongs to."""

    trade_no: str
    trade_key: str


@dataclass(frozen=True)
class Refund:
    """One refund number of one trade; nothing has moved before ``finished_at``.

    ``taken_back`` names what receivers of shares give to it: account, amount (fen).
    """

    trade_key: str
    out_request_no: str
    amount: int
    reason: str
    created_at: float
    state: str = "processing"
    finished_at: float = 0
    taken_back: list[JsonObject] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Refund numbers are unique within their trade."""
        return f"{self.trade_key}:{self.out_request_no}"


@dataclass(frozen=True)
class Login:
    """A payer who came through the authorisation page of an app; the code serves once."""

    code: str
    app_id: str
    buyer_id: str
    expires_at: float


@dataclass(frozen=True)
class Counter:
    """The last number given out in one series."""

    name: str
    value: int


@dataclass(frozen=True)
class Switches:
    """How the simulated platform is set up; changed through the control API.

    refund_finish_seconds: a refund moves money so many virtual seconds after it was accepted, 0:
    before it is answered, as nearly always; null: only the control API decides.
    refund_gap: two refunds of one trade must lie three seconds apart, as in production.
    close_notifications: whether merchants are told that an unpaid trade was closed; production
    does that for some products and not for others.
    payer: the account (2088...) of whoever sits before Alipay's browser.
    payer_id: what a login names the payer by, ``user_id``, or ``open_id`` as for newer apps.
    split_finish_seconds: shares are decided so many virtual seconds after a split was accepted, 0:
    before it is answered, as in production's mode sync; in the mode async it takes a second at
    least. null: only the control API decides.
    max_ratio: how many percent of a trade may be shared in all.
    """

    refund_finish_seconds: int | None = 0
    refund_gap: bool = False
    close_notifications: bool = True
    payer: str = DEFAULT_BUYER_ID
    payer_id: str = "user_id"
    split_finish_seconds: int | None = 0
    max_ratio: int = 30
    name: str = "switches"
