"""Checkouts: a page for an order, on which its payer chooses how to pay."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchants.api import SignedAPIView
from paycenter.kernel.clock import rfc3339
from transactions.api import schema
from transactions.api.requests import CheckoutRequest, checkout_command
from transactions.models import Checkout
from transactions.services.checkouts import checkout_url, open_checkout


class CheckoutsView(SignedAPIView):
    """``/api/v1/checkouts``."""

    @extend_schema(**schema.CREATE_CHECKOUT, request=CheckoutRequest)
    def post(self, request: Request) -> Response:
        """Make a page for an order; the same order again has the same page."""
        checkout, is_new = self.caller.commit_once(lambda: self._open(request))
        return Response(checkout_resource(checkout), status=201 if is_new else 200)

    def _open(self, request: Request) -> tuple[Checkout, bool]:
        application = self.caller.application
        return open_checkout(application, checkout_command(application, request.data))


def checkout_resource(checkout: Checkout) -> dict[str, Any]:
    """Return a checkout as the API shows it; its order must be loaded with it."""
    return {
        "checkout_url": checkout_url(checkout),
        "order_no": checkout.order.order_no,
        "expires_at": rfc3339(checkout.order.expires_at),
    }
