"""The parties among which an application may have payments split."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchants.api import SignedAPIView
from merchants.selectors import granted_accounts
from paycenter.kernel.api import validated_query
from paycenter.kernel.paging import PageQuery, page
from transactions.api import schema
from transactions.api.fields import NumberField
from transactions.models import Receiver


class ReceiverListQuery(PageQuery):
    """Filter of the list of receivers."""

    merchant_id = NumberField(required=False)


class ReceiversView(SignedAPIView):
    """``/api/v1/receivers``."""

    @extend_schema(**schema.LIST_RECEIVERS, parameters=[ReceiverListQuery])
    def get(self, request: Request) -> Response:
        """List the receivers of the payment accounts granted to this application, newest first.

        Only a `bound` one can get a share, of payments made through one of its `payment_ids`.
        """
        query = validated_query(ReceiverListQuery, request)
        granted: dict[int, list[str]] = defaultdict(list)
        accounts = granted_accounts(self.caller.application).order_by("pk")
        for owner_id, payment_no in accounts.values_list("channel_merchant_id", "payment_no"):
            granted[owner_id].append(payment_no)
        rows = Receiver.objects.select_related("merchant", "channel_merchant")
        rows = rows.filter(channel_merchant_id__in=list(granted))
        if "merchant_id" in query:
            rows = rows.filter(merchant__merchant_no=query["merchant_id"])
        return Response(
            page(
                rows,
                query,
                number_field="receiver_no",
                resource=lambda row: receiver_resource(row, granted[row.channel_merchant_id]),
            )
        )


def receiver_resource(receiver: Receiver, payment_nos: Sequence[str]) -> dict[str, Any]:
    """Return a receiver as the API shows it; ``payment_nos`` are the caller's accounts."""
    return {
        "receiver_id": receiver.receiver_no,
        "name": receiver.label,
        "merchant_id": receiver.merchant.merchant_no,
        "channel": receiver.channel_merchant.channel,
        "payment_ids": list(payment_nos),
        "relation": receiver.relation,
        "kind": receiver.kind,
        "account": receiver.account_hint,
        "state": receiver.state,
    }
