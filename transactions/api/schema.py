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
    RefundPage,
    RefundResource,
)
from transactions.api.split_resources import (
    ReceiverPage,
    ReleaseResource,
    ReturnResource,
    SplitPage,
    SplitResource,
)
from transactions.api.statement_resources import (
    DigestList,
    StatementResource,
)


def _operation(
    name: str, tag: str, answers: dict[Any, Any], *, refused: tuple[int, ...] = ()
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
READ_STATEMENT = {
    **_operation(
        "read_statement",
        "statements",
        {
            (200, "application/json"): OpenApiResponse(
                StatementResource, examples=[_example(examples.STATEMENT)]
            ),
            (200, "text/csv"): OpenApiResponse(
                str,
                "The same rows without totals, under a line of column names. `lines` is JSON. A "
                "text that a spreadsheet program would run as a formula has an apostrophe before "
                "it.",
            ),
        },
        refused=(404,),
    ),
    "summary": "Read what became final on one day, or in one month",
    "description": (
        "Every payment, duplicate payment and refund of this application at one company that "
        "became final on a day (Asia/Shanghai), in the order in which it was booked. The day is "
        "that of `final_at`, unless that day was closed before the center learnt of it: then it is "
        "the first day that was still open. A day is closed at noon two days later; from then on "
        "its rows never change. Before that, ask again. The answer is streamed: it is whole only "
        "if `totals` is there, and those are the sums of the rows in it. With a month "
        "(`2026-11`) in place of the day it holds all its days, and is closed when they are. What "
        "became final within the last minute may be missing while a day is open."
    ),
}
LIST_DIGESTS = {
    **_operation(
        "list_digests",
        "statements",
        {200: OpenApiResponse(DigestList, examples=[_example(examples.DIGESTS)])},
        refused=(404,),
    ),
    "summary": "Count payments and refunds per day and state",
    "description": (
        "For each day (Asia/Shanghai) from `from` to `to`: how many payments and refunds this "
        "application has at one company, and the sum of their `amount`. A payment and a refund "
        "count on the day of their own `created_at`, in the `state` they are in now, whatever "
        "became of them when. Whoever adds up the same rows of his own by the same two members and "
        "finds the same numbers has what the center has; where they differ, list that day's "
        "payments with `created_from` and `created_to`. What happened within the last minute may "
        "not be counted yet. At most 31 days at once."
    ),
}
