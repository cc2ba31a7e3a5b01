"""Entering a key or certificate of a channel merchant: write-only, sealed at once."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway.contract import Channel
from paycenter.kernel.credential import Credential
from paycenter.operators.fields import WriteOnlyTextarea
from paycenter.operators.merchants.pem import UnreadablePem, describe
from paycenter.operators.theme import FileWidget, SelectWidget, TextInputWidget

MOST_BYTES = 16_384


class CredentialForm(forms.Form):
    """What kind of credential it is, and the text or the file of it."""

    kind = forms.ChoiceField(label=_("kind"), widget=SelectWidget())
    identifier = forms.CharField(
        label=_("serial number or key id"),
        required=False,
        max_length=80,
        widget=TextInputWidget(),
        help_text=_("As the channel shows it. A certificate's own serial number is read from it."),
    )
    text = forms.CharField(
        label=_("key or certificate, pasted"),
        required=False,
        max_length=MOST_BYTES,
        widget=WriteOnlyTextarea(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("It is sealed at once and never shown again."),
    )
    file = forms.FileField(
        label=_("or as a file"),
        required=False,
        widget=FileWidget(attrs={"accept": ".pem,.key,.crt,.cer,.txt"}),
    )

    def __init__(self, channel: Channel, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (kind.kind, gettext(kind.label)) for kind in channel.credential_kinds
        ]

    def clean_file(self) -> str:
        """Return the text of the uploaded file."""
        upload = self.cleaned_data["file"]
        content: bytes = upload.read(MOST_BYTES) if upload else b""
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise forms.ValidationError(_("The file is not a text file (PEM).")) from None

    def clean(self) -> dict[str, Any]:
        """Put the credential together. It is in ``cleaned_data["credential"]``."""
        data = super().clean() or {}
        value = self._value(data)
        try:
            described = describe(value)
        except UnreadablePem:
            raise forms.ValidationError(
                _("The key or certificate cannot be read. It must be PEM, without a password.")
            ) from None
        data["credential"] = Credential(
            kind=data.get("kind", ""),
            identifier=data.get("identifier", "").strip() or described.identifier,
            value=value,
            not_before=described.not_before,
            not_after=described.not_after,
        )
        return data

    @staticmethod
    def _value(data: dict[str, Any]) -> str:
        given = [text for name in ("text", "file") if (text := str(data.get(name) or "").strip())]
        if len(given) != 1:
            raise forms.ValidationError(_("Paste the text or choose a file, one of the two."))
        return given[0].replace("\r\n", "\n")
