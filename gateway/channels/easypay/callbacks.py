"""A callback of an EasyPay platform: read from query or form, verified, found to be ours.

Rules: EasyPay protocol V1 and V2, "payment result callback". It comes by GET, from some platforms
by POST. What is signed is everything received but our own query parameters. Since the signed string
is ambiguous and V1 signs with a key both sides share, the names and values used here must be
exactly of their form, and parameters that only our own orders have are refused: otherwise a signed
order of ours could be cut up anew and played back as a callback.
"""

import re
from urllib.parse import parse_qsl, urlsplit

from gateway.channels.easypay.parsing import Unreadable, fen, number, words
from gateway.channels.easypay.signing import NotAuthentic, Scheme, Texts
from gateway.channels.easypay.statuses import PAID
from gateway.messages import (
    CallbackRejected,
    ChannelAccount,
    Failure,
    Outcome,
    PaymentReport,
    RawCallback,
)
from paycenter.kernel.money import CURRENCY

MAX_PARAMETERS = 64
_NAME = re.compile(r"[0-9A-Za-z_]{1,64}", re.ASCII)
_ONLY_IN_ORDERS = frozenset({"notify_url", "return_url"})


def read_callback(account: ChannelAccount, scheme: Scheme, callback: RawCallback) -> PaymentReport:
    """Return what an authentic callback says. Raises ``CallbackRejected`` for everything else."""
    try:
        texts = _received(account, callback)
        scheme.verify(texts)
        if texts.get("pid") != account.mchid:
            raise NotAuthentic("the callback is for another merchant")
        return _report(account, texts)
    except NotAuthentic as error:
        raise CallbackRejected(str(error)) from None
    except Unreadable as error:
        raise CallbackRejected(f"unreadable: {error}") from None


def _received(account: ChannelAccount, callback: RawCallback) -> dict[str, str]:
    """Return the parameters the platform sent. Nobody chooses between two of one name."""
    if callback.method not in ("GET", "POST"):
        raise Unreadable("neither a GET nor a POST")
    own = _parsed(urlsplit(account.callback_url).query)
    in_query = [pair for pair in _parsed(callback.query) if pair not in own]
    pairs = in_query + _parsed(_ascii(callback.body))
    texts = dict(pairs)
    if len(texts) != len(pairs):
        raise Unreadable("a parameter comes twice")
    if not all(_NAME.fullmatch(name) for name in texts):
        raise Unreadable("a parameter has no proper name")
    if _ONLY_IN_ORDERS & texts.keys():
        raise NotAuthentic("this is an order, not a callback")
    return texts


def _ascii(body: bytes) -> str:
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise Unreadable("the body is not a form") from None


def _parsed(form: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            form, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except ValueError:
        raise Unreadable("the parameters are not a form in UTF-8") from None


def _report(account: ChannelAccount, texts: Texts) -> PaymentReport:
    status = texts.get("trade_status", "")
    paid = status == PAID
    return PaymentReport(
        outcome=Outcome.SUCCEEDED if paid else Outcome.UNKNOWN,
        serial_no=number(texts, "out_trade_no"),
        channel_serial_no=number(texts, "trade_no"),
        amount=fen(texts, "money"),
        currency=CURRENCY,
        mchid=account.mchid,
        payer_id=words(texts.get("buyer", ""), 64),
        failure=None if paid else Failure("trade_status", words(status, 64)),
    )
