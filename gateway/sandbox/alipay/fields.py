"""The members of biz_content by call: which are required, and what each may hold.

Only what the gateway judges is listed; it ignores members it does not know.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.sandbox.alipay.errors import invalid_parameter
from gateway.sandbox.alipay.money import to_fen
from gateway.sandbox.alipay.records import JsonObject

_LARGEST_FEN = 100_000_000_00


@dataclass(frozen=True, kw_only=True)
class Field:
    """One member; subclasses say what it may hold."""

    required: bool = False

    def check(self, name: str, value: object) -> None:
        """Raise ACQ.INVALID_PARAMETER for a value it may not hold."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """A string that is not empty, of at most so many characters."""

    most: int
    form: str = ""

    def check(self, name: str, value: object) -> None:
        """Type, length, then form."""
        if not isinstance(value, str) or not 1 <= len(value) <= self.most:
            raise invalid_parameter(f"{name}长度必须在1到{self.most}之间")
        if self.form and re.fullmatch(self.form, value) is None:
            raise invalid_parameter(f"{name}格式错误")


@dataclass(frozen=True, kw_only=True)
class Price(Field):
    """Yuan with at most two decimals, from 0.01 to 100000000.00."""

    def check(self, name: str, value: object) -> None:
        """Form and bounds."""
        try:
            fen = to_fen(value)
        except ValueError as error:
            raise invalid_parameter(f"{name}不是合法的金额") from error
        if not 1 <= fen <= _LARGEST_FEN:
            raise invalid_parameter(f"{name}必须在0.01到100000000.00之间")


@dataclass(frozen=True, kw_only=True)
class Word(Field):
    """One of a few words."""

    words: tuple[str, ...]

    def check(self, name: str, value: object) -> None:
        """Membership."""
        if value not in self.words:
            raise invalid_parameter(f"{name}必须为{'、'.join(self.words)}之一")


@dataclass(frozen=True, kw_only=True)
class Members(Field):
    """An object with members of its own."""

    fields: Mapping[str, Field]

    def check(self, name: str, value: object) -> None:
        """Type, then every member."""
        if not isinstance(value, dict):
            raise invalid_parameter(f"{name}必须为对象")
        check_fields(value, self.fields)


@dataclass(frozen=True, kw_only=True)
class Entries(Field):
    """A list of so many equal objects."""

    least: int = 1
    most: int
    fields: Mapping[str, Field]

    def check(self, name: str, value: object) -> None:
        """Type and length, then every entry."""
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            raise invalid_parameter(f"{name}必须为{self.least}到{self.most}个对象的列表")
        for entry in value:
            Members(fields=self.fields).check(name, entry)


def check_fields(content: JsonObject, fields: Mapping[str, Field]) -> None:
    """Raise ACQ.INVALID_PARAMETER for the first member that is missing or wrong."""
    for name, field in fields.items():
        if name in content:
            field.check(name, content[name])
        elif field.required:
            raise invalid_parameter(f"缺少{name}")


WEB_ADDRESS = r"https?://[^/?#\s]\S*"
_OUT_TRADE_NO = r"[A-Za-z0-9_]+"
_TIMEOUT = r"[1-9][0-9]*[mhd]|1c"

_SWITCH = Word(words=("true", "false"))

OFFER: Mapping[str, Field] = {
    "out_trade_no": Text(required=True, most=64, form=_OUT_TRADE_NO),
    "total_amount": Price(required=True),
    "subject": Text(required=True, most=256, form=r"[^/=&]+"),
    "body": Text(most=400),
    "time_expire": Text(most=32),
    "timeout_express": Text(most=6, form=_TIMEOUT),
    "passback_params": Text(most=512),
    "seller_id": Text(most=28),
    "extend_params": Members(fields={"royalty_freeze": _SWITCH}),
}
CREATE = {
    **OFFER,
    "product_code": Word(words=("JSAPI_PAY", "FACE_TO_FACE_PAYMENT")),
    "buyer_id": Text(most=28, form=r"2088[0-9]{12}"),
    "buyer_open_id": Text(most=128),
    "op_buyer_open_id": Text(most=128),
}
PRECREATE = {
    **OFFER,
    "product_code": Word(words=("QR_CODE_OFFLINE", "FACE_TO_FACE_PAYMENT")),
    "qr_code_timeout_express": Text(most=6, form=_TIMEOUT),
}
PAGE_PAY = {**OFFER, "product_code": Word(required=True, words=("FAST_INSTANT_TRADE_PAY",))}
# The second spelling is what some client libraries send.
WAP_PAY = {
    **OFFER,
    "product_code": Word(required=True, words=("QUICK_WAP_WAY", "QUICK_WAP_PAY")),
    "quit_url": Text(most=400, form=WEB_ADDRESS),
}
APP_PAY = {**OFFER, "product_code": Word(words=("QUICK_MSECURITY_PAY",))}

WHICH_TRADE: Mapping[str, Field] = {
    "out_trade_no": Text(most=64, form=_OUT_TRADE_NO),
    "trade_no": Text(most=64),
}
_ACCOUNT_TYPES = ("userId", "loginName", "openId")
_RETURNED: Mapping[str, Field] = {
    "royalty_type": Word(words=("transfer",)),
    "trans_out_type": Word(required=True, words=("userId", "loginName")),
    "trans_out": Text(required=True, most=100),
    "trans_in": Text(most=100),
    "amount": Price(required=True),
    "desc": Text(most=1000),
}
REFUND = {
    **WHICH_TRADE,
    "refund_royalty_parameters": Entries(most=20, fields=_RETURNED),
    "refund_amount": Price(required=True),
    "out_request_no": Text(most=64),
    "refund_reason": Text(most=256),
}
REFUND_QUERY = {**WHICH_TRADE, "out_request_no": Text(required=True, most=64)}
CERTIFICATE_DOWNLOAD = {"alipay_cert_sn": Text(required=True, most=64)}
BILL = {
    "bill_type": Text(required=True, most=20),
    "bill_date": Text(required=True, most=15),
    "secure": Word(words=("true", "false")),
}

_REQUEST_NO = Text(required=True, most=64, form=r"[A-Za-z0-9_]+")
RELATION: Mapping[str, Field] = {
    "out_request_no": Text(required=True, most=32),
    "receiver_list": Entries(
        required=True,
        most=20,
        fields={
            "type": Word(required=True, words=_ACCOUNT_TYPES),
            "account": Text(required=True, most=100),
            "name": Text(most=64),
            "memo": Text(most=64),
        },
    ),
}
RELATION_QUERY: Mapping[str, Field] = {"out_request_no": Text(required=True, most=32)}
_SHARE: Mapping[str, Field] = {
    "royalty_type": Word(words=("transfer",)),
    "trans_in_type": Word(required=True, words=_ACCOUNT_TYPES),
    "trans_in": Text(required=True, most=100),
    "trans_in_name": Text(most=64),
    "trans_out_type": Word(words=("userId", "loginName")),
    "trans_out": Text(most=100),
    "amount": Price(required=True),
    "desc": Text(most=1000),
}
SETTLE: Mapping[str, Field] = {
    "out_request_no": _REQUEST_NO,
    "trade_no": Text(required=True, most=64),
    "royalty_parameters": Entries(least=0, most=50, fields=_SHARE),
    "royalty_mode": Word(words=("sync", "async")),
    "operator_id": Text(most=64),
    "extend_params": Members(fields={"royalty_finish": _SWITCH}),
}
SETTLE_QUERY: Mapping[str, Field] = {
    "settle_no": Text(most=64),
    "out_request_no": Text(most=64),
    "trade_no": Text(most=64),
}
LEFT_AMOUNT: Mapping[str, Field] = {"trade_no": Text(required=True, most=64)}
