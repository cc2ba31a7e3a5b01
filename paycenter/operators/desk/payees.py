"""For whom an operator may collect: a company, and an application that may use its accounts.

Everything at a front desk that offers companies or applications asks here. There may be thousands
of them, so they are found by typing and never listed.
"""

import re
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from merchants.models import Application, Grant, Merchant
from merchants.selectors import offering_grants
from transactions.checkout.amounts import Limits, limits_of

AT_MOST = 50
"""Pairs that are offered at once. Who misses one types more of its name."""

_COMPANY = "payment_account__channel_merchant__merchant"
_KEY = re.compile(r"([0-9]{1,18}):([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Payee:
    """Who gets the money, and the application whose accounts take it and that is told."""

    merchant: Merchant
    application: Application

    @property
    def limits(self) -> Limits:
        """Return which amounts can be paid."""
        return limits_of(self.application, self.merchant)

    @property
    def choice(self) -> tuple[str, str]:
        """Name the pair in a form, and for people."""
        company, application = self.merchant, self.application
        return _choice(company.pk, company.name, application.pk, application.name)


def payee_named(key: str, *, within: list[int] | None) -> Payee | None:
    """Return the pair a form names, or None where nothing can be paid through it now.

    ``within`` are the companies that the reader may collect for; None: every one.
    """
    named = _KEY.fullmatch(key)
    if named is None:
        return None
    company, application = map(int, named.groups())
    grants = _grants(within).filter(**{_COMPANY: company}, application=application)
    grant = grants.select_related("application", _COMPANY).first()
    if grant is None:
        return None
    return Payee(grant.payment_account.channel_merchant.merchant, grant.application)


def choices_like(text: str, *, within: list[int] | None) -> list[tuple[str, str]]:
    """Return the choices with ``text`` in either's name, by their names, in one statement."""
    found = (
        _grants(within)
        .annotate(company=F(f"{_COMPANY}__name"), user=F("application__name"))
        .filter(Q(company__icontains=text) | Q(user__icontains=text))
        .values_list(_COMPANY, "company", "application", "user")
        .order_by("company", "user", _COMPANY, "application")
        .distinct()
    )
    return [_choice(*names) for names in found[:AT_MOST]]


def _grants(within: list[int] | None) -> QuerySet[Grant]:
    grants = offering_grants()
    return grants if within is None else grants.filter(**{f"{_COMPANY}__in": within})


def _choice(company_id: int, company: str, application_id: int, user: str) -> tuple[str, str]:
    return f"{company_id}:{application_id}", f"{company} · {user}"
