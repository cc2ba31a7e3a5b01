"""What each word of WeChat Pay lets the center conclude."""

import pytest

from gateway.channels.wechat.statuses import (
    REFUND_STATES,
    TRADE_STATES,
    normalised,
    refusal_outcome,
)
from gateway.messages import Operation, Outcome

FAILED, UNKNOWN = Outcome.FAILED, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "code", "for_pay", "for_refund"),
    [
        (400, "PARAM_ERROR", FAILED, FAILED),
        (400, "INVALID_REQUEST", FAILED, FAILED),
        (400, "APPID_MCHID_NOT_MATCH", FAILED, FAILED),
        (404, "MCH_NOT_EXISTS", FAILED, FAILED),
        (404, "RESOURCE_NOT_EXISTS", FAILED, FAILED),
        (403, "NO_AUTH", FAILED, FAILED),
        (403, "NOAUTH", FAILED, FAILED),
        (403, "RULE_LIMIT", FAILED, FAILED),
        (403, "NOT_ENOUGH", FAILED, FAILED),
        (403, "ACCOUNT_ERROR", FAILED, FAILED),
        (403, "USER_ACCOUNT_ABNORMAL", FAILED, FAILED),
        (403, "TRADE_OVERDUE", FAILED, FAILED),
        (401, "SIGN_ERROR", FAILED, UNKNOWN),
        (400, "ORDER_PAID", UNKNOWN, UNKNOWN),
        (403, "ORDERPAID", UNKNOWN, UNKNOWN),
        (400, "ORDER_CLOSED", UNKNOWN, UNKNOWN),
        (403, "OUT_TRADE_NO_USED", UNKNOWN, UNKNOWN),
        (403, "TRADE_ERROR", UNKNOWN, UNKNOWN),
        (400, "REFUND_FEE_MISMATCH", UNKNOWN, UNKNOWN),
        (202, "USERPAYING", UNKNOWN, UNKNOWN),
        (429, "FREQUENCY_LIMITED", UNKNOWN, UNKNOWN),
        (429, "RATELIMIT_EXCEEDED", UNKNOWN, UNKNOWN),
        (429, "PARAM_ERROR", UNKNOWN, FAILED),
        (429, "NEVER_HEARD_OF", UNKNOWN, UNKNOWN),
        (403, "NEVER_HEARD_OF", FAILED, UNKNOWN),
        (500, "SYSTEM_ERROR", UNKNOWN, UNKNOWN),
        (500, "BANK_ERROR", UNKNOWN, UNKNOWN),
        (503, "SERVICE_UNAVAILABLE", UNKNOWN, UNKNOWN),
        (500, "PARAM_ERROR", UNKNOWN, UNKNOWN),
        (500, "OPENID_MISMATCH", FAILED, FAILED),
        (500, "INVALID_TRANSACTIONID", FAILED, FAILED),
    ],
)
def test_error_concludes_no_more_than_it_proves(
    status: int, code: str, for_pay: Outcome, for_refund: Outcome
) -> None:
    assert refusal_outcome(Operation.PAY, status, normalised(code)) is for_pay
    assert refusal_outcome(Operation.REFUND, status, normalised(code)) is for_refund


@pytest.mark.parametrize("operation", [Operation.QUERY, Operation.CLOSE, Operation.REFUND_QUERY])
def test_refused_question_never_fails_anything(operation: Operation) -> None:
    assert refusal_outcome(operation, 403, "NOAUTH") is UNKNOWN


def test_only_a_closed_order_counts_as_failed() -> None:
    failed = {state for state, outcome in TRADE_STATES.items() if outcome is FAILED}
    assert failed == {"CLOSED", "REVOKED"}


def test_paid_stays_paid_once_a_refund_has_started() -> None:
    paid = {state for state, outcome in TRADE_STATES.items() if outcome is Outcome.SUCCEEDED}
    assert paid == {"SUCCESS", "REFUND"}


def test_only_a_closed_refund_counts_as_failed() -> None:
    assert {state for state, outcome in REFUND_STATES.items() if outcome is FAILED} == {"CLOSED"}
