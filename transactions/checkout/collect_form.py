"""What a payer enters after scanning a collection code: an amount, a room, or nothing at all."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.money import parse_yuan
from paycenter.kernel.texts import printable
from transactions.checkout.amounts import Limits
from transactions.models import CollectionCode
from transactions.services.desk_orders import ONCE


class CollectForm(forms.Form):
    """Asks for what the code leaves open. ``once`` makes a form that is sent twice one order."""

    once = forms.RegexField(rf"\A{ONCE.pattern}\Z", widget=forms.HiddenInput())
    amount = forms.CharField(required=False, max_length=32)
    room = forms.CharField(required=False, max_length=64, validators=[printable])

    def __init__(self, code: CollectionCode, limits: Limits, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._code, self._limits = code, limits
        if code.room:
            del self.fields["room"]

    def clean_amount(self) -> int:
        """Return fen: what the code says, or else what the payer wrote in yuan."""
        amount = self._code.amount
        if amount is None:
            amount = _fen(self.cleaned_data["amount"])
        refusal = self._limits.refusal(amount)
        if refusal:
            raise ValidationError(refusal)
        return amount


def _fen(text: str) -> int:
    if not text:
        raise ValidationError(_("Enter the amount in yuan."))
    try:
        return parse_yuan(text)
    except ValueError:
        raise ValidationError(
            _("Write the amount in plain digits, like 128.50, with two decimals at most.")
        ) from None
