"""What an application may send about splits, and how it becomes a command."""

from typing import Any

from rest_framework import serializers

from paycenter.kernel.api import StrictBooleanField, StrictSerializer, validated
from transactions.api.fields import AmountField, NumberField, SerialField, TextField
from transactions.services.commands import ReturnCommand, ShareCommand, SplitCommand


class ShareRequest(StrictSerializer):
    """What one receiver gets."""

    receiver_id = NumberField()
    amount = AmountField()
    description = TextField(max_length=80, help_text="Read by the receiver and in channel bills.")


class SplitRequestBody(StrictSerializer):
    """Body of ``POST /api/v1/splits``."""

    serial_no = SerialField()
    split_no = NumberField()
    shares = serializers.ListField(child=ShareRequest(), min_length=1, max_length=50)
    release_rest = StrictBooleanField(
        default=False,
        help_text="Free for the company what the shares leave: the payment cannot be split again.",
    )


class ReturnRequestBody(StrictSerializer):
    """Body of ``POST /api/v1/splits/{split_serial_no}/returns``."""

    return_no = NumberField()
    receiver_id = NumberField()
    amount = AmountField()


def split_command(data: Any) -> SplitCommand:
    """Return the command a body asks for. Raises ``Problem``."""
    body = validated(SplitRequestBody, data)
    shares = tuple(ShareCommand(**share) for share in body.pop("shares"))
    return SplitCommand(shares=shares, **body)


def return_command(split_serial_no: str, data: Any) -> ReturnCommand:
    """Return the command a body asks for. Raises ``Problem``."""
    return ReturnCommand(split_serial_no, **validated(ReturnRequestBody, data))
