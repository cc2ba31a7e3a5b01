"""What a person types to prove who they are."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from paycenter.operators.security.models import Authenticator
from paycenter.operators.security.second_factor import seconds_to_wait
from paycenter.operators.security.theme import PasswordWidget, TextInputWidget

WRONG_CODE = _("The code is wrong, or was used already. Wait for the next one.")
WRONG_PROOF = _("The password or the code is wrong, or the code was used already.")


def wait_first(app: Authenticator) -> str | None:
    """Say for how long no code is looked at after wrong ones, or None where one is."""
    wait = seconds_to_wait(app)
    if not wait:
        return None
    text = ngettext(
        "Wait %(count)s second before the next try.",
        "Wait %(count)s seconds before the next try.",
        wait,
    )
    return text % {"count": wait}


class CodeForm(forms.Form):
    """One code, of the app or a recovery code."""

    code = forms.CharField(
        label=_("code"),
        max_length=32,
        widget=TextInputWidget(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )


class ProofForm(CodeForm):
    """The password once more, and a code where there is a second factor."""

    field_order = ("password", "code")
    password = forms.CharField(
        label=_("password"),
        max_length=4096,
        strip=False,
        widget=PasswordWidget(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, *args: Any, with_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.pop("autofocus", None)
        if not with_code:
            del self.fields["code"]
