"""Entering a key or certificate of a channel merchant: write-only, checked, sealed at once."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway.contract import Channel, ConfigurationError
from gateway.words import said
from paycenter.kernel.credential import Credential
from paycenter.operators.fields import WriteOnlyTextarea
from paycenter.operators.theme import FileWidget, SelectWidget, TextInputWidget

MOST_BYTES = 16_384


class CredentialForm(forms.Form):
    """What kind of credential it is, and the text or the file of it.

    ``stored`` are the channel merchant's other credentials: the new one must go with them.
    """

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

    def __init__(
        self, channel: Channel, stored: Sequence[Credential], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._channel, self._stored = channel, stored
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
        """Have the channel judge the credential. It is in ``cleaned_data["credential"]``."""
        data = super().clean() or {}
        value = self._value(data)
        kind, identifier = data.get("kind"), data.get("identifier", "").strip()
        if kind is None:
            return data
        if self._is_named(kind) and not identifier:
            self.add_error("identifier", _("Enter it: it cannot be read from the key."))
            return data
        try:
            credential = self._channel.read_credential(kind, value, identifier)
            self._channel.check_pairs((credential, *self._stored))
        except ConfigurationError as error:
            text = _("It was not stored: %(reason)s.") % {"reason": said(error)}
            raise forms.ValidationError(text) from None
        data["credential"] = credential
        return data

    def _is_named(self, kind: str) -> bool:
        return any(item.named for item in self._channel.credential_kinds if item.kind == kind)

    @staticmethod
    def _value(data: dict[str, Any]) -> str:
        given = [text for name in ("text", "file") if (text := str(data.get(name) or "").strip())]
        if len(given) != 1:
            raise forms.ValidationError(_("Paste the text or choose a file, one of the two."))
        return given[0].replace("\r\n", "\n")
