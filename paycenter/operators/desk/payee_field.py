"""Choosing for whom to collect, by typing a part of a name."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import get_select2_language
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, JsonResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from paycenter.operators.desk.payees import Payee, choices_like, payee_named
from paycenter.operators.finding import as_number
from paycenter.operators.roles.held import Person, companies_with
from paycenter.operators.theme import AutocompleteWidget

NOTHING_PAYABLE = _(
    "Nothing can be paid through this application now: choose another one, or activate a payment "
    "account of the company that it may use."
)


class PayeeWidget(AutocompleteWidget):
    """Asks ``payee_choices`` for what is typed; the page itself holds nothing but the choice."""

    # The theme's own template writes another value than the one that was chosen.
    option_template_name = "django/forms/widgets/select_option.html"

    def __init__(self) -> None:
        super().__init__({"data-ajax--url": reverse_lazy("payee-choices")})

    @property
    def media(self) -> forms.Media:
        """Speak the reader's language, too."""
        language = get_select2_language()
        words = f"admin/js/vendor/select2/i18n/{language}.js" if language else None
        own = ("admin/js/vendor/select2/select2.full.js", words)
        return forms.Media(js=[name for name in own if name]) + super().media

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> list[Any]:
        """Show what was chosen."""
        found = (payee_named(key, within=None) for key in value)
        self.choices = [payee.choice for payee in found if payee]
        return super().optgroups(name, value, attrs)


class PayeeField(forms.CharField):
    """Offers companies with their applications; its value is a ``Payee``.

    ``reader`` is who fills the form in; a form says so before it is used.
    """

    reader: Person = AnonymousUser()

    def __init__(self) -> None:
        super().__init__(
            label=_("Company and application"),
            widget=PayeeWidget(),
            help_text=_(
                "Type a part of either's name. The company gets the money. The application may use "
                "its payment accounts, and is told of the payment."
            ),
        )

    def clean(self, value: Any) -> Payee:
        """Return the pair that was chosen."""
        payee = payee_named(super().clean(value), within=collects_for(self.reader))
        if payee is None:
            raise ValidationError(NOTHING_PAYABLE, code="nothing_payable")
        return payee


MAY_CHOOSE = ("transactions.collect_checkout", "transactions.add_collectioncode")


def collects_for(reader: Person) -> list[int] | None:
    """Return the companies that somebody may collect for; None: every one."""
    reached: set[int] = set()
    for permission in MAY_CHOOSE:
        companies = companies_with(reader, permission)
        if companies is None:
            return None
        reached.update(companies)
    return sorted(reached)


def payee_choices(request: HttpRequest) -> JsonResponse:
    """Answer what somebody types with what may be chosen; ``admin_view`` let them in."""
    if not any(map(request.user.has_perm, MAY_CHOOSE)):
        raise PermissionDenied
    term = as_number(request.GET.get("term", ""))
    found = choices_like(term, within=collects_for(request.user))
    return JsonResponse({"results": [{"id": key, "text": text} for key, text in found]})
