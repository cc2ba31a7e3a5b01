"""What the simulated Alipay remembers of royalties: relations, settlements, shares.

Money is integer fen; times are seconds of the virtual clock.
"""

from dataclasses import dataclass, field

from gateway.sandbox.alipay.records import JsonObject

SYNC = "sync"
FAIL_REASONS = (
    "ROYALTY_RECEIVER_ACCOUNT_NOT_CERTIFY",
    "ROYALTY_RECEIVER_ACCOUNT_NO_BALANCE",
    "ROYALTY_RECEIVER_ACCOUNT_NOT_EXIST",
    "ROYALTY_ACCOUNT_INVALID",
    "USER_ACCOUNT_HAD_FREEZEN",
    "TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH",
    "MERCHANT_RISK_LIMIT",
)


@dataclass(frozen=True)
class Relation:
    """An account that a seller may share with."""

    seller_id: str
    type: str
    account: str
    memo: str = ""

    @property
    def key(self) -> str:
        """One account is bound once to each seller."""
        return relation_key(self.seller_id, self.type, self.account)


def relation_key(seller_id: str, type_: str, account: str) -> str:
    """Under which a relation is kept."""
    return f"{seller_id}:{type_}:{account}"


@dataclass(frozen=True)
class RoyaltyAccount:
    """How an account behaves, as the control API set it up, whoever shares with it.

    ``name`` is its real name, blank: any. Its shares fail with ``fail_reason``, if there is one. It
    may refuse that refunds take shares back.
    """

    account: str
    name: str = ""
    fail_reason: str = ""
    refuses_returns: bool = False


@dataclass(frozen=True)
class AppGateway:
    """Where an app wants messages that belong to no payment."""

    app_id: str
    url: str


@dataclass(frozen=True)
class Settlement:
    """One request number: some shares of a trade, the release of the rest, or both.

    ``content`` is what a repeat must equal; ``released`` how much the release freed.
    """

    seller_id: str
    out_request_no: str
    settle_no: str
    trade_key: str
    app_id: str
    content: JsonObject
    created_at: float
    finished_at: float = 0
    released: int = 0
    detail_ids: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Request numbers are unique per seller."""
        return f"{self.seller_id}:{self.out_request_no}"

    @property
    def mode(self) -> str:
        """``sync``: all shares or none; ``async``: each for itself."""
        return str(self.content["mode"])

    @property
    def releases(self) -> bool:
        """Whether the rest of the trade is released with it."""
        return bool(self.content["releases"])

    @property
    def is_release(self) -> bool:
        """Whether it does nothing else."""
        return not self.content["shares"]


@dataclass(frozen=True)
class RoyaltyShare:
    """What one account gets of one settlement."""

    detail_id: str
    settlement_key: str
    trans_in_type: str
    trans_in: str
    amount: int
    desc: str
    state: str = "PROCESSING"
    fail_reason: str = ""
    executed_at: float = 0
