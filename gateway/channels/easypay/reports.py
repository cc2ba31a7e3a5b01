"""From an answer to the center's reports, alike in both versions.

Rules: EasyPay protocol V1 and V2, "order query" and "refund". What a platform says must be about
what it was asked: V2 answers a refund number it knows with the refund it knows, whatever payment
and amount stand beside it in the request.
"""

from gateway.channels.easypay.answers import Answer
from gateway.channels.easypay.parsing import Unreadable, fen, number, payment_report
from gateway.channels.easypay.signing import Texts
from gateway.channels.easypay.statuses import ORDER_MISSING, order_refusal
from gateway.messages import (
    ChannelAccount,
    Failure,
    Outcome,
    PaymentRef,
    PaymentReport,
    PayResult,
    RefundReport,
    RefundRequest,
)
from paycenter.kernel.money import CURRENCY


def unreadable(error: Unreadable) -> Failure:
    """Return the failure of an answer that is not as documented."""
    return Failure("unreadable_answer", str(error))


def not_ordered(answer: Answer) -> PayResult:
    """Return what an answer that is no success says of a new order."""
    outcome = Outcome.UNKNOWN
    if answer.is_refusal:
        outcome = order_refusal(answer.code, answer.message)
    return PayResult(outcome, failure=answer.failure)


def no_payment(payment: PaymentRef, answer: Answer) -> PaymentReport:
    """Nothing certain was said of the payment, unless that its number is not known."""
    return PaymentReport(
        Outcome.UNKNOWN,
        payment.serial_no,
        missing=answer.misses(ORDER_MISSING),
        failure=answer.failure,
    )


def found_payment(account: ChannelAccount, payment: PaymentRef, answer: Answer) -> PaymentReport:
    """Return what a successful answer says of the payment that was asked about."""
    try:
        report = payment_report(account, answer.content)
    except Unreadable as error:
        return PaymentReport(Outcome.UNKNOWN, payment.serial_no, failure=unreadable(error))
    if report.serial_no != payment.serial_no or report.mchid != account.mchid:
        failure = Failure("another_payment", "the answer is about another payment")
        return PaymentReport(Outcome.UNKNOWN, payment.serial_no, failure=failure)
    return report


def check_subject(
    account: ChannelAccount, payment: PaymentRef, told: Texts, *, bare: bool = False
) -> None:
    """Raise ``Unreadable`` unless what is told of a refund names the payment it is of.

    ``bare``: it may name none, but not another.
    """
    known = payment.channel_serial_no
    expected = {"uid": account.mchid, "out_trade_no": payment.serial_no}
    expected |= {"trade_no": known} if known else {}
    for name, value in expected.items():
        if told.get(name, value) != value:
            raise Unreadable(f"{name} is another's")
    if not bare and not (expected.keys() - {"uid"}) & told.keys():
        raise Unreadable("the payment is not named")


def returned_money(
    account: ChannelAccount, request: RefundRequest, answer: Answer, *, bare: bool = False
) -> RefundReport:
    """Return what a successful refund says; a person looks when it is not the one asked for.

    ``bare``: some V1 platforms answer with the code alone, which stands for what was asked for.
    """
    told = answer.content
    try:
        check_subject(account, request.payment, told, bare=bare)
        if told.get("out_refund_no", request.refund_serial_no) != request.refund_serial_no:
            raise Unreadable("out_refund_no is another's")
        amount = request.amount if bare and "money" not in told else fen(told, "money")
        if amount != request.amount:
            raise Unreadable(f"{amount} fen were returned")
        refund_no = number(told, "refund_no") if not bare or told.get("refund_no") else ""
    except Unreadable as error:
        failure = Failure("another_refund", str(error))
        return unknown_refund(request.refund_serial_no, failure, needs_person=True)
    return RefundReport(
        Outcome.SUCCEEDED,
        request.refund_serial_no,
        serial_no=request.payment.serial_no,
        channel_refund_no=refund_no,
        amount=amount,
        currency=CURRENCY,
        mchid=account.mchid,
    )


def unknown_refund(
    refund_serial_no: str, failure: Failure, *, missing: bool = False, needs_person: bool = False
) -> RefundReport:
    """Return that nobody can say what became of a refund."""
    return RefundReport(
        Outcome.UNKNOWN,
        refund_serial_no,
        missing=missing,
        needs_person=needs_person,
        failure=failure,
    )
