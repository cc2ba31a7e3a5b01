"""The words of WeChat Pay about shares, and what each lets the center conclude.

Rules: WeChat Pay APIv3, "Profit sharing": its results, reasons and error codes. Codes are compared
without ``_``, as in ``statuses``.
"""

from collections.abc import Mapping

from gateway.messages import Operation, Outcome

FINISHED = "FINISHED"
SPLIT_STATES: Mapping[str, Outcome] = {
    "PROCESSING": Outcome.PENDING,
    # Says nothing of any share: each has its own result.
    FINISHED: Outcome.SUCCEEDED,
}

SHARE_RESULTS: Mapping[str, Outcome] = {
    "PENDING": Outcome.PENDING,
    "SUCCESS": Outcome.SUCCEEDED,
    # The money stays with the payee, frozen until the rest is released.
    "CLOSED": Outcome.FAILED,
}

RETURN_RESULTS: Mapping[str, Outcome] = {
    # Fails by itself after five days in which the receiver's balance did not suffice.
    "PROCESSING": Outcome.PENDING,
    "SUCCESS": Outcome.SUCCEEDED,
    "FAILED": Outcome.FAILED,
    "FAIL": Outcome.FAILED,
}

NOT_BOUND = "INVALIDREQUEST"
"""To unbinding: WeChat Pay asks whether there is such a receiver."""

_REFUSALS = frozenset(
    {
        "PARAMERROR",
        "INVALIDREQUEST",
        "APPIDMCHIDNOTMATCH",
        "MCHNOTEXISTS",
        "NOAUTH",
        "RULELIMIT",
        "ACCOUNTERROR",
        "USERACCOUNTABNORMAL",
        "RESOURCENOTEXISTS",
    }
)
_NOT_ENOUGH = "NOTENOUGH"
_TOO_MANY_REQUESTS = 429


def refusal_outcome(operation: Operation, status: int, code: str) -> Outcome:
    """Conclude from a verified error answer; ``code`` is normalised.

    ``FAILED`` only for a refusal that proves that this sending moved nothing. A return for which
    the receiver has not enough is kept by WeChat Pay and may still succeed: it is asked for. A
    binding moves no money: every refusal of it is one.
    """
    if not 400 <= status < 500 or status == _TOO_MANY_REQUESTS:
        return Outcome.UNKNOWN
    if operation in (Operation.BIND_RECEIVER, Operation.UNBIND_RECEIVER):
        return Outcome.FAILED
    refused = code in _REFUSALS or (code == _NOT_ENOUGH and operation is not Operation.SPLIT_RETURN)
    return Outcome.FAILED if refused else Outcome.UNKNOWN
