"""What the API answers about splits, returns, releases and receivers, field by field."""

from typing import Any

from rest_framework import serializers

from gateway.registry import CHANNELS
from gateway.split_messages import ReceiverKind, Relation
from paycenter.kernel.paging import PageSerializer
from transactions.api.resources import FailureResource
from transactions.models import SplitShare
from transactions.split_lifecycle import BindingState, ReleaseState, ReturnState, SplitState


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
