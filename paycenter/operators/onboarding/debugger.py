"""The page on which an application's developers find out why their signature is refused."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from merchants.models import Application, ApplicationKey
from paycenter.operators.confirm import page_context
from paycenter.operators.onboarding.signature_check import Line, Request, compare, key_that_fits
from paycenter.operators.theme import ModelAdmin, TextareaWidget, TextInputWidget


class TextField(forms.CharField):
    """A text exactly as it was sent; a form can only keep line feeds as ends of lines."""

    def __init__(self, *, label: Any, rows: int = 1, **options: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", "class": "pc-code-field"}
        widget: Any = TextInputWidget(attrs=attrs)
        if rows > 1:
            widget = TextareaWidget(attrs=attrs | {"rows": rows})
        super().__init__(label=label, widget=widget, strip=rows == 1, **options)

    def to_python(self, value: Any) -> str:
        """Undo what browsers make of line feeds."""
        return str(super().to_python(value)).replace("\r\n", "\n")


class SignatureForm(forms.Form):
    """What a developer sent, and what their code signed."""

    method = TextField(label=_("method"), initial="POST", max_length=16)
    target = TextField(
        label=_("path with query, exactly as sent"),
        max_length=2_000,
        help_text=_("Such as /api/v1/payments?limit=20, without the host."),
    )
    timestamp = TextField(label="X-Pc-Timestamp", max_length=32)
    nonce = TextField(label="X-Pc-Nonce", max_length=128)
    body = TextField(
        label=_("body, exactly as sent"),
        rows=6,
        required=False,
        max_length=100_000,
        help_text=_("Lines are taken to end with a line feed alone."),
    )
    signature = TextField(label="X-Pc-Signature", max_length=200)
    received = TextField(
        label=_("your string to sign"),
        rows=6,
        required=False,
        max_length=100_000,
        help_text=_("What your code signed, to be compared with what the center expects."),
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: the key that fits, or the key that signed the developer's own string."""

    lines: list[Line]
    key: ApplicationKey | None
    key_of_received: ApplicationKey | None
    is_compared: bool

    @property
    def differs(self) -> Line | None:
        """The first line in which the two strings differ."""
        return next((line for line in self.lines if line.is_first_difference), None)


def signature_debugger(
    admin: ModelAdmin, request: HttpRequest, application: Application
) -> HttpResponse:
    """Take the parts of a request in, and say whether and why its signature does not fit."""
    form = SignatureForm(request.POST or None)
    finding = _find(application, form.cleaned_data) if form.is_valid() else None
    context = page_context(admin, request, application, _("Check a signature"))
    context |= {"form": form, "finding": finding}
    return TemplateResponse(request, "admin/signature_debugger.html", context)


def _find(application: Application, given: dict[str, str]) -> Checked:
    received = given["received"]
    parts = {name: given[name] for name in Request.__dataclass_fields__}
    sent = Request(**parts)
    keys = list(application.keys.order_by("-pk"))
    expected = sent.string_to_sign
    return Checked(
        lines=compare(expected, received if received else expected),
        key=key_that_fits(keys, sent.signature, expected),
        key_of_received=key_that_fits(keys, sent.signature, received) if received else None,
        is_compared=bool(received),
    )
