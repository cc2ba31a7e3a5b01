"""The fault menu of the simulated Alipay: the common faults and those of its own dialect."""

import base64
import json
import secrets
from typing import ClassVar

from gateway.sandbox.alipay.errors import GatewayError, failed
from gateway.sandbox.alipay.jsontext import to_json
from gateway.sandbox.alipay.money import to_fen, to_yuan
from gateway.sandbox.bill_faults import BILL, BILL_FILE, BILL_MENU
from gateway.sandbox.common_faults import COMMON_MENU
from gateway.sandbox.faults import CALLBACK, Document, Fault, Menu, menu_of
from gateway.sandbox.reply import Reply

PAY = "pay"
QUERY = "query"
CLOSE = "close"
REFUND = "refund"
REFUND_QUERY = "refund_query"
CERTIFICATES = "certificates"
IDENTIFY = "identify"
BIND_RECEIVER = "bind_receiver"
UNBIND_RECEIVER = "unbind_receiver"
LIST_RECEIVERS = "list_receivers"
SPLIT = "split"
SPLIT_QUERY = "split_query"
LEFT_AMOUNT = "left_amount"
MAX_RATIO = "max_ratio"
_SPLITS = (
    BIND_RECEIVER,
    UNBIND_RECEIVER,
    LIST_RECEIVERS,
    SPLIT,
    SPLIT_QUERY,
    LEFT_AMOUNT,
    MAX_RATIO,
)
OPERATIONS = (
    PAY,
    QUERY,
    CLOSE,
    REFUND,
    REFUND_QUERY,
    CERTIFICATES,
    IDENTIFY,
    *_SPLITS,
    BILL,
    BILL_FILE,
    CALLBACK,
)

_EVERY_MESSAGE = frozenset(OPERATIONS) - {BILL_FILE}
_ANSWERS = _EVERY_MESSAGE - {CALLBACK}


def _answer(error: GatewayError) -> Reply:
    return Reply(200, to_json(error.document()))


_UNKNOWN_ERROR = GatewayError("20000", "isp.unknow-error", "系统繁忙")
_SYSTEM_ERROR = failed("SYSTEM_ERROR", "系统错误")
_BAD_GATEWAY = Reply(502, b"<html><body>502 Bad Gateway</body></html>")


class ErrorExecuted(Fault):
    """The request is executed, the answer is 20000 isp.unknow-error."""

    name: ClassVar[str] = "error_executed"

    def afterwards(self, reply: Reply) -> Reply:  # noqa: ARG002 - the true answer is lost
        """The error in place of the answer."""
        return _answer(_UNKNOWN_ERROR)


class ErrorNotExecuted(Fault):
    """The answer is 20000 isp.unknow-error and nothing was executed."""

    name: ClassVar[str] = "error_not_executed"

    def instead(self) -> Reply:
        """The same words as when it was executed: nobody can tell."""
        return _answer(_UNKNOWN_ERROR)


class SystemErrorExecuted(Fault):
    """The request is executed, the answer is 40004 ACQ.SYSTEM_ERROR."""

    name: ClassVar[str] = "system_error_executed"

    def afterwards(self, reply: Reply) -> Reply:  # noqa: ARG002 - the true answer is lost
        """It looks like a business refusal and is none."""
        return _answer(_SYSTEM_ERROR)


class SystemErrorNotExecuted(Fault):
    """The answer is 40004 ACQ.SYSTEM_ERROR and nothing was executed."""

    name: ClassVar[str] = "system_error_not_executed"

    def instead(self) -> Reply:
        """The same words as when it was executed: nobody can tell."""
        return _answer(_SYSTEM_ERROR)


class BadGateway(Fault):
    """The request is executed, the answer is HTTP 502 with a page of HTML."""

    name: ClassVar[str] = "bad_gateway"

    def afterwards(self, reply: Reply) -> Reply:  # noqa: ARG002 - the true answer is lost
        """What a proxy in between says."""
        return _BAD_GATEWAY


class RateLimited(Fault):
    """The answer is 40005 isv.app-call-limited and nothing was executed."""

    name: ClassVar[str] = "rate_limited"

    def instead(self) -> Reply:
        """Too many requests."""
        return _answer(GatewayError("40005", "isv.app-call-limited", "应用调用次数超限"))


class NotReady(Fault):
    """A channel bill is refused with isp.bill_not_exist, as one that is not made yet."""

    name: ClassVar[str] = "not_ready"
    operations: ClassVar[frozenset[str]] = frozenset({BILL})

    def instead(self) -> Reply:
        """Nothing tells it from a day without trades."""
        return _answer(GatewayError("40004", "isp.bill_not_exist", "账单不存在"))


class NotEnough(Fault):
    """A refund is refused with ACQ.SELLER_BALANCE_NOT_ENOUGH: the account holds too little."""

    name: ClassVar[str] = "not_enough"
    operations: ClassVar[frozenset[str]] = frozenset({REFUND})

    def instead(self) -> Reply:
        """Nothing is refunded; the same number may be tried later."""
        return _answer(failed("SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足"))


class SettleError(Fault):
    """A split is executed, the answer is 40004 ACQ.TRADE_SETTLE_ERROR."""

    name: ClassVar[str] = "settle_error_executed"
    operations: ClassVar[frozenset[str]] = frozenset({SPLIT})

    def afterwards(self, reply: Reply) -> Reply:  # noqa: ARG002 - the true answer is lost
        """It looks like a business refusal and is none."""
        return _answer(failed("TRADE_SETTLE_ERROR", "交易结算异常"))


