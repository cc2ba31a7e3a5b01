"""The fault menu of the simulated WeChat Pay: the common faults and those of its own dialect."""

import base64
import secrets
from typing import ClassVar

from gateway.sandbox.bill_faults import BILL, BILL_FILE, BILL_MENU, WrongHash
from gateway.sandbox.common_faults import COMMON_MENU
from gateway.sandbox.faults import CALLBACK, Document, Fault, Menu, menu_of
from gateway.sandbox.reply import Reply
from gateway.sandbox.wechat.envelopes import to_json

PAY = "pay"
QUERY = "query"
CLOSE = "close"
REFUND = "refund"
REFUND_QUERY = "refund_query"
CERTIFICATES = "certificates"
IDENTIFY = "identify"
BIND_RECEIVER = "bind_receiver"
UNBIND_RECEIVER = "unbind_receiver"
SPLIT = "split"
SPLIT_QUERY = "split_query"
RELEASE = "release"
SPLIT_RETURN = "split_return"
RETURN_QUERY = "return_query"
LEFT_AMOUNT = "left_amount"
MAX_RATIO = "max_ratio"
_SPLITS = (
    BIND_RECEIVER,
    UNBIND_RECEIVER,
    SPLIT,
    SPLIT_QUERY,
    RELEASE,
    SPLIT_RETURN,
    RETURN_QUERY,
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

# What tells who a payer is belongs to another API of WeChat's, which signs nothing; nor are files.
_SIGNED = frozenset(OPERATIONS) - {IDENTIFY, BILL_FILE}
_CALLS = _SIGNED - {CALLBACK}
_ZERO_TIME = "0001-01-01T00:00:00Z"
_STALE_BY_SECONDS = 600


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, to_json({"code": code, "message": message}))


class ErrorExecuted(Fault):
    """The request is executed, the answer is 500 SYSTEM_ERROR."""

    name: ClassVar[str] = "error_executed"
    operations: ClassVar[frozenset[str]] = _CALLS

    def afterwards(self, reply: Reply) -> Reply:  # noqa: ARG002 - the true answer is lost
        """The error in place of the answer."""
        return _error(500, "SYSTEM_ERROR", "系统异常，请用相同参数重新调用")


class ErrorNotExecuted(Fault):
    """The answer is 500 SYSTEM_ERROR and nothing was executed."""

    name: ClassVar[str] = "error_not_executed"
    operations: ClassVar[frozenset[str]] = _CALLS

    def instead(self) -> Reply:
        """The same words as when it was executed: nobody can tell."""
        return _error(500, "SYSTEM_ERROR", "系统异常，请用相同参数重新调用")


class RateLimited(Fault):
    """The answer is 429 FREQUENCY_LIMITED and nothing was executed."""

    name: ClassVar[str] = "rate_limited"
    operations: ClassVar[frozenset[str]] = _CALLS

    def instead(self) -> Reply:
        """Too many requests."""
        return _error(429, "FREQUENCY_LIMITED", "频率限制，请降低请求频率")


class Accepted202(Fault):
    """The answer is 202 and nothing was executed: ask again with the same parameters."""

    name: ClassVar[str] = "accepted_202"
    operations: ClassVar[frozenset[str]] = _CALLS

    def instead(self) -> Reply:
        """What production says while the payer types the password."""
        return _error(202, "USERPAYING", "用户支付中，请稍后使用原参数重试")


class SystemBusy(Fault):
    """The answer to a login's code is errcode -1, and the code is still good."""

    name: ClassVar[str] = "system_busy"
    operations: ClassVar[frozenset[str]] = frozenset({IDENTIFY})

    def instead(self) -> Reply:
        """Status 200, as for every error of that API."""
        return Reply(200, to_json({"errcode": -1, "errmsg": "system error"}))


class NotReady(Fault):
    """A channel bill is refused with 400 STATEMENT_CREATING: it is still being made."""

    name: ClassVar[str] = "not_ready"
    operations: ClassVar[frozenset[str]] = frozenset({BILL})

    def instead(self) -> Reply:
        """Half an hour later it may be there."""
        return _error(400, "STATEMENT_CREATING", "账单生成中，请稍后再试")


