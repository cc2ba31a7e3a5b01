"""The words of WeChat Pay and what each lets the center conclude.

Rules: WeChat Pay APIv3, "Query order", "Query a single refund" and "Error codes"; for logins
WeChat official accounts, "Global return codes". Codes of WeChat Pay are compared without ``_``:
names from before and after the rewrite of the documentation (``ORDERPAID`` and ``ORDER_PAID``) are
both in use.
"""

from collections.abc import Mapping

from gateway.messages import Finding, Operation, Outcome

TRADE_STATES: Mapping[str, Outcome] = {
    "SUCCESS": Outcome.SUCCEEDED,
    # Was paid, and at least one refund was started; a partial one is enough.
    "REFUND": Outcome.SUCCEEDED,
    # Also after an attempt of the payer that failed: the order can still be paid.
    "NOTPAY": Outcome.PENDING,
    "USERPAYING": Outcome.PENDING,
    "ACCEPT": Outcome.PENDING,
    # Belongs to payment codes, which are not used here, and says that one attempt failed, not that
    # the number is closed: only a close makes sure that nobody pays any more.
    "PAYERROR": Outcome.PENDING,
    "CLOSED": Outcome.FAILED,
    "REVOKED": Outcome.FAILED,
}
"""``FAILED`` here always means: closed, it can no longer be paid."""

REFUND_STATES: Mapping[str, Outcome] = {
    "SUCCESS": Outcome.SUCCEEDED,
    "PROCESSING": Outcome.PENDING,
    # The money never left; another try needs another refund number.
    "CLOSED": Outcome.FAILED,
    # Waits at the channel until somebody names another account; may still succeed.
    "ABNORMAL": Outcome.PENDING,
}
REFUND_NEEDS_PERSON = "ABNORMAL"

BILL_REFUND_STATES: Mapping[str, Outcome] = {
    "SUCCESS": Outcome.SUCCEEDED,
    "PROCESSING": Outcome.PENDING,
    "FAIL": Outcome.FAILED,
    # ABNORMAL in the words of channel bills.
    "CHANGE": Outcome.PENDING,
}
"""As it was when the channel bill was made; it is never brought up to date."""

NO_BILL = "NOSTATEMENTEXIST"
BILL_IN_THE_MAKING = "STATEMENTCREATING"
BILL_REFUSALS = frozenset({"PARAMERROR", "INVALIDREQUEST", "NOAUTH"})
"""Refusals of a channel bill that asking again does not change."""

ORDER_MISSING = "ORDERNOTEXIST"
ORDER_CLOSED = "ORDERCLOSED"
RESOURCE_MISSING = "RESOURCENOTEXISTS"

_REFUSED = (Outcome.FAILED, Outcome.FAILED)
_ASK = (Outcome.UNKNOWN, Outcome.UNKNOWN)

_REFUSALS: Mapping[str, tuple[Outcome, Outcome]] = {
    "PARAMERROR": _REFUSED,
    "INVALIDREQUEST": _REFUSED,
    "APPIDMCHIDNOTMATCH": _REFUSED,
    "MCHNOTEXISTS": _REFUSED,
    "NOAUTH": _REFUSED,
    "RULELIMIT": _REFUSED,
    "NOTENOUGH": _REFUSED,
    "ACCOUNTERROR": _REFUSED,
    "USERACCOUNTABNORMAL": _REFUSED,
    "TRADEOVERDUE": _REFUSED,
    RESOURCE_MISSING: _REFUSED,
    # Never executed. A refund keeps its reservation all the same: an earlier sending of it may
    # have been accepted, and the same number works again once the configuration is right.
    "SIGNERROR": (Outcome.FAILED, Outcome.UNKNOWN),
    # The number has a history at the channel: its state tells, the refusal does not.
    "ORDERPAID": _ASK,
    ORDER_CLOSED: _ASK,
    "OUTTRADENOUSED": _ASK,
    "TRADEERROR": _ASK,
    "REFUNDFEEMISMATCH": _ASK,
    "USERPAYING": _ASK,
    # May have been accepted behind the limiter.
    "FREQUENCYLIMITED": _ASK,
    "RATELIMITEXCEEDED": _ASK,
}
"""Answers with a 4xx status: conclusion for (pay, refund)."""

_REFUSALS_DESPITE_5XX = frozenset({"OPENIDMISMATCH", "INVALIDTRANSACTIONID"})
"""Faults of the data that come with status 500."""

_FINDINGS = {
    # Also an unknown serial and a wrong clock, which only the message tells apart.
    "SIGN_ERROR": Finding.WRONG_KEY,
    "MCH_NOT_EXISTS": Finding.UNKNOWN_ACCOUNT,
    "APPID_MCHID_NOT_MATCH": Finding.UNKNOWN_ACCOUNT,
    "ACCOUNT_ERROR": Finding.UNKNOWN_ACCOUNT,
    "NO_AUTH": Finding.NOT_PERMITTED,
}
FINDINGS: Mapping[str, Finding] = {
    code: finding
    for documented, finding in _FINDINGS.items()
    for code in (documented, documented.replace("_", ""))
}
"""What a refused query says of the account; both spellings of a code are in use."""

LOGIN_REFUSALS = frozenset(
    {
        # The code of the login: wrong, used before, missing, too old.
        40029,
        40163,
        41008,
        42003,
        # The official account: no such app id, another secret, no permission for logins.
        40013,
        40125,
        48001,
    }
)
"""What the exchange of a login's code says for good. Any other error may pass: -1 is "busy"."""

_AUTHENTICATION_CODES = frozenset({"SIGNERROR", "PARAMERROR", "INVALIDREQUEST"})
_TOO_MANY_REQUESTS = 429


def normalised(code: str) -> str:
    """Return the code in the one spelling the tables here use."""
    return code.replace("_", "").upper()


def refusal_outcome(operation: Operation, status: int, code: str) -> Outcome:
    """Conclude from a verified error answer to ``PAY`` or ``REFUND``; ``code`` is normalised.

    ``FAILED`` only for a refusal that proves nothing was done. An unlisted 4xx refuses an order,
    but never money going out: that is asked for first.
    """
    if not 400 <= status < 500:
        return Outcome.FAILED if code in _REFUSALS_DESPITE_5XX else Outcome.UNKNOWN
    for_pay, for_refund = _REFUSALS.get(code, (Outcome.FAILED, Outcome.UNKNOWN))
    if operation is Operation.PAY and status != _TOO_MANY_REQUESTS:
        return for_pay
    return for_refund if operation is Operation.REFUND else Outcome.UNKNOWN


def is_authentication_refusal(status: int, code: str) -> bool:
    """Whether an unsigned error is of the kind WeChat Pay cannot sign: it knew no caller yet."""
    return status == 401 or (status == 400 and code in _AUTHENTICATION_CODES)