class NoFundChange(Fault):
    """A refund moves money and yet its answer says fund_change N, as a repeat does."""

    name: ClassVar[str] = "no_fund_change"
    operations: ClassVar[frozenset[str]] = frozenset({REFUND})

    def document(self, document: Document) -> Document:
        """Only a refund query tells the truth."""
        return document | {"fund_change": "N"}


class BadSignature(Fault):
    """The signature was made over another text."""

    name: ClassVar[str] = "bad_signature"
    operations: ClassVar[frozenset[str]] = _EVERY_MESSAGE

    def seal(self, seal: dict[str, str]) -> dict[str, str]:
        """Well-formed base64 of the right length, and wrong."""
        return seal | {"sign": base64.b64encode(secrets.token_bytes(256)).decode()}


class Unsigned(Fault):
    """The answer or notification carries no signature, a success included."""

    name: ClassVar[str] = "unsigned"
    operations: ClassVar[frozenset[str]] = _EVERY_MESSAGE

    def seal(self, seal: dict[str, str]) -> dict[str, str]:
        """As if the gateway did not know the app."""
        return {name: value for name, value in seal.items() if name != "sign"}


class TamperedBody(Fault):
    """The content was changed after it was signed."""

    name: ClassVar[str] = "tampered_body"
    operations: ClassVar[frozenset[str]] = _EVERY_MESSAGE

    def body(self, body: bytes) -> bytes:
        """A space inside the node of an answer, a digit more in a sum or a number elsewhere."""
        if body.startswith(b"{"):
            return body.replace(b":{", b":{ ", 1)
        name = b"total_amount=" if b"total_amount=" in body else b"notify_id="
        return body.replace(name, name + b"1", 1)


class UnknownCertificate(Fault):
    """In certificate mode: alipay_cert_sn names a certificate nobody has."""

    name: ClassVar[str] = "unknown_certificate"
    operations: ClassVar[frozenset[str]] = _ANSWERS

    def seal(self, seal: dict[str, str]) -> dict[str, str]:
        """A serial by chance."""
        return (
            seal | {"alipay_cert_sn": secrets.token_hex(16)} if "alipay_cert_sn" in seal else seal
        )


class StaleCertificate(Fault):
    """In certificate mode: alipay_cert_sn names Alipay's former certificate, which has run out."""

    # The same key signs: only who looks at the dates of the downloaded certificate finds out.
    name: ClassVar[str] = "stale_certificate"
    operations: ClassVar[frozenset[str]] = _ANSWERS


class EscapedJson(Fault):
    """The answer writes ``\\/`` for every slash and ``\\uXXXX`` for every Chinese letter."""

    name: ClassVar[str] = "escaped_json"
    operations: ClassVar[frozenset[str]] = _ANSWERS

    def afterwards(self, reply: Reply) -> Reply:
        """Another spelling of the same facts, properly signed."""
        text = json.dumps(json.loads(reply.body), separators=(",", ":"))
        return Reply(reply.status, text.replace("/", "\\/").encode())


class WrongAmount(Fault):
    """The amount of a trade, refund or share is one fen too high, properly signed."""

    name: ClassVar[str] = "wrong_amount"
    operations: ClassVar[frozenset[str]] = frozenset({QUERY, REFUND_QUERY, SPLIT_QUERY, CALLBACK})

    def document(self, document: Document) -> Document:
        """The first share or the returned sum where there is one, else the price."""
        if document.get("royalty_detail_list"):
            first, *others = document["royalty_detail_list"]
            first |= {"amount": to_yuan(to_fen(first["amount"]) + 1)}
            return document | {"royalty_detail_list": [first, *others]}
        for name in ("refund_amount", "total_amount"):
            if name in document:
                return document | {name: to_yuan(to_fen(document[name]) + 1)}
        return document


class WrongNumber(Fault):
    """The facts are about another number of the merchant, properly signed."""

    name: ClassVar[str] = "wrong_number"
    operations: ClassVar[frozenset[str]] = frozenset({QUERY, CLOSE, REFUND, REFUND_QUERY, CALLBACK})

    def document(self, document: Document) -> Document:
        """A number nobody asked about."""
        return document | {"out_trade_no": "SANDBOX0ANOTHER0NUMBER01"}


class WrongApp(Fault):
    """A notification names another app, properly signed."""

    name: ClassVar[str] = "wrong_app"
    operations: ClassVar[frozenset[str]] = frozenset({CALLBACK})

    def document(self, document: Document) -> Document:
        """An app the receiver does not know."""
        return document | {"app_id": "9021000199999999", "auth_app_id": "9021000199999999"}


class WrongSeller(Fault):
    """A notification names another account that took the money, properly signed."""

    name: ClassVar[str] = "wrong_seller"
    operations: ClassVar[frozenset[str]] = frozenset({CALLBACK})

    def document(self, document: Document) -> Document:
        """An account the receiver does not know."""
        stranger = "2088999999999999"
        return document | {"seller_id": stranger, "seller_email": f"{stranger}@sandbox.com"}


MENU: Menu = {
    **COMMON_MENU,
    **BILL_MENU,
    **menu_of(
        ErrorExecuted,
        ErrorNotExecuted,
        SystemErrorExecuted,
        SystemErrorNotExecuted,
        BadGateway,
        RateLimited,
        NotReady,
        NotEnough,
        SettleError,
        NoFundChange,
        BadSignature,
        Unsigned,
        TamperedBody,
        UnknownCertificate,
        StaleCertificate,
        EscapedJson,
        WrongAmount,
        WrongNumber,
        WrongApp,
        WrongSeller,
    ),
}
