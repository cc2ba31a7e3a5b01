"""Form fields that know money and secrets."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.money import MAX_AMOUNT, format_yuan, parse_yuan
from paycenter.operators.theme import TextareaWidget, TextInputWidget


class YuanField(forms.CharField):
    """An amount people write in yuan and the database keeps in fen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=TextInputWidget(attrs={"inputmode": "decimal"}), **options)

    def prepare_value(self, value: Any) -> Any:
        """Write fen as yuan; what a person typed stays as typed."""
        return format_yuan(value) if type(value) is int else value

    def clean(self, value: Any) -> int | None:
        """Return fen, or None for a blank that may be one.

        Raises ``ValidationError`` unless it is 0.01 yuan to the largest amount.
        """
        text = super().clean(value)
        if not text:
            return None
        try:
            fen = parse_yuan(text)
        except ValueError:
            raise ValidationError(_("Write an amount of yuan like 128.50.")) from None
        if not 1 <= fen <= MAX_AMOUNT:
            raise ValidationError(
                _("Write an amount from 0.01 to %(largest)s yuan."),
                params={"largest": format_yuan(MAX_AMOUNT)},
            )
        return fen

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the amounts as they are shown."""
        return bool(self.prepare_value(initial) != data)


class WriteOnlyTextInput(TextInputWidget):
    """One line that never shows what was typed, not even beside an error."""

    def format_value(self, value: Any) -> str:
        """Show nothing."""
        del value
        return ""


class WriteOnlyTextarea(TextareaWidget):
    """A text area that never shows what was typed, not even beside an error."""

    def format_value(self, value: Any) -> str:
        """Show nothing."""
        del value
        return ""
