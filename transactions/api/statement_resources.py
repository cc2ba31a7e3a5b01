"""What the API answers about statements and digests, field by field."""

from typing import Any

from rest_framework import serializers

from gateway.registry import CHANNELS


class StatementLineResource(serializers.Serializer[Any]):
    """What a row was for; negative where it went back."""

    fee_type = serializers.CharField(help_text="Blank where the order named none.")
    amount = serializers.IntegerField()


class StatementRowResource(serializers.Serializer[Any]):
    """A payment or refund that became final. Amounts are integers of fen, negative for refunds."""

    kind = serializers.ChoiceField(
        choices=["payment", "duplicate", "refund"],
        help_text="`duplicate`: it came although another payment settles the order.",
    )
    order_no = serializers.CharField()
    serial_no = serializers.CharField()
    channel_serial_no = serializers.CharField()
    refund_no = serializers.CharField(allow_null=True)
    refund_serial_no = serializers.CharField(allow_null=True)
    channel_refund_no = serializers.CharField(allow_null=True)
    channel = serializers.ChoiceField(choices=sorted(CHANNELS))
    payment_id = serializers.CharField()
    project = serializers.CharField(allow_null=True)
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    fee = serializers.IntegerField(
        allow_null=True,
        help_text="What the channel took, negative where it gave back. Null until its bill of the "
        "day is matched: the one thing of a closed day that may still be added.",
    )
    lines = StatementLineResource(many=True, help_text="None for what was paid twice.")
    final_at = serializers.DateTimeField()


class SumResource(serializers.Serializer[Any]):
    """How many rows, how many fen, and the channel fees known so far."""

    count = serializers.IntegerField()
    amount = serializers.IntegerField()
    fee = serializers.IntegerField()


class KindSumResource(SumResource):
    """The rows of one kind."""

    kind = serializers.CharField()


class ChannelSumResource(SumResource):
    """The rows of one channel."""

    channel = serializers.CharField()


class ProjectSumResource(SumResource):
    """The rows of one project, null for those of none."""

    project = serializers.CharField(allow_null=True)


class FeeTypeSumResource(SumResource):
    """The lines of one fee type."""

    fee_type = serializers.CharField()


class StatementTotalsResource(SumResource):
    """What the rows come to."""

    by_kind = KindSumResource(many=True)
    by_channel = ChannelSumResource(many=True)
    by_project = ProjectSumResource(many=True)
    by_fee_type = FeeTypeSumResource(many=True)


class StatementResource(serializers.Serializer[Any]):
    """What became final on one day, or in one month, for this application at one company."""

    date = serializers.CharField(help_text="The day, or the month, that was asked for.")
    merchant_id = serializers.CharField()
    closed = serializers.BooleanField(help_text="Whether rows can no longer be added.")
    data = StatementRowResource(many=True)
    totals = StatementTotalsResource()


class StateSumResource(serializers.Serializer[Any]):
    """The rows that are in one state now."""

    state = serializers.CharField()
    count = serializers.IntegerField()
    amount = serializers.IntegerField()


class DayDigestResource(serializers.Serializer[Any]):
    """One day; states in which nothing is are left out."""

    date = serializers.DateField()
    payments = StateSumResource(many=True)
    refunds = StateSumResource(many=True)


class DigestList(serializers.Serializer[Any]):
    """One digest per day, oldest first."""

    data = DayDigestResource(many=True)