class NotEnough(Fault):
    """A refund or split is refused with 403 NOT_ENOUGH: the merchant's balance is too low."""

    name: ClassVar[str] = "not_enough"
    operations: ClassVar[frozenset[str]] = frozenset({REFUND, SPLIT})

    def instead(self) -> Reply:
        """Nothing moves; the same number may be tried later."""
        return _error(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")


class ReceiverNotEnough(Fault):
    """A return is accepted, and yet refused with 403 NOT_ENOUGH: the receiver's balance is low."""

    name: ClassVar[str] = "receiver_not_enough"
    operations: ClassVar[frozenset[str]] = frozenset({SPLIT_RETURN})

    def afterwards(self, reply: Reply) -> Reply:  # noqa: ARG002 - the true answer is not given
        """A query finds it nevertheless; with return_finish_seconds null it waits there."""
        return _error(403, "NOT_ENOUGH", "可用余额不足，请充值后重新发起")


class BadSignature(Fault):
    """The signature was made over another text."""

    name: ClassVar[str] = "bad_signature"
    operations: ClassVar[frozenset[str]] = _SIGNED

    def headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Well-formed base64 of the right length, and wrong."""
        return headers | {
            "Wechatpay-Signature": base64.b64encode(secrets.token_bytes(256)).decode()
        }


class Signtest(Fault):
    """The signature begins with WECHATPAY/SIGNTEST/: WeChat's probe of careless verifiers."""

    name: ClassVar[str] = "signtest"
    operations: ClassVar[frozenset[str]] = _SIGNED

    def headers(self, headers: dict[str, str]) -> dict[str, str]:
        """The mark in front of the true signature."""
        probe = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]
        return headers | {"Wechatpay-Signature": probe}


class UnknownSerial(Fault):
    """Wechatpay-Serial names a certificate nobody has."""

    name: ClassVar[str] = "unknown_serial"
    operations: ClassVar[frozenset[str]] = _SIGNED

    def headers(self, headers: dict[str, str]) -> dict[str, str]:
        """A serial by chance."""
        return headers | {"Wechatpay-Serial": secrets.token_hex(20).upper()}


class StaleTimestamp(Fault):
    """The message was signed ten minutes ago."""

    name: ClassVar[str] = "stale_timestamp"
    operations: ClassVar[frozenset[str]] = _SIGNED

    def timestamp(self, timestamp: int) -> int:
        """Beyond the five minutes a verifier allows."""
        return timestamp - _STALE_BY_SECONDS


class MissingSignatureType(Fault):
    """The header Wechatpay-Signature-Type is left out."""

    name: ClassVar[str] = "missing_signature_type"
    operations: ClassVar[frozenset[str]] = _SIGNED

    def headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Four of the five headers."""
        return {
            name: value for name, value in headers.items() if name != "Wechatpay-Signature-Type"
        }


class TamperedBody(Fault):
    """The body was changed by one byte after it was signed."""

    name: ClassVar[str] = "tampered_body"
    operations: ClassVar[frozenset[str]] = _SIGNED

    def body(self, body: bytes) -> bytes:
        """Still the same JSON to a careless reader."""
        return body + b" "


class WrongAmount(Fault):
    """The amount of an order, refund, share or return is one fen too high, properly signed."""

    name: ClassVar[str] = "wrong_amount"
    operations: ClassVar[frozenset[str]] = frozenset(
        {QUERY, REFUND, REFUND_QUERY, SPLIT, SPLIT_QUERY, SPLIT_RETURN, RETURN_QUERY, CALLBACK}
    )

    def document(self, document: Document) -> Document:
        """The price of an order, the returned sum of a refund, the first share of a split."""
        if document.get("receivers"):
            first, *others = document["receivers"]
            return document | {"receivers": [first | {"amount": first["amount"] + 1}, *others]}
        amount = document.get("amount")
        if not isinstance(amount, dict):
            return document if amount is None else document | {"amount": amount + 1}
        part = "refund" if "refund" in amount else "total"
        return document | {"amount": amount | {part: amount[part] + 1}}


class WrongMerchant(Fault):
    """An order's or refund's facts name another merchant, properly signed."""

    name: ClassVar[str] = "wrong_merchant"
    operations: ClassVar[frozenset[str]] = frozenset({QUERY, CALLBACK})

    def document(self, document: Document) -> Document:
        """A merchant number the receiver does not know."""
        who = "sp_mchid" if "sp_mchid" in document else "mchid"
        return document | {who: "1999999999"}


class WrongKey(Fault):
    """A callback is encrypted with another APIv3 key."""

    name: ClassVar[str] = "wrong_key"
    operations: ClassVar[frozenset[str]] = frozenset({CALLBACK})

    def secret(self, secret: str) -> str:
        """The same letters in another order."""
        return secret[::-1]


class ZeroSuccessTime(Fault):
    """A refund that is still processing shows the success_time 0001-01-01T00:00:00Z."""

    name: ClassVar[str] = "zero_success_time"
    operations: ClassVar[frozenset[str]] = frozenset({REFUND, REFUND_QUERY})

    def document(self, document: Document) -> Document:
        """Only where there is no true time."""
        return {"success_time": _ZERO_TIME} | document


MENU: Menu = {
    **COMMON_MENU,
    **BILL_MENU,
    **menu_of(
        ErrorExecuted,
        ErrorNotExecuted,
        RateLimited,
        Accepted202,
        SystemBusy,
        NotReady,
        WrongHash,
        NotEnough,
        ReceiverNotEnough,
        BadSignature,
        Signtest,
        UnknownSerial,
        StaleTimestamp,
        MissingSignatureType,
        TamperedBody,
        WrongAmount,
        WrongMerchant,
        WrongKey,
        ZeroSuccessTime,
    ),
}
