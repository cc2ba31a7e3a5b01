"""Filters that several lists share."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from paycenter.operators.theme import (
    AutocompleteSelectFilter,
    ChoicesCheckboxFilter,
    RangeDateTimeFilter,
)


class CompanyFilter(AutocompleteSelectFilter):
    """By property company, under that name whatever the column is called."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("property company")


COMPANY = ("merchant", CompanyFilter)
APPLICATION = ("application", AutocompleteSelectFilter)
ACCOUNT = ("payment_account", AutocompleteSelectFilter)
STATE = ("state", ChoicesCheckboxFilter)
CREATED = ("created_at", RangeDateTimeFilter)
