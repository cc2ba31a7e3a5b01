"""Refusals of the EasyPay platform; HTTP status is 200 all the same."""

from gateway.sandbox.easypay.records import JsonObject

BUSINESS = -1
UPSTREAM = -2
NOT_SIGNED = -3
NO_PARAMETERS = -4
UNKNOWN_METHOD = -5


class ApiError(Exception):
    """``code`` and ``message`` as in the answer; only business functions of V2 sign theirs."""

    def __init__(self, message: str, code: int = BUSINESS, *, signed: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.signed = signed

    def body(self) -> JsonObject:
        """The JSON of the refusal."""
        return {"code": self.code, "msg": self.message}


class PageError(Exception):
    """A refusal that is an HTML page, even where JSON was asked for."""
