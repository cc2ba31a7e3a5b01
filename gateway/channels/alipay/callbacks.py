"""A notification of Alipay: decoded once, verified, found to be for this account, then read.

Rules: Alipay Open Platform, "Asynchronous notification". Payments, refunds and closes all come to
the address of the payment. ``refund_fee`` is the sum of all refunds so far, so a notification of a
refund says that there is news of it, never how much it was: the refund is asked for.

Rules: Alipay Open Platform, "alipay.trade.order.settle.notify". News of splits are messages of
another form. They come to the address of the application, which a merchant sets to the same one,
and name no seller: nothing is concluded from them but that it is time to ask.
"""

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from gateway.channels.alipay.config import AccountKeys, caller_appid
from gateway.channels.alipay.parsing import (
    Unreadable,
    fen,
    number,
    parse_object,
    payment_report,
    required_text,
    text,
)
from gateway.channels.alipay.signing import SIGN_TYPE, NotAuthentic, joined, verify
from gateway.messages import (
    CallbackRejected,
    ChannelAccount,
    ChannelEvent,
    Outcome,
    RawCallback,
    RefundReport,
    SplitNews,
)

_MAX_PARAMETERS = 100
_CHARSETS = {"utf-8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030"}
_NEVER_SIGNED = frozenset({b"sign", b"sign_type", b"alipay_cert_sn"})
_TRADE_NEWS = "trade_status_sync"
_SPLIT_NEWS = "alipay.trade.order.settle.notify"

Parameters = Mapping[str, str]


def read_callback(
    account: ChannelAccount, keys: AccountKeys, callback: RawCallback
) -> ChannelEvent:
    """Return what an authentic notification says. Raises ``CallbackRejected`` otherwise."""
    if callback.method != "POST" or callback.query:
        raise CallbackRejected("not a POST of a form")
    try:
        raw = _parameters(callback.body)
        _verify(keys, raw)
        parameters = _decoded(raw)
        _check_application(account, parameters)
        if "msg_method" in parameters:
            return _message(parameters)
        _check_seller(account, parameters)
        return _event(parameters)
    except NotAuthentic as error:
        raise CallbackRejected(str(error), unknown_key=error.unknown_key) from None
    except Unreadable as error:
        raise CallbackRejected(f"unreadable: {error}") from None


def _parameters(body: bytes) -> dict[bytes, bytes]:
    """Take the form apart and undo its URL-encoding once, without deciding on a charset."""
    pairs = body.split(b"&")
    if len(pairs) > _MAX_PARAMETERS:
        raise Unreadable("too many parameters")
    found: dict[bytes, bytes] = {}
    for pair in pairs:
        name, equals, value = (unquote_to_bytes(part.replace(b"+", b" ")) for part in _cut(pair))
        if not equals or not name or name in found:
            raise Unreadable("a parameter without a value, or given twice")
        found[name] = value
    return found


def _cut(pair: bytes) -> tuple[bytes, bytes, bytes]:
    return pair.partition(b"=")


def _verify(keys: AccountKeys, raw: Mapping[bytes, bytes]) -> None:
    """Verify the bytes as they were signed; documents do not say whether empty values count."""
    if raw.get(b"sign_type") != SIGN_TYPE.encode():
        raise NotAuthentic(f"not signed with {SIGN_TYPE}")
    signed = {name: value for name, value in raw.items() if name not in _NEVER_SIGNED}
    filled = {name: value for name, value in signed.items() if value}
    verify(
        keys.trusted,
        [joined(signed), joined(filled)],
        raw.get(b"sign", b"").decode("latin-1"),
        serial=raw.get(b"alipay_cert_sn", b"").decode("latin-1"),
    )


def _decoded(raw: Mapping[bytes, bytes]) -> Parameters:
    named = raw.get(b"charset", b"utf-8").decode("latin-1").lower()
    charset = _CHARSETS.get(named)
    if charset is None:
        raise Unreadable("a charset that Alipay does not use")
    try:
        return {name.decode(charset): value.decode(charset) for name, value in raw.items()}
    except UnicodeDecodeError:
        raise Unreadable("a value is not in the charset it claims") from None


def _check_application(account: ChannelAccount, parameters: Parameters) -> None:
    """Refuse another application's notification: Alipay's certificate signs for every one of them.

    A service provider is notified of all its merchants under its own app id.
    """
    if text(parameters, "app_id") != caller_appid(account):
        raise NotAuthentic("the notification is for another merchant")
    authorised = text(parameters, "auth_app_id")
    if authorised and account.appid and authorised != account.appid:
        raise NotAuthentic("the notification is for another merchant of the provider")


def _check_seller(account: ChannelAccount, parameters: Parameters) -> None:
    if text(parameters, "seller_id") != account.mchid:
        raise NotAuthentic("the notification is for another merchant")


def _message(parameters: Parameters) -> SplitNews:
    """Read a message of the application; the end of a split is the only kind that is asked for."""
    if required_text(parameters, "msg_method") != _SPLIT_NEWS:
        raise Unreadable("news of something that is no split")
    content = parse_object(required_text(parameters, "biz_content").encode())
    return SplitNews(
        channel_serial_no=number(content, "trade_no", required=True),
        split_serial_no=number(content, "out_request_no"),
    )


def _event(parameters: Parameters) -> ChannelEvent:
    if required_text(parameters, "notify_type") != _TRADE_NEWS:
        raise Unreadable("news of something that is no trade")
    if _refund_number(parameters):
        return _refund_news(parameters)
    return payment_report(parameters, mchid=parameters["seller_id"], appid=parameters["app_id"])


def _refund_number(parameters: Parameters) -> str:
    """Return the number of the refund that the news is about, blank when it is about none of ours.

    A refund made at Alipay itself may carry the trade's own number; the payment is told again then,
    which changes nothing.
    """
    of_refund = fen(parameters, "refund_fee") or text(parameters, "gmt_refund")
    named = number(parameters, "out_biz_no")
    return named if of_refund and named != text(parameters, "trade_no") else ""


def _refund_news(parameters: Parameters) -> RefundReport:
    return RefundReport(
        Outcome.PENDING,
        _refund_number(parameters),
        serial_no=number(parameters, "out_trade_no", required=True),
        mchid=parameters["seller_id"],
    )
