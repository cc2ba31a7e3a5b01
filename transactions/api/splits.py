"""Splits: ask, read, list; take shares back; free the rest of a payment."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from merchants.api import SignedAPIView
from paycenter.kernel.api import validated_query
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.kernel.paging import PageQuery, page
from transactions import tasks
from transactions.api import schema
from transactions.api.fields import NumberField, SerialField
from transactions.api.split_requests import (
    ReturnRequestBody,
    SplitRequestBody,
    return_command,
    split_command,
)
from transactions.models import Split, SplitRelease, SplitReturn
from transactions.split_lifecycle import SplitState
from transactions.splits.planning import plan_split
from transactions.splits.releases import plan_release
from transactions.splits.representations import release_resource, return_resource, split_resource
from transactions.splits.returning import plan_return
from transactions.splits.selectors import own_splits
from transactions.waiting import ask_worker


class SplitListQuery(PageQuery):
    """Filters of the list of splits."""

    serial_no = SerialField(required=False)
    split_no = NumberField(required=False)
    state = serializers.ChoiceField(choices=SplitState.choices, required=False)


_LOOKUPS = {"serial_no": "payment__serial_no", "split_no": "split_no", "state": "state"}


class SplitsView(SignedAPIView):
    """``/api/v1/splits``."""

    @extend_schema(**schema.CREATE_SPLIT, request=SplitRequestBody)
    def post(self, request: Request) -> Response:
        """Divide a part of one payment: planned here, sent as soon as the channel divides it."""
        split, is_new = self.caller.commit_once(lambda: self._plan(request))
        if not is_new:
            return Response(split_resource(split))
        answer = None
        if _is_due(split):
            answer = ask_worker(tasks.send_split, split.pk, _channel(split))
        return Response(answer or split_resource(split), status=201)

    def _plan(self, request: Request) -> tuple[Split, bool]:
        return plan_split(self.caller.application, split_command(request.data))

    @extend_schema(**schema.LIST_SPLITS, parameters=[SplitListQuery])
    def get(self, request: Request) -> Response:
        """List own splits, newest first; those made by the company's rule too."""
        query = validated_query(SplitListQuery, request)
        filters = {_LOOKUPS[name]: value for name, value in query.items() if name in _LOOKUPS}
        rows = own_splits(self.caller.application).filter(**filters)
        return Response(page(rows, query, number_field="split_serial_no", resource=split_resource))


class SplitView(SignedAPIView):
    """``/api/v1/splits/{split_serial_no}``."""

    @extend_schema(**schema.READ_SPLIT)
    def get(self, request: Request, split_serial_no: str) -> Response:
        """Read one split, with a result per share."""
        del request
        split = own_splits(self.caller.application).filter(split_serial_no=split_serial_no).first()
        if split is None:
            raise Problem("not_found", f"No split {split_serial_no!r} of this application.")
        return Response(split_resource(split))


class SplitReturnsView(SignedAPIView):
    """``/api/v1/splits/{split_serial_no}/returns``."""

    @extend_schema(**schema.CREATE_RETURN, request=ReturnRequestBody)
    def post(self, request: Request, split_serial_no: str) -> Response:
        """Take a share, or a part of one, back to the company."""
        returned, is_new = self.caller.commit_once(lambda: self._plan(request, split_serial_no))
        if not is_new:
            return Response(return_resource(returned))
        answer = ask_worker(tasks.look_at_return, returned.pk, _channel(returned.share.split))
        return Response(answer or return_resource(returned), status=201)

    def _plan(self, request: Request, split_serial_no: str) -> tuple[SplitReturn, bool]:
        command = return_command(split_serial_no, request.data)
        return plan_return(self.caller.application, command)


class PaymentReleaseView(SignedAPIView):
    """``/api/v1/payments/{serial_no}/release``."""

    @extend_schema(**schema.RELEASE_PAYMENT)
    def post(self, request: Request, serial_no: str) -> Response:
        """Free for the company what no share took; the payment cannot be split again."""
        release, is_new = self.caller.commit_once(lambda: self._plan(request, serial_no))
        if not is_new:
            return Response(release_resource(release))
        answer = None
        if _is_due(release):
            answer = ask_worker(tasks.send_release, release.pk, _channel(release))
        return Response(answer or release_resource(release), status=201)

    def _plan(self, request: Request, serial_no: str) -> tuple[SplitRelease, bool]:
        if request.data not in ({}, None):
            raise Problem("invalid_request", "This endpoint takes no body.")
        return plan_release(self.caller.application, serial_no)


def _is_due(row: Split | SplitRelease) -> bool:
    """Whether the channel divides the payment already."""
    return row.due_at is not None and row.due_at <= now()


def _channel(row: Split | SplitRelease) -> str:
    return row.payment.channel_merchant.channel
