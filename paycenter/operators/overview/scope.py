"""Whose figures the first page shows, and of which day: what is seen and what was chosen of it.

Every row the page reads comes from here: it starts from what the reader's own lists show, and is
narrowed to the companies and the project that were chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import site
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant, PaymentAccount, Project, PropertyGroup
from paycenter.kernel.clock import business_date, now
from paycenter.operators.roles.scoping import reached
from paycenter.operators.theme import SelectWidget, TextInputWidget

SEES_MONEY = "transactions.view_payment"


def visible_rows(model: type[Model], request: HttpRequest) -> QuerySet[Any]:
    """Return the rows of a model that its own list shows to the reader."""
    return site._registry[model].get_queryset(request)


@dataclass(frozen=True, slots=True)
class Scope:
    """What was chosen: companies by their ids (None: all the reader sees), perhaps one project."""

    companies: Sequence[int] | None = None
    project: int | None = None

    def narrow(self, rows: QuerySet[Any], *, company: str, project: str = "") -> QuerySet[Any]:
        """Narrow rows by the lookups that lead to their company and, if any does, their project."""
        if self.companies is not None:
            rows = rows.filter(**{f"{company}__in": list(self.companies)})
        if self.project is not None and project:
            rows = rows.filter(**{project: self.project})
        return rows


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader sees of a scope. ``day`` is a business day."""

    request: HttpRequest
    scope: Scope
    day: date

    def rows(self, model: type[Model], *, company: str, project: str = "") -> QuerySet[Any]:
        """Return what the reader's own list of a model shows, within the scope."""
        seen = visible_rows(model, self.request)
        return self.scope.narrow(seen, company=company, project=project)

    def accounts(self) -> list[int]:
        """Return the payment accounts of the scope whose money counts; one statement."""
        counted = reached(self.request.user, SEES_MONEY, PaymentAccount.objects.all())
        seen = self.scope.narrow(counted, company="channel_merchant__merchant", project="project")
        return list(real(seen).order_by("pk").values_list("pk", flat=True))


def real(rows: QuerySet[Any], account: str = "") -> QuerySet[Any]:
    """Leave pretended money out, except in an installation that has nothing else.

    ``account`` leads from a row to what has a channel merchant.
    """
    if settings.SANDBOX_URL:
        return rows
    return rows.filter(**{f"{account}channel_merchant__is_sandbox": False})


class ScopeForm(forms.Form):
    """A group, a company, a project and a day; what is left blank is not narrowed, and today."""

    group = forms.ModelChoiceField(
        label=_("property group"),
        queryset=PropertyGroup.objects.none(),
        widget=SelectWidget(),
        required=False,
        empty_label="—",
    )
    company = forms.ModelChoiceField(
        label=_("property company"),
        queryset=Merchant.objects.none(),
        widget=SelectWidget(),
        required=False,
        empty_label="—",
    )
    project = forms.ModelChoiceField(
        label=_("project"),
        queryset=Project.objects.none(),
        widget=SelectWidget(),
        required=False,
        empty_label="—",
    )
    day = forms.DateField(label=_("day"), widget=TextInputWidget({"type": "date"}))

    def __init__(self, request: HttpRequest) -> None:
        """Offer what the reader's own lists show: companies of the group, projects of the company.

        What no longer belongs to what was chosen above it is forgotten.
        """
        self._request = request
        given = {name: request.GET.get(name, "") for name in ("group", "company", "project")}
        given["day"] = request.GET.get("day") or business_date(now()).isoformat()
        companies = visible_rows(Merchant, request).order_by("name")
        if given["group"].isdecimal():
            companies = companies.filter(group=int(given["group"]))
        if not _has(companies, given["company"]):
            given["company"] = given["project"] = ""
        projects = visible_rows(Project, request).none()
        if given["company"]:
            projects = visible_rows(Project, request).filter(merchant=int(given["company"]))
        if not _has(projects, given["project"]):
            given["project"] = ""
        super().__init__(given)
        self._choices("group").queryset = visible_rows(PropertyGroup, request).order_by("name")
        self._choices("company").queryset = companies
        self._choices("project").queryset = projects.order_by("name")

    def clean_day(self) -> date:
        """Refuse a day that has not begun."""
        day: date = self.cleaned_data["day"]
        if day > business_date(now()):
            raise forms.ValidationError(_("This day has not begun."))
        return day

    @property
    def sight(self) -> Sight:
        """Return what is looked at; while a field is wrong, it counts as blank."""
        self.is_valid()
        given = self.cleaned_data
        day = given.get("day") or business_date(now())
        return Sight(self._request, self._scope(given), day)

    def _scope(self, given: dict[str, Any]) -> Scope:
        company, project, group = (given.get(name) for name in ("company", "project", "group"))
        if company is not None:
            return Scope([company.pk], project and project.pk)
        if group is not None:
            return Scope(list(self._choices("company").queryset.values_list("pk", flat=True)))
        return Scope()

    def _choices(self, name: str) -> Any:
        return self.fields[name]


def _has(rows: QuerySet[Any], pk: str) -> bool:
    return pk.isascii() and pk.isdecimal() and rows.filter(pk=int(pk)).exists()
