"""Refusals of Alipay's gateway: ``code`` and ``msg`` of the gateway, ``sub_code`` of the cause."""

from typing import Any

JsonObject = dict[str, Any]

MESSAGES = {
    "20000": "Service Currently Unavailable",
    "20001": "Insufficient Token Permissions",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40004": "Business Failed",
    "40005": "Call Limited",
    "40006": "Insufficient Permissions",
}


class GatewayError(Exception):
    """A refusal as it goes over the wire; ``echo`` are the facts it repeats nevertheless."""

    def __init__(
        self, code: str, sub_code: str, sub_msg: str, *, echo: JsonObject | None = None
    ) -> None:
        super().__init__(f"{code} {sub_code}: {sub_msg}")
        self.code = code
        self.sub_code = sub_code
        self.sub_msg = sub_msg
        self.echo = echo or {}

    def document(self) -> JsonObject:
        """The node of the answer."""
        return {
            "code": self.code,
            "msg": MESSAGES[self.code],
            "sub_code": self.sub_code,
            "sub_msg": self.sub_msg,
            **self.echo,
        }


class UnknownApp(GatewayError):
    """A refusal that carries no signature, for nobody knows yet whose keys would count."""


def missing(name: str, what: str) -> GatewayError:
    """40001: a parameter all calls need."""
    return GatewayError("40001", f"isv.missing-{name}", f"缺少{what}参数")


def invalid(name: str, message: str) -> GatewayError:
    """40002: a parameter nobody can work with."""
    return GatewayError("40002", f"isv.{name}", message)


def failed(name: str, message: str, *, echo: JsonObject | None = None) -> GatewayError:
    """40004: the business refuses; nothing was done."""
    return GatewayError("40004", f"ACQ.{name}", message, echo=echo)


def invalid_parameter(message: str) -> GatewayError:
    """40004: the content of a call is wrong."""
    return failed("INVALID_PARAMETER", f"参数无效：{message}")
