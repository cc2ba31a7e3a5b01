"""For whom an operator may collect: a company, and an application that may use its accounts.

Everything at a front desk that offers companies or applications asks here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from merchants.models import Application, Grant, Merchant
from paycenter.operators.theme import SelectWidget
from transactions.checkout.amounts import Limits, limits_of


@dataclass(frozen=True, slots=True)
class Payee:
    """Who gets the money, and the application whose accounts take it and that is told."""

    merchant: Merchant
    application: Application

    @property
    def key(self) -> str:
        """Name the pair in a form."""
        return f"{self.merchant.pk}:{self.application.pk}"

    @property
    def limits(self) -> Limits:
        """Return which amounts can be paid."""
        return limits_of(self.application, self.merchant)


def collecting_grants() -> QuerySet[Grant]:
    """Return the grants that let an application collect for a company now."""
    return Grant.objects.filter(
        application__is_active=True, payment_account__channel_merchant__merchant__is_active=True
    )


def payees() -> list[Payee]:
    """Return every company with each application that may collect for it, by their names."""
    grants = collecting_grants().select_related(
        "application", "payment_account__channel_merchant__merchant"
    )
    found = (
        Payee(grant.payment_account.channel_merchant.merchant, grant.application)
        for grant in grants
    )
    unique = {payee.key: payee for payee in found}
    return sorted(unique.values(), key=lambda one: (one.merchant.name, one.application.name))


class PayeeField(forms.ChoiceField):
    """Offers companies with their applications; its value is a ``Payee``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=_choices,
            label=_("Company and application"),
            widget=SelectWidget(),
            help_text=_(
                "The company gets the money. The application may use its payment accounts, and is "
                "told of the payment."
            ),
            **options,
        )

    def clean(self, value: Any) -> Payee:
        """Return the pair that was chosen."""
        key = self.to_python(value)
        found = {payee.key: payee for payee in payees()}.get(key)
        if found is None:
            fault = "invalid_choice" if key else "required"
            raise ValidationError(self.error_messages[fault], code=fault, params={"value": key})
        return found


def _choices() -> Iterable[tuple[str, str]]:
    yield "", "—"
    for payee in payees():
        yield payee.key, f"{payee.merchant} · {payee.application}"
