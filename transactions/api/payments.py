"""Payments: initiate, read, list, close, synchronise."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.parser import route_payment
from merchants.api import SignedAPIView
from merchants.selectors import granted_account
from paycenter.kernel.api import StrictCharField, validated_query
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.kernel.paging import PageQuery, page
from transactions import tasks
from transactions.api import schema
from transactions.api.fields import NumberField
from transactions.api.requests import PaymentRequest, payment_command
from transactions.api.waiting import ask_worker
from transactions.lifecycle import OPEN_PAYMENT, PaymentState
from transactions.models import Payment
from transactions.representations import payment_resource
from transactions.selectors import own_payments
from transactions.services.attempts import EarlierAttempt, too_soon
from transactions.services.closing import close_order
from transactions.services.initiation import Opened, open_payment

NOT_ANSWERED = frozenset({PaymentState.INITIATING, PaymentState.UNKNOWN})


class PaymentListQuery(PageQuery):
    """Filters of the list of payments."""

    order_no = NumberField(required=False)
    merchant_id = NumberField(required=False)
    channel_serial_no = StrictCharField(required=False, max_length=64)
    state = serializers.ChoiceField(choices=PaymentState.choices, required=False)
    created_from = serializers.DateTimeField(required=False)
    created_to = serializers.DateTimeField(required=False)


_LOOKUPS = {
    "order_no": "order__order_no",
    "merchant_id": "merchant__merchant_no",
    "channel_serial_no": "channel_serial_no",
    "state": "state",
    "created_from": "created_at__gte",
    "created_to": "created_at__lt",
}


class PaymentsView(SignedAPIView):
    """``/api/v1/payments``."""

    @extend_schema(**schema.CREATE_PAYMENT, request=PaymentRequest)
    def post(self, request: Request) -> Response:
        """Start paying an order: answers whether the request was sent, never the result."""
        try:
            opened = self.caller.commit_once(lambda: self._open(request))
        except EarlierAttempt as attempt:
            opened = self._open_after(attempt, request)
        if not opened.is_new:
            return _initiated(payment_resource(opened.payment), status=200)
        channel = opened.payment.channel_merchant.channel
        answer = ask_worker(tasks.send_payment, opened.payment.pk, channel)
        return _initiated(answer or payment_resource(opened.payment), status=201)

    def _open(self, request: Request, *, cleared_id: int | None = None) -> Opened:
        application = self.caller.application
        command = payment_command(application, request.data)
        account = granted_account(
            application, merchant_no=command.merchant_id, payment_no=command.payment_id
        )
        route_payment(account, command.invoke_method, payer=command.payer)
        return open_payment(application, account, command, cleared_id=cleared_id)

    def _open_after(self, attempt: EarlierAttempt, request: Request) -> Opened:
        """Ask and close the earlier attempt at its channel, then open a new one if that is safe."""
        earlier = attempt.payment
        answer = ask_worker(tasks.close_payment, earlier.pk, earlier.channel_merchant.channel)
        dead = answer is not None and answer["state"] not in OPEN_PAYMENT
        if attempt.must_be_dead and not dead:
            raise self._too_soon(earlier)
        try:
            return self.caller.commit_once(lambda: self._open(request, cleared_id=earlier.pk))
        except EarlierAttempt as overtaking:
            # Another request started an attempt meanwhile, a moment ago.
            raise self._too_soon(overtaking.payment) from None

    def _too_soon(self, earlier: Payment) -> Problem:
        """Spend the nonce of a refused request and return the refusal."""
        self.caller.spend_nonce()
        return too_soon(self.caller.application, earlier, now())

    @extend_schema(**schema.LIST_PAYMENTS, parameters=[PaymentListQuery])
    def get(self, request: Request) -> Response:
        """List own payments, newest first."""
        query = validated_query(PaymentListQuery, request)
        filters = {_LOOKUPS[name]: value for name, value in query.items() if name in _LOOKUPS}
        rows = own_payments(self.caller.application).filter(**filters)
        return Response(page(rows, query, number_field="serial_no", resource=payment_resource))


def _initiated(resource: dict[str, Any], *, status: int) -> Response:
    return Response(resource, status=202 if resource["state"] in NOT_ANSWERED else status)


class PaymentView(SignedAPIView):
    """``/api/v1/payments/{serial_no}``."""

    @extend_schema(**schema.READ_PAYMENT)
    def get(self, request: Request, serial_no: str) -> Response:
        """Read one payment."""
        del request
        return Response(payment_resource(own_payment(self, serial_no)))


class PaymentSyncView(SignedAPIView):
    """``/api/v1/payments/{serial_no}/sync``."""

    @extend_schema(**schema.SYNC_PAYMENT)
    def post(self, request: Request, serial_no: str) -> Response:
        """Ask the channel now and answer with the truth."""
        _check_no_body(request)
        payment = self.caller.commit_once(lambda: own_payment(self, serial_no))
        answer = ask_worker(tasks.sync_payment, payment.pk, payment.channel_merchant.channel)
        if answer is None:
            return Response(payment_resource(payment), status=202)
        return Response(answer)


class PaymentCloseView(SignedAPIView):
    """``/api/v1/payments/{serial_no}/close``."""

    @extend_schema(**schema.CLOSE_PAYMENT)
    def post(self, request: Request, serial_no: str) -> Response:
        """Close a payment at its channel, and the order with it when nothing else is open."""
        _check_no_body(request)
        payment = self.caller.commit_once(lambda: own_payment(self, serial_no))
        resource = payment_resource(payment)
        if payment.state in OPEN_PAYMENT:
            answer = ask_worker(tasks.close_payment, payment.pk, resource["channel"])
            resource = answer or resource
        if resource["state"] == PaymentState.SUCCEEDED:
            raise Problem("payment_not_closable", "The payment is paid. Refund it instead.")
        if resource["state"] in OPEN_PAYMENT:
            raise Problem(
                "payment_not_closable",
                "The channel has not confirmed that it is closed. Send the request again.",
                retry_after=5,
            )
        close_order(payment.order_id)
        return Response(resource)


def own_payment(view: SignedAPIView, serial_no: str) -> Payment:
    """Return the caller's payment. Raises ``Problem`` ``not_found`` for anybody else's."""
    payment = own_payments(view.caller.application).filter(serial_no=serial_no).first()
    if payment is None:
        raise Problem("not_found", f"No payment {serial_no!r} of this application.")
    return payment


def _check_no_body(request: Request) -> None:
    if request.data not in ({}, None):
        raise Problem("invalid_request", "This endpoint takes no body.")
