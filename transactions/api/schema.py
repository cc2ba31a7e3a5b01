"""The operations of the API as the OpenAPI document describes them."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from transactions.api import examples
from transactions.api.resources import (
    AccountList,
    OrderResource,
    PaymentPage,
    PaymentResource,
    ProblemDocument,
    RefundPage,
    RefundResource,
)

_MEDIA = "application/problem+json"


def _operation(
    name: str, tag: str, answers: dict[int, Any], *, refusals: tuple[int, ...] = ()
) -> dict[str, Any]:
    """Return the keyword arguments of ``extend_schema`` for one operation."""
    problem = OpenApiResponse(
        ProblemDocument, examples=[OpenApiExample("problem", examples.PROBLEM)]
    )
    refused = {(status, _MEDIA): problem for status in (400, 401, 403, *refusals)}
    return {"operation_id": name, "tags": [tag], "responses": {**answers, **refused}}


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
        refusals=(404, 409, 503),
    ),
    "examples": [_asked(examples.PAYMENT_REQUEST)],
}
LIST_PAYMENTS = _operation("list_payments", "payments", {200: PaymentPage})
READ_PAYMENT = _operation("read_payment", "payments", {200: _PAYMENT}, refusals=(404,))
SYNC_PAYMENT = {
    **_operation(
        "sync_payment",
        "payments",
        {
            200: _PAYMENT,
            202: OpenApiResponse(PaymentResource, "The channel has not answered yet."),
        },
        refusals=(404,),
    ),
    "request": None,
}
CLOSE_PAYMENT = {
    **_operation("close_payment", "payments", {200: _PAYMENT}, refusals=(404, 409)),
    "request": None,
}
READ_ORDER = _operation("read_order", "orders", {200: OrderResource}, refusals=(404,))
CREATE_REFUND = {
    **_operation(
        "create_refund",
        "refunds",
        {201: _REFUND, 200: OpenApiResponse(RefundResource, "The same refund again.")},
        refusals=(404, 409),
    ),
    "examples": [_asked(examples.REFUND_REQUEST)],
}
LIST_REFUNDS = _operation("list_refunds", "refunds", {200: RefundPage})
READ_REFUND = _operation("read_refund", "refunds", {200: _REFUND}, refusals=(404,))
LIST_ACCOUNTS = _operation("list_payment_accounts", "payment accounts", {200: AccountList})
