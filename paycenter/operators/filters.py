"""Filters that several lists share."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _

from merchants.models import PaymentAccount
from paycenter.kernel.clock import BUSINESS_ZONE, now
from paycenter.kernel.ids_by_time import first_id
from paycenter.operators.theme import (
    AutocompleteSelectFilter,
    ChoicesCheckboxFilter,
    RadioFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
    parse_moment,
)
from transactions.lifecycle import PaymentState

OVERDUE = timedelta(minutes=2)
"""What was due this long ago waits for a worker that does not come."""

SPARE = timedelta(hours=1)
"""Rows are numbered before they are committed: so far may one be from where its age puts it."""


class CompanyFilter(AutocompleteSelectFilter):
    """By property company, under that name whatever the column is called."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("property company")


class OverdueFilter(RadioFilter):
    """What was due long enough ago that no worker seems to look after it."""

    title = _("overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the one choice."""
        del request, model_admin
        return [("yes", _("for two minutes or more"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave what is looked after in time out."""
        del request
        if self.value() != "yes":
            return queryset
        return queryset.filter(due_at__lt=now() - OVERDUE)


class DuplicateFilter(RadioFilter):
    """Payments whose money came although their order was paid."""

    title = _("duplicate payments")
    parameter_name = "duplicate"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the one choice."""
        del request, model_admin
        return [("yes", _("only these"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave what settles its order, or took no money, out."""
        del request
        if self.value() != "yes":
            return queryset
        return queryset.filter(state=PaymentState.SUCCEEDED, settles_order=False)


class RepeatFilter(RadioFilter):
    """Attempts that followed another one of the same order or group."""

    title = _("repeated attempts")
    parameter_name = "repeated"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the one choice."""
        del request, model_admin
        return [("yes", _("only these"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave first attempts out."""
        del request
        return queryset.filter(repeat_of__isnull=False) if self.value() == "yes" else queryset


class AccountFilter(AutocompleteSelectFilter):
    """By payment account: among the rows of its company, which an index finds."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave other companies' rows out too."""
        found = super().queryset(request, queryset)
        rows: QuerySet[Any] = queryset if found is None else found
        if not self.lookup_val:
            return rows
        chosen = PaymentAccount.objects.filter(pk__in=_numbers(self.lookup_val))
        owners = list(chosen.values_list("channel_merchant__merchant", flat=True))
        return rows.filter(merchant__in=owners)


class MadeFilter(RangeDateTimeFilter):
    """By when rows were made: as they are numbered in that order, only those between are read."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave out what is older or younger."""
        found = super().queryset(request, queryset)
        rows: QuerySet[Any] = queryset if found is None else found
        table, column = queryset.model._meta.db_table, self.field_path
        first, last = self._moment("from"), self._moment("to")
        if first is not None:
            rows = rows.filter(pk__gte=first_id(table, column, first - SPARE))
        if last is not None:
            rows = rows.filter(pk__lt=first_id(table, column, last + SPARE))
        return rows

    def _moment(self, end: str) -> datetime | None:
        """Return what was entered for one end, in Chinese time; None for what is no moment."""
        parts = [self.used_parameters.get(f"{self.field_path}_{end}_{n}") for n in (0, 1)]
        found = parse_moment(" ".join(map(str, parts))) if all(parts) else None
        return found and make_aware(found, BUSINESS_ZONE)


def _numbers(given: Any) -> list[int]:
    """Return ids as they stand in an address."""
    values = given if isinstance(given, list) else [given]
    return [int(value) for value in values if str(value).isdecimal()]


COMPANY = ("merchant", CompanyFilter)
APPLICATION = ("application", AutocompleteSelectFilter)
ACCOUNT = ("payment_account", AccountFilter)
STATE = ("state", ChoicesCheckboxFilter)
CREATED = ("created_at", MadeFilter)
DAY = ("business_date", RangeDateFilter)


def channel_at(path: str) -> tuple[str, type[ChoicesCheckboxFilter]]:
    """Return the filter by channel, of the channel merchant that ``path`` leads to."""
    return f"{path}__channel", ChoicesCheckboxFilter


def project_at(path: str) -> tuple[str, type[AutocompleteSelectFilter]]:
    """Return the filter by project, of the payment account that ``path`` leads to."""
    return f"{path}__project", AutocompleteSelectFilter
