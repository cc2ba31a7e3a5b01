"""Entering a receiver: who it is at its channel is sealed at once and never shown again."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.texts import printable
from paycenter.operators.fields import WriteOnlyTextInput
from paycenter.operators.theme import ModelForm, SelectWidget
from paycenter.operators.words import RECEIVER_KINDS, RELATIONS, Words
from transactions.models import Receiver
from transactions.splits.receivers import check_receiver


def _choices(words: Words) -> list[tuple[str, Any]]:
    return [("", "—"), *((code, word.text) for code, word in words.items())]


def _sealed(label: Any, help_text: Any, *, required: bool) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=128,
        validators=[printable],
        widget=WriteOnlyTextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ReceiverForm(ModelForm):
    """Judges a receiver before anything is sent: what its channel would never bind is refused."""

    kind = forms.ChoiceField(
        label=_("Kind of account"), choices=_choices(RECEIVER_KINDS), widget=SelectWidget()
    )
    account = _sealed(
        _("Account at the channel"),
        _("A merchant's number, or how the channel names the person. It is sealed at once."),
        required=True,
    )
    name = _sealed(
        _("Registered name"),
        _("As the channel knows it: it is checked there. It is sealed at once."),
        required=False,
    )
    relation = forms.ChoiceField(
        label=_("Relation"), choices=_choices(RELATIONS), widget=SelectWidget()
    )

    def clean(self) -> dict[str, Any]:
        """Refuse what no channel would bind, and what is here already."""
        data = super().clean() or {}
        needed = ("channel_merchant", "kind", "account", "relation")
        if not all(data.get(name) for name in needed):
            return data
        receiver = Receiver(
            channel_merchant=data["channel_merchant"],
            kind=data["kind"],
            relation=data["relation"],
            relation_text=data.get("relation_text", ""),
        )
        try:
            check_receiver(receiver, account=data["account"])
        except ValidationError as error:
            self.add_error(None, error)
        return data
