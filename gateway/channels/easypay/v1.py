"""EasyPay V1: MD5 with a shared key, unsigned answers, no close, refunds without a number.

Rules: EasyPay protocol V1. A refund cannot be asked for: an order only tells that something of it
was returned. What that leaves open goes to a person, and nothing is repeated that could return
money twice.
"""

from dataclasses import dataclass

from gateway.channels.easypay import wire
from gateway.channels.easypay.answers import Answer
from gateway.channels.easypay.client import Client
from gateway.channels.easypay.config import REFUND_SUCCESS, option, shared_keys
from gateway.channels.easypay.launch import mapi_action, submit_action
from gateway.channels.easypay.parsing import Unreadable
from gateway.channels.easypay.reports import (
    found_payment,
    no_payment,
    not_ordered,
    returned_money,
    unknown_refund,
    unreadable,
)
from gateway.channels.easypay.statuses import (
    BUSINESS,
    CHANNEL,
    ORDER_PAID,
    ORDER_REFUNDED,
    SIGNATURE,
    SWITCHED_OFF,
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

SUCCESS = "1"

_NO_CLOSE = Failure("close_unsupported", "V1 cannot close an order")
_NO_REFUND_QUERY = Failure("refund_not_found", "nothing of the payment was returned")
_NOT_TOLD_APART = Failure(
    "refund_not_told_apart", "something was returned, and V1 does not tell by which refund"
)
_NOT_PAID = Failure("order_status", "the platform does not say that the payment was paid")


@dataclass(frozen=True, slots=True)
class V1:
    """Speaks V1 for one account, through the transport of one operation."""

    account: ChannelAccount
    transport: Transport

    def pay(self, request: PayRequest) -> PayResult:
        """Compute the page's address, or have a QR code made."""
        if request.invoke_method is not InvokeMethod.QR_CODE:
            action = submit_action(self.account, request, shared_keys(self.account))
            return PayResult(Outcome.PENDING, action=action)
        params = wire.mapi_params(self.account, request)
        answer = self._client.post_signed(wire.MAPI_PATH, params)
        if not answer.succeeded(SUCCESS):
            return not_ordered(answer)
        try:
            return PayResult(Outcome.PENDING, action=mapi_action(answer.content))
        except Unreadable as error:
            return PayResult(Outcome.UNKNOWN, failure=unreadable(error))

    def query(self, payment: PaymentRef) -> PaymentReport:
        """Ask for the order."""
        return self._read_order(payment, self._order(payment))

    def probe(self, serial_no: str) -> PaymentReport:
        """Ask for an order nobody has; only a wrong key is told apart, V1 signs no answer."""
        return self.query(PaymentRef(serial_no))

    def close(self, payment: PaymentRef) -> PaymentReport:
        """Send nothing: there is no such request."""
        return PaymentReport(Outcome.UNKNOWN, payment.serial_no, failure=_NO_CLOSE)

    def refund(self, request: RefundRequest) -> RefundReport:
        """Return money, once: whoever sends it again may return it again."""
        params = wire.v1_refund_params(self.account, self._key, request)
        answer = self._client.post(wire.V1_REFUND_PATH, params)
        if answer.succeeded(option(self.account, REFUND_SUCCESS)):
            return returned_money(self.account, request, answer, bare=True)
        if answer.is_refusal and _refused_for_good(answer):
            return RefundReport(Outcome.FAILED, request.refund_serial_no, failure=answer.failure)
        # An error may come of our own earlier sending, or of a timeout behind the platform; one of
        # the signature is none of ours, and the refund works again once the account is mended.
        doubtful = answer.is_refusal and answer.code != SIGNATURE
        return unknown_refund(request.refund_serial_no, answer.failure, needs_person=doubtful)

    def refund_query(self, refund: RefundRef) -> RefundReport:
        """Ask for the order: when nothing of it was returned, the refund is ``missing``."""
        answer = self._order(refund.payment)
        report = self._read_order(refund.payment, answer)
        number = refund.refund_serial_no
        if report.outcome is not Outcome.SUCCEEDED:
            return unknown_refund(number, report.failure or _NOT_PAID)
        status = answer.content["status"]
        if status == ORDER_PAID:
            return unknown_refund(number, _NO_REFUND_QUERY, missing=True)
        return unknown_refund(number, _NOT_TOLD_APART, needs_person=status == ORDER_REFUNDED)

    def orders(self, offset: int) -> Answer:
        """List orders, the newest first; nothing is signed."""
        return self._client.get(wire.orders_path(self.account, self._key, offset))

    @property
    def _client(self) -> Client:
        return Client(self.account, shared_keys(self.account), self.transport)

    @property
    def _key(self) -> str:
        return shared_keys(self.account).keys[0]

    def _order(self, payment: PaymentRef) -> Answer:
        return self._client.get(wire.order_query_path(self.account, self._key, payment))

    def _read_order(self, payment: PaymentRef, answer: Answer) -> PaymentReport:
        if answer.succeeded(SUCCESS):
            return found_payment(self.account, payment, answer)
        return no_payment(payment, answer)


def _refused_for_good(answer: Answer) -> bool:
    """Whether a refusal proves that nothing was returned, and that another try is of no use."""
    documented = answer.code in (BUSINESS, CHANNEL, SWITCHED_OFF)
    return documented and nothing_was_returned(answer.message, knows_number=False)
