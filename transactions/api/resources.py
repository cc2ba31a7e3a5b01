"""The answers of the API, field by field, for the OpenAPI document."""

from typing import Any

from rest_framework import serializers

from gateway.messages import ActionType, InvokeMethod
from gateway.registry import CHANNELS
from gateway.split_messages import ReceiverKind, Relation
from paycenter.kernel.paging import PageSerializer
from transactions.lifecycle import OrderState, PaymentState, RefundState
from transactions.models import SplitShare
from transactions.split_lifecycle import BindingState, ReleaseState, ReturnState, SplitState


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


class ShareReturnResource(serializers.Serializer[Any]):
    """One return of a share. `refund_serial_no`: the refund that needs it, if one does."""

    return_serial_no = serializers.CharField()
    return_no = serializers.CharField(allow_null=True)
    refund_serial_no = serializers.CharField(allow_null=True)
    channel_return_no = serializers.CharField(allow_null=True)
    amount = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ReturnState.values)
    failure = FailureResource(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ShareResource(serializers.Serializer[Any]):
    """What one receiver gets by a split, and what became of it."""

    receiver_id = serializers.CharField()
    amount = serializers.IntegerField()
    returned_amount = serializers.IntegerField()
    description = serializers.CharField()
    result = serializers.ChoiceField(choices=SplitShare.Result.values)
    failure = FailureResource(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    returns = ShareReturnResource(many=True)


class SplitResource(serializers.Serializer[Any]):
    """A split of one payment. Amounts are integers of fen.

    `finished`: every share is decided, each for itself. `failed`: refused as a whole. `cancelled`:
    given up before it was sent, because a refund needed the money. `split_no` is null for a split
    by the company's rule.
    """

    split_serial_no = serializers.CharField()
    split_no = serializers.CharField(allow_null=True)
    serial_no = serializers.CharField()
    order_no = serializers.CharField()
    channel_split_no = serializers.CharField(allow_null=True)
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    state = serializers.ChoiceField(choices=SplitState.values)
    release_rest = serializers.BooleanField()
    shares = ShareResource(many=True)
    failure = FailureResource(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class SplitPage(PageSerializer):
    """A page of splits."""

    data = SplitResource(many=True)


class ReturnResource(ShareReturnResource):
    """A return of a share, with the numbers of what it belongs to."""

    split_serial_no = serializers.CharField()
    receiver_id = serializers.CharField()
    serial_no = serializers.CharField()
    order_no = serializers.CharField()
    currency = serializers.CharField()


class ReleaseResource(serializers.Serializer[Any]):
    """The freeing of what no share took of one payment."""

    release_serial_no = serializers.CharField()
    serial_no = serializers.CharField()
    order_no = serializers.CharField()
    state = serializers.ChoiceField(choices=ReleaseState.values)
    failure = FailureResource(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ReceiverResource(serializers.Serializer[Any]):
    """A party that may get shares of payments, once it is `bound` at the channel."""

    receiver_id = serializers.CharField()
    name = serializers.CharField(help_text="What the property company calls it here.")
    merchant_id = serializers.CharField()
    channel = serializers.ChoiceField(choices=sorted(CHANNELS))
    payment_ids = serializers.ListField(
        child=serializers.CharField(),
        help_text="Your payment accounts of whose payments it may get shares.",
    )
    relation = serializers.ChoiceField(choices=[item.value for item in Relation])
    kind = serializers.ChoiceField(choices=[item.value for item in ReceiverKind])
    account = serializers.CharField(help_text="The ends of its account at the channel.")
    state = serializers.ChoiceField(choices=BindingState.values)


class ReceiverPage(PageSerializer):
    """A page of receivers."""

    data = ReceiverResource(many=True)
