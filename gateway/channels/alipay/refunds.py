"""What an answer about a refund lets the center conclude.

Rules: Alipay Open Platform, "alipay.trade.refund" and "alipay.trade.fastpay.refund.query". Both
answer "success" to mean "handled": ``fund_change`` says whether this call moved money, and
``refund_status`` whether the refund exists at all. ``refund_fee`` is the sum of all refunds of the
trade so far.
"""

from gateway.channels.alipay.answers import Answer
from gateway.channels.alipay.parsing import Json, Unreadable, fen, moment, number, text
from gateway.channels.alipay.statuses import MONEY_MOVED, REFUND_SUCCESS, TRADE_MISSING
from gateway.messages import (
    Failure,
    Operation,
    Outcome,
    PaymentRef,
    RefundRef,
    RefundReport,
    RefundRequest,
)
from paycenter.kernel.money import CURRENCY

_OF_A_REFUND = ("refund_status", "refund_amount", "out_request_no", "gmt_refund_pay")


def made_refund(request: RefundRequest, answer: Answer) -> RefundReport:
    """Judge the answer to a refund.

    Without ``fund_change`` Y no money moved now: mostly the repeat of a refund that was made
    before. That is ``PENDING``, and a query tells.
    """
    number_ = request.refund_serial_no
    if not answer.succeeded:
        outcome = answer.refusal(Operation.REFUND)
        return RefundReport(outcome, number_, failure=answer.failure)
    try:
        return _made(request, answer.content)
    except Unreadable as error:
        return _unreadable(number_, error)


def asked_refund(refund: RefundRef, answer: Answer) -> RefundReport:
    """Judge the answer to a query. One without any trace of the refund says it was never made."""
    if not answer.succeeded:
        missing = answer.error_word == TRADE_MISSING
        return _open(refund, answer.failure, missing=missing)
    try:
        return _asked(refund, answer.content)
    except Unreadable as error:
        return _unreadable(refund.refund_serial_no, error)


def _made(request: RefundRequest, content: Json) -> RefundReport:
    _check_trade(request.payment, content)
    moved = text(content, "fund_change") == MONEY_MOVED
    refunded_so_far = fen(content, "refund_fee")
    if moved and (refunded_so_far or 0) < request.amount:
        raise Unreadable("less was refunded in all than by this refund")
    return RefundReport(
        Outcome.SUCCEEDED if moved else Outcome.PENDING,
        request.refund_serial_no,
        serial_no=request.payment.serial_no,
        # Only the sum is told. The number is bound to its amount: another one is refused.
        amount=request.amount if moved else None,
        currency=CURRENCY,
        succeeded_at=moment(content, "gmt_refund_pay") if moved else None,
    )


def _asked(refund: RefundRef, content: Json) -> RefundReport:
    if not any(text(content, name) for name in _OF_A_REFUND):
        return _open(refund, Failure("no_such_refund", ""), missing=True)
    _check_trade(refund.payment, content)
    if number(content, "out_request_no", required=True) != refund.refund_serial_no:
        raise Unreadable("the answer is about another refund")
    status = text(content, "refund_status")
    if status != REFUND_SUCCESS:
        return _open(refund, Failure(status[:64] or "no_refund_status", ""))
    return RefundReport(
        Outcome.SUCCEEDED,
        refund.refund_serial_no,
        serial_no=refund.payment.serial_no,
        amount=fen(content, "refund_amount"),
        currency=CURRENCY,
        succeeded_at=moment(content, "gmt_refund_pay"),
    )


def _check_trade(payment: PaymentRef, content: Json) -> None:
    if number(content, "out_trade_no", required=True) != payment.serial_no:
        raise Unreadable("the answer is about another trade")


def _open(refund: RefundRef, failure: Failure, *, missing: bool = False) -> RefundReport:
    return RefundReport(Outcome.UNKNOWN, refund.refund_serial_no, missing=missing, failure=failure)


def _unreadable(refund_serial_no: str, error: Unreadable) -> RefundReport:
    failure = Failure("unreadable_answer", str(error))
    return RefundReport(Outcome.UNKNOWN, refund_serial_no, failure=failure)
