"""Whose books are looked at, and which days of them."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant, Project
from paycenter.kernel.clock import business_date, now
from paycenter.operators.roles.scoping import reached
from paycenter.operators.theme import SelectWidget, TextInputWidget
from transactions.statements.rows import Scope

SEES_BOOKS = "transactions.view_journalentry"
MAX_DAYS = 92
"""A quarter: more is asked for in parts."""


class ScopeForm(forms.Form):
    """A company whose books the reader may see and some days of it; blank is yesterday."""

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
        self._whole = reached(request.user, SEES_BOOKS, Merchant.objects.all())
        projects = reached(request.user, SEES_BOOKS, Project.objects.all())
        companies = Merchant.objects.filter(
            Q(pk__in=self._whole.values("pk")) | Q(pk__in=projects.values("merchant"))
        )
        self._choices("company").queryset = companies.order_by("name")
        chosen = request.GET.get("company", "")
        if chosen.isascii() and chosen.isdigit():
            own = projects.filter(merchant=int(chosen))
            self._choices("project").queryset = own.order_by("name")

    def clean(self) -> dict[str, Any]:
        """Refuse days that are not in order, or too many, and a company of which some is seen."""
        data = super().clean() or {}
        company = data.get("company")
        if company and not data.get("project") and not self._whole.filter(pk=company.pk).exists():
            self.add_error("project", _("Choose a project: your role is for projects."))
        if "first" in data and "last" in data:
            days = (data["last"] - data["first"]).days + 1
            if not 1 <= days <= MAX_DAYS:
                self.add_error("last", _("Choose at most three months, from first to last."))
        return data

    def scope(self, database: str) -> Scope:
        """Return what was chosen, once it is valid, to be read on a database."""
        given = self.cleaned_data
        return Scope(
            merchant_id=given["company"].pk,
            first=given["first"],
            last=given["last"],
            project_id=given["project"] and given["project"].pk,
            fee_type=given["fee_type"] or None,
            database=database,
        )

    def _choices(self, name: str) -> Any:
        return self.fields[name]


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
