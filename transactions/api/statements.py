"""Staying equal with the center: the statement of a day or month, and digests of many days.

An application reads its own rows for ever; a grant is needed to make new ones only.
"""

import re
from calendar import monthrange
from datetime import date
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from merchants.api import SignedAPIView
from merchants.models import Merchant
from merchants.selectors import granted_merchant
from paycenter.kernel.api import StrictSerializer, invalid, validated_query
from paycenter.kernel.clock import business_date, now
from paycenter.kernel.errors import FieldError
from paycenter.kernel.reporting import report_source
from paycenter.kernel.streaming import chunks
from transactions.api import schema
from transactions.api.fields import NumberField
from transactions.ledger.closing import all_closed
from transactions.models import Order
from transactions.statements.digests import DayDigest, StateSum, digests
from transactions.statements.documents import Heading, csv_document, json_document
from transactions.statements.rows import Scope

MAX_DAYS = 31

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)


def parse_day(text: Any) -> date:
    """Return the business day ``text`` writes. Raises ``ValueError`` with what is wrong with it."""
    if not (isinstance(text, str) and _DAY.fullmatch(text)):
        raise ValueError("write it like 2026-11-22")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day") from None
    if day > business_date(now()):
        raise ValueError("this day has not begun in China")
    return day


class DayField(serializers.DateField):
    """A business day as ``2026-11-22``, not after today."""

    def to_internal_value(self, value: Any) -> date:
        """Return the day."""
        try:
            return parse_day(value)
        except ValueError as error:
            raise serializers.ValidationError(str(error), code="invalid") from None


class StatementQuery(StrictSerializer):
    """Whose statement, and how it is written."""

    merchant_id = NumberField()
    format = serializers.ChoiceField(choices=["json", "csv"], default="json")


class DigestQuery(StrictSerializer):
    """Whose digests, and of which days."""

    merchant_id = NumberField()
    to = DayField(help_text="The last day.")

    def get_fields(self) -> dict[str, Any]:
        """Add the first day: its name is a word of Python."""
        return {**super().get_fields(), "from": DayField(help_text="The first day.")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The days must be in order, and not too many."""
        days = (attrs["to"] - attrs["from"]).days + 1
        if not 1 <= days <= MAX_DAYS:
            raise serializers.ValidationError(
                {"to": f"give 1 to {MAX_DAYS} days, from the first to the last"}, code="range"
            )
        return attrs


class StatementView(SignedAPIView):
    """``/api/v1/statements/{date}``."""

    @extend_schema(**schema.READ_STATEMENT, parameters=[StatementQuery])
    def get(self, request: Request, day: str) -> StreamingHttpResponse:
        """Stream what became final on a day, or in a month, for this application."""
        query = validated_query(StatementQuery, request)
        first, last = _meant_days(day)
        application = self.caller.application
        merchant = _own_merchant(self, query["merchant_id"])
        scope = Scope(
            merchant_id=merchant.pk,
            first=first,
            last=last,
            application_id=application.pk,
            database=report_source().database,
        )
        if query["format"] == "csv":
            return StreamingHttpResponse(
                chunks(csv_document(scope)), content_type="text/csv; charset=utf-8"
            )
        closed = all_closed(merchant.pk, first, last, database=scope.database)
        heading = Heading(merchant.merchant_no, day, closed)
        return StreamingHttpResponse(
            chunks(json_document(scope, heading)), content_type="application/json"
        )


class DigestsView(SignedAPIView):
    """``/api/v1/digests``."""

    @extend_schema(**schema.LIST_DIGESTS, parameters=[DigestQuery])
    def get(self, request: Request) -> Response:
        """Count own payments and refunds per day and state."""
        query = validated_query(DigestQuery, request)
        merchant = _own_merchant(self, query["merchant_id"])
        found = digests(
            self.caller.application.pk,
            merchant.pk,
            first=query["from"],
            last=query["to"],
            database=report_source().database,
        )
        return Response({"data": [_digest_resource(digest) for digest in found]})


def _meant_days(text: str) -> tuple[date, date]:
    """Return first and last day of the address. Raises ``Problem`` ``invalid_request``."""
    try:
        if not _MONTH.fullmatch(text):
            return (day := parse_day(text)), day
        first = parse_day(f"{text}-01")
        return first, first.replace(day=monthrange(first.year, first.month)[1])
    except ValueError as error:
        raise invalid([FieldError("date", "invalid", str(error))]) from None


def _own_merchant(view: SignedAPIView, merchant_no: str) -> Merchant:
    """Return a company at which the caller has orders, or may have. Raises ``Problem``."""
    application = view.caller.application
    merchant = Merchant.objects.filter(merchant_no=merchant_no).first()
    if merchant and Order.objects.filter(application=application, merchant=merchant).exists():
        return merchant
    return granted_merchant(application, merchant_no)


def _digest_resource(digest: DayDigest) -> dict[str, Any]:
    return {
        "date": digest.day.isoformat(),
        "payments": [_sum_resource(each) for each in digest.payments],
        "refunds": [_sum_resource(each) for each in digest.refunds],
    }


def _sum_resource(found: StateSum) -> dict[str, Any]:
    return {"state": found.state, "count": found.count, "amount": found.amount}
