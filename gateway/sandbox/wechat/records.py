"""What the simulated WeChat Pay remembers: merchants, orders, refunds, payment credentials.

Money is integer fen; times are whole seconds of the virtual clock.
"""

from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Merchant:
    """An account that may call the API.

    ``certificates`` maps the serial of each merchant API certificate to its PEM. A service
    provider has ``sub_merchants``: the app ids of each merchant it acts for. ``app_secret`` is that
    of all these apps; a merchant admitted before there were logins has none.
    """

    mchid: str
    name: str
    appids: list[str]
    certificates: dict[str, str]
    apiv3_key: str = field(repr=False)
    public_key_id: str
    public_key_private_pem: str = field(repr=False)
    sub_merchants: dict[str, list[str]] = field(default_factory=dict)
    app_secret: str = field(default="", repr=False)

    @property
    def every_appid(self) -> list[str]:
        """The apps payers may log in to: its own, and those of whom it acts for."""
        return [*self.appids, *(appid for apps in self.sub_merchants.values() for appid in apps)]

    @property
    def is_service_provider(self) -> bool:
        """Service providers use the partner API, everybody else the direct one."""
        return bool(self.sub_merchants)


@dataclass(frozen=True)
class PlatformKey:
    """A platform certificate with its key; listed at once, signing from ``effective_at`` on."""

    serial_no: str
    certificate_pem: str
    private_key_pem: str = field(repr=False)
    effective_at: int


@dataclass(frozen=True)
class Order:
    """One merchant order number and what became of it; ``request`` is the first order call."""

    mchid: str
    out_trade_no: str
    product: str
    request: JsonObject
    created_at: int
    expires_at: int
    token: str = ""
    state: str = "NOTPAY"
    transaction_id: str = ""
    paid_at: int = 0
    openid: str = ""
    coupon: int = 0
    failed_at: int = 0
    refund_nos: list[str] = field(default_factory=list)
    split_nos: list[str] = field(default_factory=list)
    released_at: int = 0

    @property
    def key(self) -> str:
        """Order numbers are unique per calling merchant."""
        return f"{self.mchid}:{self.out_trade_no}"

    @property
    def total(self) -> int:
        """The price in fen."""
        return int(self.request["amount"]["total"])

    @property
    def payer_total(self) -> int:
        """What the payer gives, the rest being coupon."""
        return self.total - self.coupon

    @property
    def is_paid(self) -> bool:
        """REFUND too means that money was taken."""
        return self.state in ("SUCCESS", "REFUND")

    @property
    def sub_mchid(self) -> str:
        """The merchant a service provider acted for, or nothing."""
        return str(self.request.get("sub_mchid", ""))

    @property
    def payee(self) -> str:
        """The merchant that takes the money."""
        return self.sub_mchid or self.mchid

    @property
    def is_for_sharing(self) -> bool:
        """Whether the money is frozen at the payee once it is paid."""
        return bool(self.request.get("settle_info", {}).get("profit_sharing"))


@dataclass(frozen=True)
class Prepay:
    """A credential the payer pays with: the token in a code URL or an H5 URL, or a prepay id."""

    token: str
    order_key: str
    expires_at: int


@dataclass(frozen=True)
class Transaction:
    """Which order a WeChat number belongs to."""

    transaction_id: str
    order_key: str


@dataclass(frozen=True)
class Refund:
    """One refund number; ``request`` is the first refund call, ``cash`` the non-coupon part."""

    mchid: str
    out_refund_no: str
    out_trade_no: str
    refund_id: str
    request: JsonObject
    cash: int
    created_at: int
    status: str = "PROCESSING"
    finished_at: int = 0

    @property
    def key(self) -> str:
        """Refund numbers are unique per calling merchant."""
        return f"{self.mchid}:{self.out_refund_no}"

    @property
    def amount(self) -> int:
        """What is returned in fen, coupon part included."""
        return int(self.request["amount"]["refund"])


@dataclass(frozen=True)
class Login:
    """A payer who came through the authorisation page of an app; the code serves once."""

    code: str
    appid: str
    openid: str
    expires_at: int
    is_used: bool = False


@dataclass(frozen=True)
class Counter:
    """The last number given out in one series."""

    name: str
    value: int


@dataclass(frozen=True)
class Switches:
    """How the simulated platform is set up; changed through the control API.

    refund_finish_seconds: a refund succeeds by itself after so many virtual seconds; null: never.
    strict_addresses: notify_url must be https on a public host, and a payer's IP public.
    refund_gap: two refunds of one order must lie a minute apart, as in production.
    signing_mode: ``public_key``, ``certificate`` or ``mixed`` (either, by chance), used for
    callbacks and for answers to requests that name no key.
    certificates_available: whether GET /v3/certificates lists any.
    payer: who sits before WeChat's browser; another word is another person.
    split_finish_seconds: the shares of a split are decided by themselves after so many virtual
    seconds; null: never. A release takes as long.
    return_finish_seconds: the same for returns of shares; 0: before they are answered.
    split_gap: an order can be split a minute after it was paid, as in production.
    max_ratio: how much of an order may be shared in all; 3000 is 30 %.
    """

    refund_finish_seconds: int | None = 1
    strict_addresses: bool = False
    refund_gap: bool = False
    signing_mode: str = "public_key"
    certificates_available: bool = True
    payer: str = "1"
    split_finish_seconds: int | None = 1
    return_finish_seconds: int | None = 0
    split_gap: bool = False
    max_ratio: int = 3000
    name: str = "switches"
