"""EasyPay V2: RSA, signed answers, refunds with a number of their own.

Rules: EasyPay protocol V2. What validation refuses comes unsigned: it ends a new order (nothing was
made that anybody could pay), never a refund. Closing proves nothing: the order's status stays, and
a payer who had begun can still finish.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.channels.easypay import wire
from gateway.channels.easypay.answers import Answer
from gateway.channels.easypay.client import Client
from gateway.channels.easypay.config import key_pairs
from gateway.channels.easypay.launch import create_action
from gateway.channels.easypay.parsing import Unreadable, fen, moment, number, words
from gateway.channels.easypay.reports import (
    check_subject,
    found_payment,
    no_payment,
    not_ordered,
    returned_money,
    unknown_refund,
    unreadable,
)
from gateway.channels.easypay.signing import Texts
from gateway.channels.easypay.statuses import (
    BUSINESS,
    REFUND_DONE,
    REFUND_FAILED,
    REFUND_MISSING,
    nothing_was_returned,
)
from gateway.contract import Transport
from gateway.messages import (
    ChannelAccount,
    Failure,
    InvokeMethod,
    Outcome,
    PaymentRef,
    PaymentReport,
    PayRequest,
    PayResult,
    RefundRef,
    RefundReport,
    RefundRequest,
)
from paycenter.kernel.money import CURRENCY

SUCCESS = "0"
REFUND_TRY = timedelta(minutes=10)
"""The platform writes a refund down as failed before it tries it; no try takes longer."""

_CLOSE_PROVES_NOTHING = "close_unproven"


@dataclass(frozen=True, slots=True)
class V2:
    """Speaks V2 for one account, through the transport of one operation."""

    account: ChannelAccount
    transport: Transport

    def pay(self, request: PayRequest) -> PayResult:
        """Have an order made, for the platform's page or a QR code.

        ``api/pay/submit`` would need no request, but its address dies after five minutes.
        """
        answer = self._ask(wire.CREATE_PATH, wire.create_params(self.account, request))
        if not answer.succeeded(SUCCESS):
            return not_ordered(answer)
        as_code = request.invoke_method is InvokeMethod.QR_CODE
        try:
            action = create_action(answer.content, as_code=as_code)
        except Unreadable as error:
            return PayResult(Outcome.UNKNOWN, failure=unreadable(error))
        return PayResult(Outcome.PENDING, action=action)

    def query(self, payment: PaymentRef) -> PaymentReport:
        """Ask for the order."""
        answer = self._ask(wire.QUERY_PATH, wire.payment_params(self.account, payment))
        if answer.succeeded(SUCCESS):
            return found_payment(self.account, payment, answer)
        return no_payment(payment, answer)

    def close(self, payment: PaymentRef) -> PaymentReport:
        """Ask that nobody begins to pay any more; agreed or not, it can still be paid."""
        answer = self._ask(wire.CLOSE_PATH, wire.payment_params(self.account, payment))
        if answer.succeeded(SUCCESS):
            failure = Failure(_CLOSE_PROVES_NOTHING, answer.message)
            return PaymentReport(Outcome.UNKNOWN, payment.serial_no, failure=failure)
        return no_payment(payment, answer)

    def refund(self, request: RefundRequest) -> RefundReport:
        """Return money; the same number again is the same refund."""
        answer = self._ask(wire.REFUND_PATH, wire.refund_params(self.account, request))
        if answer.succeeded(SUCCESS):
            return returned_money(self.account, request, answer)
        if _refused_for_good(answer):
            return RefundReport(Outcome.FAILED, request.refund_serial_no, failure=answer.failure)
        return unknown_refund(request.refund_serial_no, answer.failure)

    def refund_query(self, refund: RefundRef) -> RefundReport:
        """Ask for the refund. Only one that is not known may be sent again."""
        answer = self._ask(wire.REFUND_QUERY_PATH, wire.refund_query_params(self.account, refund))
        if not answer.succeeded(SUCCESS):
            missing = answer.misses(REFUND_MISSING)
            return unknown_refund(refund.refund_serial_no, answer.failure, missing=missing)
        try:
            return _refund_report(self.account, refund, answer.content)
        except Unreadable as error:
            return unknown_refund(refund.refund_serial_no, unreadable(error))

    def probe(self, serial_no: str) -> PaymentReport:
        """Ask about the merchant: unlike "no such order", that answer is signed."""
        answer = self._ask(wire.INFO_PATH, {"pid": self.account.mchid})
        if answer.succeeded(SUCCESS):
            return PaymentReport(Outcome.UNKNOWN, serial_no, missing=True)
        return PaymentReport(Outcome.UNKNOWN, serial_no, failure=answer.failure)

    def orders(self, offset: int) -> Answer:
        """List orders, the newest first; the answer is signed, the list in it is not."""
        return self._ask(wire.ORDERS_PATH, wire.orders_params(self.account, offset))

    def _ask(self, path: str, params: wire.Params) -> Answer:
        client = Client(self.account, key_pairs(self.account), self.transport)
        return client.post_signed(path, params)


def _refused_for_good(answer: Answer) -> bool:
    """Whether a signed refusal proves that nothing was returned under this number."""
    by_business = answer.authentic and answer.code == BUSINESS
    return by_business and nothing_was_returned(answer.message, knows_number=True)


def _refund_report(account: ChannelAccount, refund: RefundRef, told: Texts) -> RefundReport:
    if number(told, "out_refund_no") != refund.refund_serial_no:
        raise Unreadable("the answer is about another refund")
    check_subject(account, refund.payment, told)
    status = told.get("status", "")
    outcome = _outcome(status, told)
    done = outcome is Outcome.SUCCEEDED
    return RefundReport(
        outcome,
        refund.refund_serial_no,
        serial_no=refund.payment.serial_no,
        channel_refund_no=number(told, "refund_no"),
        amount=fen(told, "money"),
        currency=CURRENCY,
        mchid=account.mchid,
        succeeded_at=moment(told, "endtime") if done else None,
        failure=None if done else Failure("refund_status", words(status, 64)),
    )


def _outcome(status: str, told: Texts) -> Outcome:
    if status != REFUND_FAILED:
        return Outcome.SUCCEEDED if status == REFUND_DONE else Outcome.UNKNOWN
    began = moment(told, "addtime")
    if moment(told, "endtime") is not None:
        return Outcome.FAILED
    if began is None:
        return Outcome.UNKNOWN
    # Both times are the platform's own: its clock may differ from ours.
    told_at = datetime.fromtimestamp(int(told["timestamp"]), UTC)
    return Outcome.FAILED if told_at > began + REFUND_TRY else Outcome.PENDING
