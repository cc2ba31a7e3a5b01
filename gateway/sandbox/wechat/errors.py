"""WeChat Pay APIv3 error answers: HTTP status, ``code``, message and optional detail."""

from typing import Any

JsonObject = dict[str, Any]

# The number behind the dash of Request-ID when an answer is an error; support staff read it.
_UNSPECIFIC = 268435461


class ApiError(Exception):
    """A refusal as it goes over the wire.

    ``signed`` is False for refusals before the caller is authenticated; ``traced`` is False where
    production leaves Request-ID out.
    """

    def __init__(
        self, status: int, code: str, message: str, *, detail: JsonObject | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail
        self.signed = True
        self.traced = True
        self.internal_code = _INTERNAL_CODES.get(code, _UNSPECIFIC)

    def body(self) -> JsonObject:
        """The error envelope."""
        envelope: JsonObject = {"code": self.code, "message": self.message}
        if self.detail is not None:
            envelope["detail"] = self.detail
        return envelope


class NotAuthenticated(ApiError):
    """A refusal that carries no signature, for nobody knows yet whom it would be meant for."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        detail: JsonObject | None = None,
        traced: bool = True,
    ) -> None:
        super().__init__(status, code, message, detail=detail)
        self.signed = False
        self.traced = traced


def param_error(
    message: str, *, field: str = "", value: object = None, location: str = "body"
) -> ApiError:
    """400 PARAM_ERROR; ``field`` is the JSON pointer of the culprit."""
    detail: JsonObject = {"location": location, "value": value}
    if field:
        detail = {"field": field, "issue": message, **detail}
    return ApiError(400, "PARAM_ERROR", message, detail=detail)


def invalid_request(message: str) -> ApiError:
    """400 INVALID_REQUEST: well-formed, but a business rule forbids it."""
    return ApiError(400, "INVALID_REQUEST", message)


_INTERNAL_CODES = {
    "ORDER_NOT_EXIST": 268512771,
    "RESOURCE_NOT_EXISTS": 268512771,
    "FREQUENCY_LIMITED": 268447840,
    "ORDERPAID": 268449538,
    "ORDER_CLOSED": 268447914,
    "OUT_TRADE_NO_USED": 268498688,
    "SIGN_ERROR": 268443699,
    "APPID_MCHID_NOT_MATCH": 268445527,
}
