"""What the simulated WeChat Pay remembers of profit sharing: receivers, splits, shares, returns.

Money is integer fen; times are whole seconds of the virtual clock.
"""

from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]

MERCHANT = "MERCHANT_ID"
FAIL_REASONS = (
    "ACCOUNT_ABNORMAL",
    "NO_RELATION",
    "RECEIVER_HIGH_RISK",
    "RECEIVER_REAL_NAME_NOT_VERIFIED",
    "NO_AUTH",
    "RECEIVER_RECEIPT_LIMIT",
    "PAYER_ACCOUNT_ABNORMAL",
    "INVALID_REQUEST",
)
RETURN_FAIL_REASONS = (
    "ACCOUNT_ABNORMAL",
    "BALANCE_NOT_ENOUGH",
    "TIME_OUT_CLOSED",
    "PAYER_ACCOUNT_ABNORMAL",
    "INVALID_REQUEST",
)


@dataclass(frozen=True)
class Receiver:
    """A party that a payee may share with; ``payee`` is the merchant that takes the money."""

    payee: str
    type: str
    account: str
    relation_type: str
    custom_relation: str = ""

    @property
    def key(self) -> str:
        """One party is bound once to each payee."""
        return receiver_key(self.payee, self.type, self.account)


def receiver_key(payee: str, type_: str, account: str) -> str:
    """Under which a receiver is kept."""
    return f"{payee}:{type_}:{account}"


@dataclass(frozen=True)
class ReceiverAccount:
    """How an account behaves, as the control API set it up, whoever shares with it.

    ``name`` is its registered name, blank: any. Its shares fail with ``fail_reason``, if there is
    one. It may refuse to give shares back, and a merchant is told of its shares at ``notify_url``.
    """

    account: str
    name: str = ""
    fail_reason: str = ""
    refuses_returns: bool = False
    notify_url: str = ""


@dataclass(frozen=True)
class Split:
    """One sharing number of one order: some shares, or (``is_release``) the rest alone.

    ``unfreezes`` says that the rest goes to the payee once the shares are decided, ``released`` how
    much that was. ``content`` is what a repeat must equal.
    """

    mchid: str
    out_order_no: str
    order_id: str
    order_key: str
    content: JsonObject
    created_at: int
    unfreezes: bool
    is_release: bool = False
    state: str = "PROCESSING"
    finished_at: int = 0
    released: int = 0
    detail_ids: list[str] = field(default_factory=list)
    return_nos: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Sharing numbers are unique per calling merchant."""
        return f"{self.mchid}:{self.out_order_no}"


@dataclass(frozen=True)
class Share:
    """What one receiver gets of one split; ``is_rest`` marks the payee's own line."""

    detail_id: str
    split_key: str
    type: str
    account: str
    amount: int
    description: str
    created_at: int
    result: str = "PENDING"
    fail_reason: str = ""
    finished_at: int = 0
    is_rest: bool = False


@dataclass(frozen=True)
class ShareReturn:
    """One return number: a part of a merchant's share goes back to the payee."""

    mchid: str
    out_return_no: str
    return_id: str
    split_key: str
    return_mchid: str
    amount: int
    description: str
    created_at: int
    result: str = "PROCESSING"
    fail_reason: str = ""
    finished_at: int = 0

    @property
    def key(self) -> str:
        """Return numbers are unique per calling merchant."""
        return f"{self.mchid}:{self.out_return_no}"
