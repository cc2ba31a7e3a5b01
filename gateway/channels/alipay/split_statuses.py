"""The words of Alipay about shares, and what each lets the center conclude.

Rules: Alipay Open Platform, "alipay.trade.order.settle", "alipay.trade.order.settle.query",
"alipay.trade.royalty.relation.bind". Trade errors come with a prefix, as in ``statuses``.
"""

from collections.abc import Mapping

from gateway.channels.alipay.statuses import BUSINESS_FAILED, NOT_EXECUTED
from gateway.messages import Operation, Outcome

TRANSFER = "transfer"
"""The operation that gives a receiver a share; others take it back, or add to the trade."""

SHARE_STATES: Mapping[str, Outcome] = {
    "PROCESSING": Outcome.PENDING,
    "SUCCESS": Outcome.SUCCEEDED,
    "FAIL": Outcome.FAILED,
}

RELATION_DONE = "SUCCESS"
RELATION_REFUSED = "FAIL"

ALREADY_RELEASED = "ALREADY_FINISH_ALLOC"

_REFUSALS = frozenset(
    {
        "ALLOC_AMOUNT_VALIDATE_ERROR",
        "ALLOC_REFUSE_AFTER_REFUND",
        "ALLOC_REFUSE_BEFORE_SETTLE",
        ALREADY_RELEASED,
        "ASYNC_ALLOC_NOT_SUPPORT_IN_PERIOD",
        "CUSTOMER_VALIDATE_ERROR",
        "ILLEGAL_SETTLE_STATE",
        "INVALID_PARAMETER",
        "MERCHANT_RISK_LIMIT",
        "NOT_SUPPORT_ROYALTY",
        "PARTNER_ERROR",
        "REASON_TRADE_STATUS_INVALID",
        "ROYALTY_ACCOUNTS_EQUAL",
        "ROYALTY_ACCOUNT_INVALID",
        "ROYALTY_ACCOUNT_NAME_NOT_MATCH",
        "ROYALTY_ACCOUNT_NOT_EXIST",
        "ROYALTY_PAYER_ACCOUNT_NOT_CERTIFY",
        "ROYALTY_PAYER_ACCOUNT_NOT_EXIST",
        "ROYALTY_PAYER_ACCOUNT_NO_BALANCE",
        "ROYALTY_RECEIVER_ACCOUNT_NOT_CERTIFY",
        "ROYALTY_RECEIVER_ACCOUNT_NOT_EXIST",
        "ROYALTY_RECEIVER_ACCOUNT_NO_BALANCE",
        "ROYALTY_RECEIVER_INVALID",
        "SETTLE_TO_CARD_NOT_SUPPORT",
        "TRADE_NOT_EXIST",
        "TRADE_STATUS_ERROR",
        "TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH",
        "USER_ACCOUNT_HAD_FREEZEN",
        "USER_LOGONID_DUP",
    }
)
"""Refusals that prove that this sending moved nothing. What is not listed (``SYSTEM_ERROR``,
``TRADE_SETTLE_ERROR``, too many calls, a number that was used before, new words) leaves it open."""

_BROKEN = "SYSTEM_ERROR"


def refusal_outcome(operation: Operation, code: str, word: str) -> Outcome:
    """Conclude from a verified refusal; ``word`` is the trade error without its prefix.

    A refusal by the gateway itself leaves a split open, as it does a refund: it goes on with its
    number once the configuration is right. A binding moves no money: every refusal of it is one.
    """
    word = word if code == BUSINESS_FAILED else ""
    if operation in (Operation.BIND_RECEIVER, Operation.UNBIND_RECEIVER):
        refused = code in NOT_EXECUTED or bool(word and not word.endswith(_BROKEN))
    else:
        refused = word in _REFUSALS
    return Outcome.FAILED if refused else Outcome.UNKNOWN
