"""The fault menu of the simulated EasyPay platform: the common faults and those of its dialect.

Answers of V1 carry no signature, so the faults of signatures bend V2 answers and callbacks only.
"""

import base64
import secrets
from decimal import Decimal
from typing import ClassVar

from gateway.sandbox.common_faults import COMMON_MENU
from gateway.sandbox.easypay.dialect import to_json
from gateway.sandbox.easypay.errors import UPSTREAM
from gateway.sandbox.faults import CALLBACK, Document, Fault, Menu, menu_of
from gateway.sandbox.reply import Reply

PAY = "pay"
SUBMIT = "submit"
QUERY = "query"
CLOSE = "close"
REFUND = "refund"
REFUND_QUERY = "refund_query"
MERCHANT = "merchant"
ORDERS = "orders"
OPERATIONS = (PAY, SUBMIT, QUERY, CLOSE, REFUND, REFUND_QUERY, MERCHANT, ORDERS, CALLBACK)

_SIGNED = frozenset(OPERATIONS) - {SUBMIT}
_FACTS = frozenset({QUERY, REFUND, REFUND_QUERY, CALLBACK})
_STALE_BY_SECONDS = 600
_HTML = {"Content-Type": "text/html; charset=UTF-8"}


def _page(status: int, heading: str) -> Reply:
    body = f"<html><head><title>{heading}</title></head><body><h1>{heading}</h1></body></html>"
    return Reply(status, body.encode(), _HTML)


def _refusal(code: int, message: str) -> Reply:
    return Reply(200, to_json({"code": code, "msg": message}), _HTML)


class ErrorExecuted(Fault):
    """The request is executed, the answer is a 502 page of the web server."""

    name: ClassVar[str] = "error_executed"

    def afterwards(self, reply: Reply) -> Reply:  # noqa: ARG002 - the true answer is lost
        """The page in place of the answer."""
        return _page(502, "502 Bad Gateway")


class ErrorNotExecuted(Fault):
    """The answer is a 502 page of the web server and nothing was executed."""

    name: ClassVar[str] = "error_not_executed"

    def instead(self) -> Reply:
        """The same page as when it was executed: nobody can tell."""
        return _page(502, "502 Bad Gateway")


class RateLimited(Fault):
    """The firewall in front of the platform answers 429, and nothing was executed."""

    name: ClassVar[str] = "rate_limited"

    def instead(self) -> Reply:
        """Too many requests."""
        return _page(429, "429 Too Many Requests")


class HtmlAnswer(Fault):
    """The request is executed, the answer is a page of HTML under status 200."""

    name: ClassVar[str] = "html_answer"

    def afterwards(self, reply: Reply) -> Reply:  # noqa: ARG002 - the true answer is lost
        """What platforms show while they are being repaired."""
        return _page(200, "系统维护中")


