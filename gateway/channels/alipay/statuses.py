"""The words of Alipay and what each lets the center conclude.

Rules: Alipay Open Platform, "Gateway error codes", "alipay.trade.query", "alipay.trade.refund".
Trade errors come as ``ACQ.XXX``; some tables, and some answers, leave the prefix out or misspell it
``AQC.``.
"""

from collections.abc import Mapping

from gateway.messages import Finding, Operation, Outcome, Trouble

SUCCESS = "10000"
BUSINESS_FAILED = "40004"
NOT_EXECUTED = frozenset({"20001", "40001", "40002", "40003", "40006"})
"""The gateway turned the request away before anything was done with it."""

PASSING = frozenset({"20000", "40005"})
"""Out of service (the request may have been executed all the same) and too many calls."""

TRADE_CLOSED = "TRADE_CLOSED"
TRADE_STATES: Mapping[str, Outcome] = {
    "WAIT_BUYER_PAY": Outcome.PENDING,
    # Also after a refund of a part.
    "TRADE_SUCCESS": Outcome.SUCCEEDED,
    # Paid, and no longer refundable.
    "TRADE_FINISHED": Outcome.SUCCEEDED,
    # Closed without a payment; a trade that was paid and wholly refunded ends in it too, and is
    # told from the other by ``parsing``.
    TRADE_CLOSED: Outcome.FAILED,
}
"""``FAILED`` here always means: closed, it can no longer be paid."""

REFUND_SUCCESS = "REFUND_SUCCESS"
"""The only word for a refund; one that was never made has none."""

MONEY_MOVED = "Y"

TRADE_MISSING = "TRADE_NOT_EXIST"

_PREFIXES = ("ACQ.", "AQC.")
_BROKEN = "SYSTEM_ERROR"

_ASK_FOR_STATE = frozenset(
    {
        "CONTEXT_INCONSISTENT",
        "TRADE_HAS_SUCCESS",
        "TRADE_HAS_CLOSE",
        "TRADE_HAS_FINISHED",
        "TRADE_STATUS_ERROR",
        "REASON_TRADE_STATUS_INVALID",
        "DISCORDANT_REPEAT_REQUEST",
        # A repeated precreate may be answered so, and the first code can still be paid.
        "APPLY_PC_MERCHANT_CODE_ERROR",
    }
)
"""The number has a history at the channel: its state tells, the refusal of a payment does not."""

_REFUND_REFUSALS = frozenset(
    {
        "ALLOC_AMOUNT_VALIDATE_ERROR",
        "BUYER_ENABLE_STATUS_FORBID",
        "BUYER_ERROR",
        "BUYER_NOT_EXIST",
        "CURRENCY_NOT_SUPPORT",
        "CUSTOMER_VALIDATE_ERROR",
        "ENTERPRISE_PAY_BIZ_ERROR",
        "INVALID_PARAMETER",
        "NOT_ALLOW_PARTIAL_REFUND",
        "ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND",
        "REASON_TRADE_BEEN_FREEZEN",
        "REASON_TRADE_REFUND_FEE_ERR",
        "REASON_TRADE_STATUS_INVALID",
        "REFUNDALLOC_UNAUTH_LIMIT",
        "REFUND_ACCOUNT_NOT_EXIST",
        "REFUND_AMT_NOT_EQUAL_TOTAL",
        "REFUND_FEE_ERROR",
        "REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST",
        "SELLER_BALANCE_NOT_ENOUGH",
        "TRADE_HAS_CLOSE",
        "TRADE_HAS_FINISHED",
        "TRADE_NOT_ALLOW_REFUND",
        TRADE_MISSING,
        "TRADE_STATUS_ERROR",
        "USER_NOT_MATCH_ERR",
    }
)
"""Refusals that prove no money moved under this number: a finished one is repeated as a success.
What is not listed (``SYSTEM_ERROR``, ``REFUND_CHARGE_ERROR``, ``TRADE_SETTLE_ERROR``, the number
used before with other content, new words) leaves it open."""

