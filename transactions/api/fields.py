"""Fields of the public API's requests, with the contract's limits."""

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from paycenter.kernel.api import StrictCharField, StrictIntegerField
from paycenter.kernel.money import CURRENCY, MAX_AMOUNT
from paycenter.kernel.texts import PRINTABLE

_NUMBER = RegexValidator(r"\A[A-Za-z0-9_-]{1,64}\Z", "1 to 64 characters of A-Z a-z 0-9 _ -")
_SERIAL = RegexValidator(r"\A[A-Z0-9]{24}\Z", "24 characters of A-Z 0-9")
_PRINTABLE = RegexValidator(
    PRINTABLE,
    "control characters and text direction overrides are not allowed",
)
MAX_METADATA = 20


class NumberField(StrictCharField):
    """A number the application mints (``order_no``, ``refund_no``)."""

    default_validators = [_NUMBER]


class SerialField(StrictCharField):
    """A number the center minted."""

    default_validators = [_SERIAL]


class TextField(StrictCharField):
    """Words people will read; no control characters, no direction overrides, not only blanks."""

    default_validators = [_PRINTABLE]

    def to_internal_value(self, data: Any) -> str:
        """Return ``data`` when there is something to read in it."""
        text = super().to_internal_value(data)
        if not self.allow_blank and all(sign.isspace() or not sign.isprintable() for sign in text):
            self.fail("blank")
        return text


class AmountField(StrictIntegerField):
    """Money: a JSON integer of fen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_AMOUNT, **kwargs)


class CurrencyField(serializers.ChoiceField):
    """The one currency there is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[CURRENCY], **kwargs)


class MetadataField(serializers.DictField):
    """Up to 20 pairs of strings, returned as given."""

    child = TextField(max_length=500, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        """Bound the number of pairs and the length of names."""
        if isinstance(data, dict) and len(data) > MAX_METADATA:
            raise serializers.ValidationError(f"at most {MAX_METADATA} pairs", code="max_length")
        if isinstance(data, dict) and any(len(name) > 64 or "\x00" in name for name in data):
            raise serializers.ValidationError("names have at most 64 characters", code="invalid")
        return super().to_internal_value(data)
