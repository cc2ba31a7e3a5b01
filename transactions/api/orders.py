"""Orders as the application named them, with everything that happened for them.

An application reads its own orders for ever; a grant is needed to make new ones only.
"""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchants.api import SignedAPIView
from merchants.selectors import granted_merchant
from paycenter.kernel.api import StrictSerializer, validated_query
from paycenter.kernel.errors import Problem
from transactions.api import schema
from transactions.api.fields import NumberField
from transactions.models import Order
from transactions.representations import order_resource
from transactions.selectors import payments, refunds


class OrderQuery(StrictSerializer):
    """Which merchant's order is meant."""

    merchant_id = NumberField()


class OrderView(SignedAPIView):
    """``/api/v1/orders/{order_no}``."""

    @extend_schema(**schema.READ_ORDER, parameters=[OrderQuery])
    def get(self, request: Request, order_no: str) -> Response:
        """Read one order with its payments and refunds, oldest first."""
        merchant_no = validated_query(OrderQuery, request)["merchant_id"]
        application = self.caller.application
        order = (
            Order.objects.select_related("merchant")
            .prefetch_related("lines")
            .filter(
                application=application,
                merchant__merchant_no=merchant_no,
                order_no=order_no,
            )
            .first()
        )
        if order is None:
            granted_merchant(application, merchant_no)
            raise Problem("not_found", f"No order {order_no!r} of this application.")
        return Response(
            order_resource(
                order,
                payments=list(payments().filter(order=order).order_by("pk")),
                refunds=list(refunds().filter(payment__order=order).order_by("pk")),
            )
        )
