"""What the simulated EasyPay platform remembers: merchants, their profiles, orders, refunds.

Money is integer fen; times are whole seconds of the virtual clock.
"""

from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]

V1 = "v1"
V2 = "v2"

UNPAID = 0
PAID = 1
#: Also after a partial refund.
REFUNDED = 2


@dataclass(frozen=True)
class Merchant:
    """An account that may call the platform; ``public_key_pem`` is its own half of V2."""

    pid: str
    name: str
    key: str = field(repr=False)
    public_key_pem: str


@dataclass(frozen=True)
class Profile:
    """In what the platform treats one merchant otherwise than the others.

    key_suffix: how the MD5 key follows the text: ``plain``, or ``ampersand`` (``&key=``).
    refund_success: the code that a V1 refund's success carries, 0 or, on clones, 1.
    rsa_only: MD5 is refused everywhere.
    refunds_enabled: refunds through the API are allowed.
    """

    pid: str
    key_suffix: str = "plain"
    refund_success: int = 0
    rsa_only: bool = False
    refunds_enabled: bool = True


@dataclass(frozen=True)
class Order:
    """One order of the payer; texts are kept HTML-escaped, as production keeps them.

    ``version`` is the interface that created it, and in which its payment is told. ``closed_at``
    leaves the status alone: production forgets that an order was closed.
    """

    trade_no: str
    pid: str
    out_trade_no: str
    version: str
    type: str
    fen: int
    name: str
    notify_url: str
    return_url: str
    param: str
    clientip: str
    created_at: int
    status: int = UNPAID
    api_trade_no: str = ""
    buyer: str = ""
    paid_at: int = 0
    failed_at: int = 0
    closed_at: int = 0
    refund_nos: list[str] = field(default_factory=list)

    @property
    def number(self) -> str:
        """Merchants' numbers are unique per merchant, and only for ten days."""
        return f"{self.pid}:{self.out_trade_no}"

    @property
    def is_paid(self) -> bool:
        """Refunded too means that money was taken."""
        return self.status != UNPAID


@dataclass(frozen=True)
class OrderNumber:
    """Which order a merchant's number stands for now."""

    number: str
    trade_no: str


@dataclass(frozen=True)
class Refund:
    """One refund. ``out_refund_no`` is the merchant's V2 number, by which a repeat is known.

    ``claimed_no`` is the number a V1 caller sent along: the platform ignores it, only the books of
    the control API name the refund by it.
    """

    refund_no: str
    pid: str
    trade_no: str
    fen: int
    created_at: int
    out_refund_no: str = ""
    claimed_no: str = ""
    succeeded: bool = True
    finished_at: int = 0

    @property
    def serial_no(self) -> str:
        """The number by which a merchant knows it."""
        return self.out_refund_no or self.claimed_no or self.refund_no


@dataclass(frozen=True)
class RefundNumber:
    """Which refund a merchant's V2 number stands for."""

    number: str
    refund_no: str


@dataclass(frozen=True)
class Counter:
    """The last number given out in one series."""

    name: str
    value: int


@dataclass(frozen=True)
class Switches:
    """How the simulated platform is set up; changed through the control API.

    hide_names: notifications say ``product`` instead of the order's name, as most platforms do.
    callback_method: GET, or POST as on some clones.
    callback_money: ``short`` loses trailing zeros, ``two`` and ``four`` are decimals kept.
    largest_amount: fen; a fresh installation of the platform allows 100000.
    pay_form: what an order call answers instead of choosing by device: payurl, qrcode, urlscheme
    or html; null lets the device choose.
    """

    hide_names: bool = True
    callback_method: str = "GET"
    callback_money: str = "short"
    largest_amount: int = 10_000_000
    pay_form: str | None = None
    name: str = "switches"
