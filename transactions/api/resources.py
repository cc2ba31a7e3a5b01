"""The answers of the API, field by field, for the OpenAPI document."""

from typing import Any

from rest_framework import serializers

from gateway.messages import ActionType, InvokeMethod
from gateway.registry import CHANNELS
from paycenter.kernel.paging import PageSerializer
from transactions.lifecycle import OrderState, PaymentState, RefundState


class FailureResource(serializers.Serializer[Any]):
    """The channel's words."""

    code = serializers.CharField()
    message = serializers.CharField()


class InitiationResource(serializers.Serializer[Any]):
    """Whether the request was sent to the channel; never the result of the payment."""

    status = serializers.ChoiceField(choices=["sent", "rejected", "unknown"])
    code = serializers.CharField(allow_null=True)
    message = serializers.CharField(allow_null=True)


class ActionResource(serializers.Serializer[Any]):
    """What starts the payment on the payer's device."""

    type = serializers.ChoiceField(choices=[item.value for item in ActionType])
    params = serializers.DictField(child=serializers.CharField())


class PaymentResource(serializers.Serializer[Any]):
    """A payment with its three numbers. Amounts are integers of fen.

    `duplicate`: it succeeded although another payment settles its order or group.
    """

    serial_no = serializers.CharField()
    order_no = serializers.CharField()
    channel_serial_no = serializers.CharField(allow_null=True)
    merchant_id = serializers.CharField()
    payment_id = serializers.CharField()
    channel = serializers.ChoiceField(choices=sorted(CHANNELS))
    invoke_method = serializers.ChoiceField(choices=[item.value for item in InvokeMethod])
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    refunded_amount = serializers.IntegerField()
    subject = serializers.CharField()
    state = serializers.ChoiceField(choices=PaymentState.values)
    duplicate = serializers.BooleanField()
    initiation = InitiationResource()
    action = ActionResource(allow_null=True)
    repeat_of = serializers.CharField(allow_null=True)
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    failure = FailureResource(allow_null=True)
    metadata = serializers.DictField(child=serializers.CharField())


class RefundResource(serializers.Serializer[Any]):
    """A refund of one payment. Amounts are integers of fen."""

    refund_serial_no = serializers.CharField()
    refund_no = serializers.CharField(allow_null=True)
    serial_no = serializers.CharField()
    order_no = serializers.CharField()
    channel_refund_no = serializers.CharField(allow_null=True)
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    state = serializers.ChoiceField(choices=RefundState.values)
    reason = serializers.CharField()
    failure = FailureResource(allow_null=True)
    created_at = serializers.DateTimeField()
    succeeded_at = serializers.DateTimeField(allow_null=True)
    metadata = serializers.DictField(child=serializers.CharField())


class LineResource(serializers.Serializer[Any]):
    """One item of an order."""

    fee_type = serializers.CharField()
    room = serializers.CharField()
    period = serializers.CharField()
    amount = serializers.IntegerField()
    description = serializers.CharField()


class OrderResource(serializers.Serializer[Any]):
    """An order with all its payments and refunds, oldest first."""

    order_no = serializers.CharField()
    order_group_no = serializers.CharField(allow_null=True)
    merchant_id = serializers.CharField()
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    paid_amount = serializers.IntegerField()
    refunded_amount = serializers.IntegerField()
    subject = serializers.CharField()
    lines = LineResource(many=True)
    state = serializers.ChoiceField(choices=OrderState.values)
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    payments = PaymentResource(many=True)
    refunds = RefundResource(many=True)


class CheckoutResource(serializers.Serializer[Any]):
    """The page on which an order is paid. Whoever knows its address may pay."""

    checkout_url = serializers.URLField()
    order_no = serializers.CharField()
    expires_at = serializers.DateTimeField()


class AccountResource(serializers.Serializer[Any]):
    """A payment account this application may use."""

    payment_id = serializers.CharField()
    merchant_id = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.ChoiceField(choices=sorted(CHANNELS))
    invoke_methods = serializers.ListField(child=serializers.CharField())
    min_amount = serializers.IntegerField()
    max_amount = serializers.IntegerField()
    sandbox = serializers.BooleanField()
    available = serializers.BooleanField()
    unavailable_reason = serializers.CharField(
        allow_null=True,
        help_text="`payment_account_inactive` or `merchant_inactive`: until somebody activates it. "
        "`switched_off`: by an operator, for a time. `circuit_open`: the channel does not answer "
        "properly right now.",
    )


class PaymentPage(PageSerializer):
    """A page of payments."""

    data = PaymentResource(many=True)


class RefundPage(PageSerializer):
    """A page of refunds."""

    data = RefundResource(many=True)


class AccountList(serializers.Serializer[Any]):
    """The accounts of an application."""

    data = AccountResource(many=True)
