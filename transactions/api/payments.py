"""Payments: initiate, read, list, close, synchronise."""

from math import ceil
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.parser import route_payment
from merchants.api import SignedAPIView
from merchants.selectors import granted_account
from paycenter.kernel.api import MomentField, StrictCharField, validated_query
from paycenter.kernel.clock import now, rfc3339
from paycenter.kernel.errors import Problem
from paycenter.kernel.paging import PageQuery, page
from transactions import tasks
from transactions.api import schema
from transactions.api.fields import NumberField
from transactions.api.requests import PaymentRequest, payment_command
from transactions.lifecycle import OPEN_PAYMENT, PaymentState
from transactions.models import Payment
from transactions.representations import payment_resource
from transactions.selectors import is_replaced, load_payment, own_payments
from transactions.services.asking import payable_until
from transactions.services.attempts import TooSoon
from transactions.services.closing import close_order
from transactions.services.initiation import Opened, open_payment
from transactions.starting import start_payment
from transactions.waiting import ask_worker

NOT_ANSWERED = frozenset({PaymentState.INITIATING, PaymentState.UNKNOWN})


class PaymentListQuery(PageQuery):
    """Filters of the list of payments."""

    order_no = NumberField(required=False)
    merchant_id = NumberField(required=False)
    channel_serial_no = StrictCharField(required=False, max_length=64)
    state = serializers.ChoiceField(choices=PaymentState.choices, required=False)
    created_from = MomentField(required=False)
    created_to = MomentField(required=False)


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
        caller = self.caller

        def open_once(cleared_id: int | None) -> Opened:
            return caller.commit_once(lambda: self._open(request, cleared_id=cleared_id))

        try:
            started = start_payment(caller.application, open_once)
        except TooSoon:
            # Nothing was committed, and the nonce of a refused request is spent too.
            caller.spend_nonce()
            raise
        status = 201 if started.is_new else 200
        state = started.resource["state"]
        return Response(started.resource, status=202 if state in NOT_ANSWERED else status)

    def _open(self, request: Request, *, cleared_id: int | None) -> Opened:
        application = self.caller.application
        command = payment_command(application, request.data)
        how = command.attempt
        account = granted_account(
            application, merchant_no=command.merchant_id, payment_no=how.payment_id
        )
        route_payment(account, how.invoke_method, payer=how.payer)
        return open_payment(application, account, command, cleared_id=cleared_id)

    @extend_schema(**schema.LIST_PAYMENTS, parameters=[PaymentListQuery])
    def get(self, request: Request) -> Response:
        """List own payments, newest first."""
        query = validated_query(PaymentListQuery, request)
        filters = {_LOOKUPS[name]: value for name, value in query.items() if name in _LOOKUPS}
        rows = own_payments(self.caller.application).filter(**filters)
        return Response(page(rows, query, number_field="serial_no", resource=payment_resource))


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
        del request
        payment = _meant(self, serial_no)
        answer = ask_worker(tasks.sync_payment, payment.pk, payment.channel_merchant.channel)
        if answer is None:
            return Response(payment_resource(payment), status=202)
        return Response(answer)


class PaymentCloseView(SignedAPIView):
    """``/api/v1/payments/{serial_no}/close``."""

    @extend_schema(**schema.CLOSE_PAYMENT)
    def post(self, request: Request, serial_no: str) -> Response:
        """Close a payment at its channel, and the order with it when nothing else is open.

        A repeat gives the order up as the first request would have: its answer may be lost, or the
        channel had not confirmed yet. One that failed or was replaced gives nothing up: its order
        may be paid by another attempt.
        """
        del request
        payment = _meant(self, serial_no)
        tried: dict[str, Any] = {"payment": payment_resource(payment), "missing": False}
        was_open = payment.state in OPEN_PAYMENT
        if was_open:
            channel = payment.channel_merchant.channel
            tried = ask_worker(tasks.close_payment, payment.pk, channel) or tried
        if tried["payment"]["state"] == PaymentState.SUCCEEDED:
            raise Problem("payment_not_closable", "The payment is paid. Refund it instead.")
        if tried["payment"]["state"] in OPEN_PAYMENT:
            raise _still_open(payment, is_missing=tried["missing"])
        if was_open or _was_last_closed(payment):
            close_order(payment.order_id)
        return Response(tried["payment"])


def _was_last_closed(payment: Payment) -> bool:
    """Whether a payment was closed before, and no other attempt followed it."""
    return payment.state == PaymentState.CLOSED and not is_replaced(load_payment(payment.pk))


def _still_open(payment: Payment, *, is_missing: bool) -> Problem:
    """Say why a payment could not be closed, and when it is worth trying again."""
    if not is_missing or payment.state != PaymentState.PENDING:
        return Problem(
            "payment_not_closable",
            "The channel has not confirmed that it is closed. Send the request again.",
            retry_after=5,
        )
    until = payable_until(payment)
    return Problem(
        "payment_not_closable",
        "The payer has not come to the channel yet, so it knows nothing that it could close. "
        f"Whoever holds the launch data may pay until {rfc3339(until)}.",
        retry_after=max(1, ceil((until - now()).total_seconds())),
    )


def own_payment(view: SignedAPIView, serial_no: str) -> Payment:
    """Return the caller's payment. Raises ``Problem`` ``not_found`` for anybody else's."""
    payment = own_payments(view.caller.application).filter(serial_no=serial_no).first()
    if payment is None:
        raise Problem("not_found", f"No payment {serial_no!r} of this application.")
    return payment


def _meant(view: SignedAPIView, serial_no: str) -> Payment:
    """Return the payment that a command without a body is about; spends the nonce."""

    def find() -> Payment:
        if view.request.data not in ({}, None):
            raise Problem("invalid_request", "This endpoint takes no body.")
        return own_payment(view, serial_no)

    return view.caller.commit_once(find)
