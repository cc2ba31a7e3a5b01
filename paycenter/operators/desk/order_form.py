"""What an operator enters to collect a payment at the front desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.texts import printable
from paycenter.operators.desk.payee_field import PayeeField
from paycenter.operators.fields import YuanField
from paycenter.operators.roles.held import Person
from paycenter.operators.theme import SelectWidget, TextInputWidget
from transactions.services.desk_orders import ONCE, Wish


def _text(label: Any, *, longest: int, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=longest,
        required=required,
        validators=[printable],
        widget=TextInputWidget(),
    )


class DeskOrderForm(forms.Form):
    """``once`` makes a form that is sent twice one order. The limits are those of the contract."""

    payee = PayeeField()
    subject = _text(_("what is paid for"), longest=127, required=True)
    amount = YuanField(label=_("amount (yuan)"))
    room = _text(_("room"), longest=64)
    fee_type = _text(_("fee type"), longest=32)
    period = _text(_("period"), longest=32)
    expires_in = forms.TypedChoiceField(
        label=_("time to pay"),
        coerce=int,
        choices=[(1800, _("30 minutes")), (7200, _("2 hours")), (86400, _("24 hours"))],
        widget=SelectWidget(),
    )
    once = forms.RegexField(rf"\A{ONCE.pattern}\Z", widget=forms.HiddenInput())

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payee"].reader = reader  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse an amount that no account takes."""
        data = super().clean() or {}
        if "payee" in data and "amount" in data:
            refusal = data["payee"].limits.refusal(data["amount"])
            if refusal:
                self.add_error("amount", refusal)
        return data

    @property
    def wish(self) -> Wish:
        """Return what was entered, once it is valid."""
        facts = {name: self.cleaned_data[name] for name in Wish.__dataclass_fields__}
        return Wish(**facts)
