"""Whose books are looked at, and which days of them."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant, Project
from paycenter.kernel.clock import business_date, now
from paycenter.operators.theme import SelectWidget, TextInputWidget
from transactions.statements.rows import Scope

MAX_DAYS = 92
"""A quarter: more is asked for in parts."""


class ScopeForm(forms.Form):
    """A company the reader may see and some days of it; blank is yesterday."""

    company = forms.ModelChoiceField(
        label=_("property company"),
        queryset=Merchant.objects.none(),
        widget=SelectWidget(),
        empty_label="—",
    )
    first = forms.DateField(label=_("first day"), widget=TextInputWidget({"type": "date"}))
    last = forms.DateField(label=_("last day"), widget=TextInputWidget({"type": "date"}))
    project = forms.ModelChoiceField(
        label=_("project"),
        queryset=Project.objects.none(),
        widget=SelectWidget(),
        required=False,
        empty_label="—",
    )
    fee_type = forms.CharField(
        label=_("fee type"), max_length=32, required=False, widget=TextInputWidget()
    )

    def __init__(self, request: HttpRequest) -> None:
        """Offer what the reader's own lists of companies and projects show."""
        yesterday = business_date(now()) - timedelta(days=1)
        super().__init__(
            request.GET if "company" in request.GET else None,
            initial={"first": yesterday, "last": yesterday},
        )
        companies = visible_rows(Merchant, request).order_by("name")
        self._choices("company").queryset = companies
        chosen = request.GET.get("company", "")
        if chosen.isascii() and chosen.isdigit():
            projects = visible_rows(Project, request).filter(merchant=int(chosen))
            self._choices("project").queryset = projects.order_by("name")

    def clean(self) -> dict[str, Any]:
        """Refuse days that are not in order, or too many."""
        data = super().clean() or {}
        if "first" in data and "last" in data:
            days = (data["last"] - data["first"]).days + 1
            if not 1 <= days <= MAX_DAYS:
                self.add_error("last", _("Choose at most three months, from first to last."))
        return data

    @property
    def scope(self) -> Scope:
        """Return what was chosen, once it is valid."""
        given = self.cleaned_data
        return Scope(
            merchant_id=given["company"].pk,
            first=given["first"],
            last=given["last"],
            project_id=given["project"] and given["project"].pk,
            fee_type=given["fee_type"] or None,
        )

    def _choices(self, name: str) -> Any:
        return self.fields[name]


def visible_rows(model: Any, request: HttpRequest) -> Any:
    """Return the rows of a model that its own list shows to the reader."""
    return admin.site._registry[model].get_queryset(request)


def usual_spans(today: date) -> list[tuple[Any, date, date]]:
    """Return the spans people look at most: a name, the first day, the last."""
    yesterday = today - timedelta(days=1)
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return [
        (_("today"), today, today),
        (_("yesterday"), yesterday, yesterday),
        (_("this month"), month, today),
        (_("last month"), before.replace(day=1), before),
    ]