class Garbage(Fault):
    """The request is executed, the answer is cut off in the middle."""

    name: ClassVar[str] = "garbage"

    def afterwards(self, reply: Reply) -> Reply:
        """Half of the true answer, as if it were all."""
        return Reply(reply.status, reply.body[: len(reply.body) // 2], reply.headers)


class UpstreamError(Fault):
    """An order call is refused with code -2: the platform's own channel failed."""

    name: ClassVar[str] = "upstream_error"
    operations: ClassVar[frozenset[str]] = frozenset({PAY})

    def instead(self) -> Reply:
        """Nothing was executed; never signed."""
        return _refusal(UPSTREAM, "支付通道返回错误：系统繁忙")


class NotEnough(Fault):
    """A refund is refused for lack of money: the merchant's balance is too low."""

    name: ClassVar[str] = "not_enough"
    operations: ClassVar[frozenset[str]] = frozenset({REFUND})


class RefundFails(Fault):
    """The upstream channel refuses a refund; the platform keeps a record of status 0."""

    name: ClassVar[str] = "refund_fails"
    operations: ClassVar[frozenset[str]] = frozenset({REFUND})


class BadSignature(Fault):
    """The signature was made over another text."""

    name: ClassVar[str] = "bad_signature"
    operations: ClassVar[frozenset[str]] = _SIGNED

    def seal(self, seal: dict[str, str]) -> dict[str, str]:
        """Well-formed, of the right length, and wrong."""
        if seal["sign_type"] == "MD5":
            return seal | {"sign": secrets.token_hex(16)}
        return seal | {"sign": base64.b64encode(secrets.token_bytes(256)).decode()}


class MissingSignature(Fault):
    """The message carries no signature at all."""

    name: ClassVar[str] = "missing_signature"
    operations: ClassVar[frozenset[str]] = _SIGNED

    def seal(self, seal: dict[str, str]) -> dict[str, str]:
        """All but the signature."""
        return {name: value for name, value in seal.items() if name != "sign"}


class MissingSignType(Fault):
    """A callback leaves sign_type out, as some clones always do; its signature is good."""

    name: ClassVar[str] = "missing_sign_type"
    operations: ClassVar[frozenset[str]] = frozenset({CALLBACK})

    def seal(self, seal: dict[str, str]) -> dict[str, str]:
        """All but the name of the method, which is not signed."""
        return {name: value for name, value in seal.items() if name != "sign_type"}


class StaleTimestamp(Fault):
    """The message was signed ten minutes ago."""

    name: ClassVar[str] = "stale_timestamp"
    operations: ClassVar[frozenset[str]] = _SIGNED

    def timestamp(self, timestamp: int) -> int:
        """Beyond the five minutes a verifier allows."""
        return timestamp - _STALE_BY_SECONDS


class TamperedBody(Fault):
    """A number in the message was changed after it was signed."""

    name: ClassVar[str] = "tampered_body"
    operations: ClassVar[frozenset[str]] = _FACTS | {PAY}

    def body(self, body: bytes) -> bytes:
        """Nine times the money of a callback, another order in an answer."""
        return body.replace(b"&money=", b"&money=9").replace(b'"trade_no":"2', b'"trade_no":"3')


class WrongAmount(Fault):
    """An order's or refund's amount is one fen too high, properly signed."""

    name: ClassVar[str] = "wrong_amount"
    operations: ClassVar[frozenset[str]] = _FACTS

    def document(self, document: Document) -> Document:
        """The price of an order, the returned sum of a refund."""
        return document | {"money": str(Decimal(document["money"]) + Decimal("0.01"))}


class WrongOrder(Fault):
    """An order's or refund's facts name another order of the platform, properly signed."""

    name: ClassVar[str] = "wrong_order"
    operations: ClassVar[frozenset[str]] = _FACTS

    def document(self, document: Document) -> Document:
        """A number of the right form that the receiver does not know."""
        return document | {"trade_no": "2020010100000012345"}


class WrongMerchant(Fault):
    """An order's facts name another merchant, properly signed with the key of the true one."""

    name: ClassVar[str] = "wrong_merchant"
    operations: ClassVar[frozenset[str]] = frozenset({QUERY, CALLBACK})

    def document(self, document: Document) -> Document:
        """A merchant number the receiver does not know."""
        return document | {"pid": type(document["pid"])(9999)}


class MissingLine(Fault):
    """A list of orders lacks its first one."""

    name: ClassVar[str] = "missing_line"
    operations: ClassVar[frozenset[str]] = frozenset({ORDERS})

    def document(self, document: Document) -> Document:
        """All but the newest."""
        return document | {"data": document["data"][1:]}


class ChangedAmount(Fault):
    """The first order in a list has one fen more."""

    name: ClassVar[str] = "changed_amount"
    operations: ClassVar[frozenset[str]] = frozenset({ORDERS})

    def document(self, document: Document) -> Document:
        """The list is not signed, in V2 either."""
        first, *others = document["data"]
        money = str(Decimal(first["money"]) + Decimal("0.01"))
        return document | {"data": [first | {"money": money}, *others]}


class AnotherMerchant(Fault):
    """A list has another merchant's orders."""

    name: ClassVar[str] = "another_merchant"
    operations: ClassVar[frozenset[str]] = frozenset({ORDERS})

    def document(self, document: Document) -> Document:
        """The same, under a number the receiver does not know."""
        return document | {"data": [row | {"pid": 9999} for row in document["data"]]}


class NoPaging(Fault):
    """A list of orders begins with the newest, whatever offset was asked for."""

    name: ClassVar[str] = "no_paging"
    operations: ClassVar[frozenset[str]] = frozenset({ORDERS})


MENU: Menu = {
    **COMMON_MENU,
    **menu_of(
        ErrorExecuted,
        ErrorNotExecuted,
        RateLimited,
        HtmlAnswer,
        Garbage,
        UpstreamError,
        NotEnough,
        RefundFails,
        BadSignature,
        MissingSignature,
        MissingSignType,
        StaleTimestamp,
        TamperedBody,
        WrongAmount,
        WrongOrder,
        WrongMerchant,
        MissingLine,
        ChangedAmount,
        AnotherMerchant,
        NoPaging,
    ),
}
