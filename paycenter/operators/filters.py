"""Filters that several lists share."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.clock import now
from paycenter.operators.theme import (
    AutocompleteSelectFilter,
    ChoicesCheckboxFilter,
    RadioFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
)
from transactions.lifecycle import PaymentState

OVERDUE = timedelta(minutes=2)
"""What was due this long ago waits for a worker that does not come."""


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


COMPANY = ("merchant", CompanyFilter)
APPLICATION = ("application", AutocompleteSelectFilter)
ACCOUNT = ("payment_account", AutocompleteSelectFilter)
STATE = ("state", ChoicesCheckboxFilter)
CREATED = ("created_at", RangeDateTimeFilter)
DAY = ("business_date", RangeDateFilter)


def channel_at(path: str) -> tuple[str, type[ChoicesCheckboxFilter]]:
    """Return the filter by channel, of the channel merchant that ``path`` leads to."""
    return f"{path}__channel", ChoicesCheckboxFilter


def project_at(path: str) -> tuple[str, type[AutocompleteSelectFilter]]:
    """Return the filter by project, of the payment account that ``path`` leads to."""
    return f"{path}__project", AutocompleteSelectFilter