FINDINGS: Mapping[str, Finding] = {
    "isv.invalid-signature": Finding.WRONG_KEY,
    "isv.missing-signature-config": Finding.WRONG_KEY,
    "isv.missing-signature-key": Finding.WRONG_KEY,
    "isv.invalid-app-id": Finding.UNKNOWN_ACCOUNT,
    "isv.invalid-timestamp": Finding.CLOCK,
    # The application is in certificate mode, and its certificates were not uploaded here.
    "isv.missing-app-cert-sn": Finding.MISCONFIGURED,
    "isv.missing-alipay-root-cert-sn": Finding.MISCONFIGURED,
    "app-cert-expired": Finding.MISCONFIGURED,
    "isv.app-cert-expired": Finding.MISCONFIGURED,
    "isv.insufficient-isv-permissions": Finding.NOT_PERMITTED,
    "isv.insufficient-user-permissions": Finding.NOT_PERMITTED,
    "isv.invalid-auth-relations": Finding.NOT_PERMITTED,
    "isv.not-support-app-auth": Finding.NOT_PERMITTED,
    "isv.self-invoke-forbidden": Finding.NOT_PERMITTED,
    "aop.app-auth-token-time-out": Finding.NOT_PERMITTED,
    "aop.invalid-app-auth-token": Finding.NOT_PERMITTED,
    "aop.invalid-app-auth-token-no-api": Finding.NOT_PERMITTED,
    "aop.no-product-reg-by-partner": Finding.NOT_PERMITTED,
    "ACQ.ACCESS_FORBIDDEN": Finding.NOT_PERMITTED,
}
"""What a refused query says of the account."""

TROUBLES: Mapping[str, Trouble] = {
    "isp.unknow-error": Trouble.BUSY,
    "aop.unknow-error": Trouble.BUSY,
    "aop.ACQ.SYSTEM_ERROR": Trouble.BUSY,
    "ACQ.SYSTEM_ERROR": Trouble.BUSY,
    "AQC.SYSTEM_ERROR": Trouble.BUSY,
    "SYSTEM_ERROR": Trouble.BUSY,
    "isv.app-call-limited": Trouble.LIMITED,
    "isv.method-call-limited": Trouble.LIMITED,
    # The gateway's own codes stand where it gives no reason.
    "20000": Trouble.BUSY,
    "40005": Trouble.LIMITED,
}


NO_BILL_DATA = "NO_BILL_DATA"
"""Nothing of this kind happened on that day."""
BILL_NOT_EXIST = "BILL_NOT_EXIST"
"""Nothing happened, or the channel bill is late: the same word says both."""
_BILL_REFUSALS = frozenset(
    {
        "BILL_DATE_BEFORE_REGISTRATION",
        # Misspelt so in the documentation.
        "INVAILID_ARGUMENTS",
        "INVALID_ARGUMENTS",
        "TYPE_NOT_SUPPORTED",
    }
)


def bill_word(sub_code: str) -> str:
    """Return a refusal's word as documented: it also comes as ``isp.bill_not_exist``."""
    return sub_code.rpartition(".")[2].upper()


def word_of(sub_code: str) -> str:
    """Return a trade error without its prefix."""
    for prefix in _PREFIXES:
        sub_code = sub_code.removeprefix(prefix)
    return sub_code


def refusal_outcome(operation: Operation, code: str, sub_code: str) -> Outcome:
    """Conclude from a verified refusal of ``PAY``, ``REFUND``, ``IDENTIFY`` or ``BILL``.

    ``FAILED`` only for a refusal that proves nothing was done. One by the gateway itself says so of
    this sending only: a refund may have been accepted before, keeps its reservation, and goes on
    with the same number once the configuration is right.
    """
    word = word_of(sub_code) if code == BUSINESS_FAILED else ""
    if operation is Operation.REFUND:
        refused = word in _REFUND_REFUSALS
    elif operation is Operation.BILL:
        refused = code in NOT_EXECUTED or bill_word(sub_code) in _BILL_REFUSALS
    else:
        settled = word and word not in _ASK_FOR_STATE and not word.endswith(_BROKEN)
        refused = bool(settled) or code in NOT_EXECUTED
    return Outcome.FAILED if refused else Outcome.UNKNOWN
