"""What an application may send, field by field, and how it becomes a command."""

from dataclasses import fields
from typing import Any, TypeVar

from django.utils.functional import lazy
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from gateway.messages import InvokeMethod
from gateway.parser import products_table
from merchants.models import Application
from notifications.application_urls import check_application_url
from paycenter.kernel.api import StrictCharField, StrictIntegerField, StrictSerializer, validated
from paycenter.kernel.money import CURRENCY
from transactions.api.fields import (
    AmountField,
    CurrencyField,
    MetadataField,
    NumberField,
    SerialField,
    TextField,
)
from transactions.models import SplitMode
from transactions.services.commands import (
    AttemptCommand,
    CheckoutCommand,
    Line,
    OrderCommand,
    PaymentCommand,
    RefundCommand,
)

C = TypeVar("C", OrderCommand, AttemptCommand, CheckoutCommand)


def _what_is_executed() -> str:
    return f"How the payer pays. What each channel executes:\n\n{products_table()}"


class LineRequest(StrictSerializer):
    """One item of the order."""

    fee_type = TextField(max_length=32)
    room = TextField(max_length=64, required=False, allow_blank=True)
    period = TextField(max_length=32, required=False, allow_blank=True)
    amount = AmountField()
    description = TextField(max_length=127, required=False, allow_blank=True)


class PayerRequest(StrictSerializer):
    """Who pays, as far as the channel must know."""

    openid = StrictCharField(max_length=128, required=False)
    buyer_id = StrictCharField(max_length=32, required=False)
    buyer_open_id = StrictCharField(max_length=128, required=False)
    client_ip = serializers.IPAddressField(required=False)


class SplitRequest(StrictSerializer):
    """How the money is to be shared after it came."""

    mode = serializers.ChoiceField(
        choices=SplitMode.values,
        help_text="`rule`: by the split rule that the property company has in effect when the "
        "payment begins. `manual`: by your `POST /splits` after the payment succeeded.",
    )


class OrderRequest(StrictSerializer):
    """What is to be paid, whichever way."""

    merchant_id = NumberField()
    order_no = NumberField()
    order_group_no = NumberField(required=False)
    amount = AmountField()
    subject = TextField(max_length=127)
    lines = serializers.ListField(child=LineRequest(), required=False, max_length=200)
    expires_in = StrictIntegerField(min_value=60, max_value=86400, default=1800)
    return_url = StrictCharField(max_length=500, required=False)
    notify_url = StrictCharField(max_length=500, required=False)
    split = SplitRequest(required=False)
    metadata = MetadataField(
        required=False,
        help_text="Up to 20 pairs of strings, returned as given. By the last four digits of a "
        "`phone` in it, operators find the order.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The lines must add up to the amount."""
        return _with_lines_adding_up(attrs)


class PaymentRequest(OrderRequest):
    """Body of ``POST /api/v1/payments``."""

    payment_id = NumberField()
    currency = CurrencyField()
    invoke_method = serializers.ChoiceField(
        choices=[method.value for method in InvokeMethod],
        help_text=lazy(_what_is_executed, str)(),
    )
    payer = PayerRequest(required=False)


class CheckoutRequest(OrderRequest):
    """Body of ``POST /api/v1/checkouts``."""

    currency = CurrencyField(default=CURRENCY)
    payment_ids = serializers.ListField(
        child=NumberField(),
        required=False,
        max_length=50,
        help_text="The only accounts the payer may choose among; else all that are granted.",
    )


class RefundRequestBody(StrictSerializer):
    """Body of ``POST /api/v1/refunds``."""

    serial_no = SerialField()
    refund_no = NumberField()
    amount = AmountField()
    reason = TextField(max_length=80)
    lines = serializers.ListField(child=LineRequest(), required=False, max_length=200)
    notify_url = StrictCharField(max_length=500, required=False)
    metadata = MetadataField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The lines must add up to the amount."""
        return _with_lines_adding_up(attrs)


def payment_command(application: Application, data: Any) -> PaymentCommand:
    """Return the command a body asks for. Raises ``Problem``."""
    body = _order_body(application, PaymentRequest, data)
    return PaymentCommand(
        body["merchant_id"], _part(OrderCommand, body), _part(AttemptCommand, body)
    )


def checkout_command(application: Application, data: Any) -> CheckoutCommand:
    """Return the command a body asks for. Raises ``Problem``."""
    body = _order_body(application, CheckoutRequest, data)
    return _part(CheckoutCommand, {**body, "order": _part(OrderCommand, body)})


def _order_body(application: Application, kind: type[OrderRequest], data: Any) -> dict[str, Any]:
    body = validated(kind, data)
    _check_urls(application, body)
    body["split_mode"] = body.pop("split", {"mode": SplitMode.NONE})["mode"]
    if "invoke_method" in body:
        body["invoke_method"] = InvokeMethod(body["invoke_method"])
    body["payment_ids"] = tuple(body.get("payment_ids", ()))
    body["lines"] = _lines(body)
    return body


def _part(kind: type[C], body: dict[str, Any]) -> C:
    """Return the members of a body that make one command."""
    names = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in body.items() if name in names})


def refund_command(application: Application, data: Any) -> RefundCommand:
    """Return the command a body asks for. Raises ``Problem``."""
    body = validated(RefundRequestBody, data)
    _check_urls(application, body)
    body["lines"] = _lines(body)
    return RefundCommand(**body)


def _lines(body: dict[str, Any]) -> tuple[Line, ...]:
    return tuple(Line(**line) for line in body.get("lines") or ())


def _with_lines_adding_up(attrs: dict[str, Any]) -> dict[str, Any]:
    lines = attrs.get("lines") or []
    if lines and sum(line["amount"] for line in lines) != attrs["amount"]:
        raise serializers.ValidationError(
            {"lines": [ErrorDetail("must add up to amount", code="sum")]}
        )
    return attrs


def _check_urls(application: Application, body: dict[str, Any]) -> None:
    for field in ("notify_url", "return_url"):
        if field in body:
            check_application_url(application, body[field], code=f"{field}_refused")
