"""Refunds: ask, read, list."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from merchants.api import SignedAPIView
from paycenter.kernel.api import validated_query
from paycenter.kernel.errors import Problem
from paycenter.kernel.paging import PageQuery, page
from transactions import tasks
from transactions.api import schema
from transactions.api.fields import NumberField, SerialField
from transactions.api.requests import RefundRequestBody, refund_command
from transactions.lifecycle import RefundState
from transactions.models import Refund
from transactions.representations import refund_resource
from transactions.selectors import own_refunds
from transactions.services.refunds import request_refund
from transactions.waiting import ask_worker


class RefundListQuery(PageQuery):
    """Filters of the list of refunds."""

    serial_no = SerialField(required=False)
    refund_no = NumberField(required=False)
    state = serializers.ChoiceField(choices=RefundState.choices, required=False)


_LOOKUPS = {"serial_no": "payment__serial_no", "refund_no": "refund_no", "state": "state"}


class RefundsView(SignedAPIView):
    """``/api/v1/refunds``."""

    @extend_schema(**schema.CREATE_REFUND, request=RefundRequestBody)
    def post(self, request: Request) -> Response:
        """Return money of one payment: reserved here, then sent to the channel."""
        refund, is_new = self.caller.commit_once(lambda: self._request(request))
        if not is_new:
            return Response(refund_resource(refund))
        answer = None
        if refund.state != RefundState.WAITING:
            channel = refund.payment.channel_merchant.channel
            answer = ask_worker(tasks.send_refund, refund.pk, channel)
        return Response(answer or refund_resource(refund), status=201)

    def _request(self, request: Request) -> tuple[Refund, bool]:
        application = self.caller.application
        return request_refund(application, refund_command(application, request.data))

    @extend_schema(**schema.LIST_REFUNDS, parameters=[RefundListQuery])
    def get(self, request: Request) -> Response:
        """List own refunds, newest first."""
        query = validated_query(RefundListQuery, request)
        filters = {_LOOKUPS[name]: value for name, value in query.items() if name in _LOOKUPS}
        rows = own_refunds(self.caller.application).filter(**filters)
        return Response(
            page(rows, query, number_field="refund_serial_no", resource=refund_resource)
        )


class RefundView(SignedAPIView):
    """``/api/v1/refunds/{refund_serial_no}``."""

    @extend_schema(**schema.READ_REFUND)
    def get(self, request: Request, refund_serial_no: str) -> Response:
        """Read one refund."""
        del request
        refund = (
            own_refunds(self.caller.application).filter(refund_serial_no=refund_serial_no).first()
        )
        if refund is None:
            raise Problem("not_found", f"No refund {refund_serial_no!r} of this application.")
        return Response(refund_resource(refund))
