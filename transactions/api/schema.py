"""The operations of the API as the OpenAPI document describes them."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from paycenter.kernel.problem_schema import refusals
from transactions.api import examples
from transactions.api.resources import (
    AccountList,
    CheckoutResource,
    OrderResource,
    PaymentPage,
    PaymentResource,
    ReceiverPage,
    RefundPage,
    RefundResource,
    ReleaseResource,
    ReturnResource,
    SplitPage,
    SplitResource,
)


def _operation(
    name: str, tag: str, answers: dict[int, Any], *, refused: tuple[int, ...] = ()
) -> dict[str, Any]:
    """Return the keyword arguments of ``extend_schema`` for one operation."""
    return {
        "operation_id": name,
        "tags": [tag],
        "responses": {**answers, **refusals(*refused)},
    }


def _example(value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample("answer", value, response_only=True)


def _asked(value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample("request", value, request_only=True)


_PAYMENT = OpenApiResponse(PaymentResource, examples=[_example(examples.PAYMENT)])
_REFUND = OpenApiResponse(RefundResource, examples=[_example(examples.REFUND)])

CREATE_PAYMENT = {
    **_operation(
        "create_payment",
        "payments",
        {
            201: _PAYMENT,
            200: OpenApiResponse(PaymentResource, "The same attempt again."),
            202: OpenApiResponse(PaymentResource, "The channel has not answered yet."),
        },
        refused=(404, 409, 503),
    ),
    "examples": [_asked(examples.PAYMENT_REQUEST)],
}
LIST_PAYMENTS = _operation("list_payments", "payments", {200: PaymentPage})
READ_PAYMENT = _operation("read_payment", "payments", {200: _PAYMENT}, refused=(404,))
SYNC_PAYMENT = {
    **_operation(
        "sync_payment",
        "payments",
        {
            200: _PAYMENT,
            202: OpenApiResponse(PaymentResource, "The channel has not answered yet."),
        },
        refused=(404,),
    ),
    "request": None,
}
CLOSE_PAYMENT = {
    **_operation("close_payment", "payments", {200: _PAYMENT}, refused=(404, 409)),
    "request": None,
}
CREATE_CHECKOUT = {
    **_operation(
        "create_checkout",
        "checkouts",
        {
            201: OpenApiResponse(CheckoutResource, examples=[_example(examples.CHECKOUT)]),
            200: OpenApiResponse(CheckoutResource, "The page that the order has already."),
        },
        refused=(404, 409),
    ),
    "examples": [_asked(examples.CHECKOUT_REQUEST)],
}
READ_ORDER = _operation("read_order", "orders", {200: OrderResource}, refused=(404,))
CREATE_REFUND = {
    **_operation(
        "create_refund",
        "refunds",
        {201: _REFUND, 200: OpenApiResponse(RefundResource, "The same refund again.")},
        refused=(404, 409),
    ),
    "examples": [_asked(examples.REFUND_REQUEST)],
}
LIST_REFUNDS = _operation("list_refunds", "refunds", {200: RefundPage})
READ_REFUND = _operation("read_refund", "refunds", {200: _REFUND}, refused=(404,))
LIST_ACCOUNTS = _operation(
    "list_payment_accounts",
    "payment accounts",
    {200: OpenApiResponse(AccountList, examples=[_example(examples.ACCOUNTS)])},
)
_SPLIT = OpenApiResponse(SplitResource, examples=[_example(examples.SPLIT)])
_RETURN = OpenApiResponse(ReturnResource, examples=[_example(examples.RETURN)])
_RELEASE = OpenApiResponse(ReleaseResource, examples=[_example(examples.RELEASE)])

CREATE_SPLIT = {
    **_operation(
        "create_split",
        "splits",
        {201: _SPLIT, 200: OpenApiResponse(SplitResource, "The same split again.")},
        refused=(404, 409),
    ),
    "examples": [_asked(examples.SPLIT_REQUEST)],
}
LIST_SPLITS = _operation("list_splits", "splits", {200: SplitPage})
READ_SPLIT = _operation("read_split", "splits", {200: _SPLIT}, refused=(404,))
CREATE_RETURN = {
    **_operation(
        "return_share",
        "splits",
        {201: _RETURN, 200: OpenApiResponse(ReturnResource, "The same return again.")},
        refused=(404, 409),
    ),
    "examples": [_asked(examples.RETURN_REQUEST)],
}
RELEASE_PAYMENT = {
    **_operation(
        "release_payment",
        "splits",
        {201: _RELEASE, 200: OpenApiResponse(ReleaseResource, "The same release again.")},
        refused=(404, 409),
    ),
    "request": None,
}
LIST_RECEIVERS = _operation(
    "list_receivers",
    "splits",
    {200: OpenApiResponse(ReceiverPage, examples=[_example(examples.RECEIVERS)])},
)
