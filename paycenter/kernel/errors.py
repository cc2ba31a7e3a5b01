"""Errors an application can receive: RFC 9457 problems with a stable ``code``.

The table is the whole vocabulary of the public API. ``detail`` is for people and says what to do;
``code`` is for programs and never changes its meaning.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

TITLES: dict[str, tuple[int, str]] = {
    "invalid_request": (400, "The request is not valid"),
    "unknown_field": (400, "The request has a field this endpoint does not know"),
    "invoke_method_unsupported": (400, "This payment account does not support the invoke method"),
    "notify_url_refused": (400, "The notification URL is not acceptable"),
    "return_url_refused": (400, "The return URL is not acceptable"),
    "signature_invalid": (401, "The signature is not valid"),
    "timestamp_out_of_range": (401, "The timestamp is too far from the center's clock"),
    "nonce_reused": (401, "The nonce was used before"),
    "application_disabled": (401, "The application is disabled"),
    "ip_not_allowed": (403, "The address is not on the application's allow list"),
    "not_found": (404, "Nothing here with this number"),
    "payment_account_not_found": (404, "No such payment account for this application"),
    "merchant_not_found": (404, "No such merchant for this application"),
    "method_not_allowed": (405, "This address does not accept the HTTP method"),
    "order_mismatch": (409, "The order number is already used for something else"),
    "order_paid": (409, "The order is paid"),
    "order_closed": (409, "The order is closed"),
    "attempt_too_soon": (409, "An earlier attempt for this order is still open"),
    "refund_mismatch": (409, "The refund number is already used for something else"),
    "refund_exceeds_payment": (409, "The refund is larger than what is left of the payment"),
    "payment_not_refundable": (409, "The payment cannot be refunded in its state"),
    "payment_not_closable": (409, "The payment cannot be closed in its state"),
    "payment_account_inactive": (409, "The payment account is not active"),
    "split_not_allowed": (409, "The payment cannot be split this way"),
    "split_exceeds_payment": (409, "The shares are larger than what may be shared"),
    "split_mismatch": (409, "The split or return number is already used for something else"),
    "request_in_progress": (409, "The same request is being worked on"),
    "request_too_large": (413, "The request body is too large"),
    "unsupported_media_type": (415, "The request body must be application/json"),
    "rate_limited": (429, "Too many requests"),
    "internal_error": (500, "Something went wrong here"),
    "service_unavailable": (503, "The center cannot answer right now"),
    "channel_unavailable": (503, "The channel takes no new payments right now"),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field of a request; ``field`` is its path (``lines[0].amount``)."""

    field: str
    code: str
    detail: str


class Problem(Exception):
    """A refusal the application can act on.

    ``code`` must be in ``TITLES``. ``retry_after`` is whole seconds, where waiting helps.
    ``extra`` members are added to the body (RFC 9457, 3.2).
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        extra: dict[str, object] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.status, self.title = TITLES[code]
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.extra = extra or {}

    def body(self, *, request_id: str, docs_url: str) -> dict[str, object]:
        """Return the ``application/problem+json`` document."""
        return {
            "type": f"{docs_url}#{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
            "errors": [asdict(error) for error in self.errors],
            **self.extra,
        }
