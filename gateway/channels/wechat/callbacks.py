"""A callback of WeChat Pay: verified, opened, found to be for this account, then read.

Rules: WeChat Pay APIv3, "Payment result callback", "Refund result callback", "Profit-sharing
callback". The kind of event is told by ``original_type`` alone, so either callback address takes
every kind. A share is told to the merchant that got it (or gave it back), not to the payee.
"""

from collections.abc import Callable

from gateway.channels.wechat.config import AccountKeys
from gateway.channels.wechat.parsing import (
    Json,
    Unreadable,
    member,
    number,
    parse_object,
    payment_report,
    refund_report,
    required_text,
    signed_mchid,
    signed_provider,
    text,
)
from gateway.channels.wechat.signing import SEAL_ALGORITHM, NotAuthentic, unseal, verify
from gateway.messages import (
    CallbackRejected,
    ChannelAccount,
    ChannelEvent,
    PaymentReport,
    RawCallback,
    RefundReport,
    SplitNews,
)


def read_callback(
    account: ChannelAccount, keys: AccountKeys, callback: RawCallback
) -> ChannelEvent:
    """Return what an authentic callback says. Raises ``CallbackRejected`` for everything else."""
    if callback.method != "POST":
        raise CallbackRejected("not a POST")
    try:
        verify(keys.trusted, callback.headers, callback.body)
        return _read_verified(account, keys, callback.body)
    except NotAuthentic as error:
        raise CallbackRejected(str(error), unknown_key=error.unknown_key) from None
    except Unreadable as error:
        raise CallbackRejected(f"unreadable: {error}") from None


def _read_verified(account: ChannelAccount, keys: AccountKeys, body: bytes) -> ChannelEvent:
    resource = member(parse_object(body), "resource")
    reader = _READERS.get(text(resource, "original_type"))
    if reader is None:
        raise Unreadable("an event of something that is no payment, refund or split")
    return reader(account, _opened(keys, resource))


def _opened(keys: AccountKeys, resource: Json) -> Json:
    if text(resource, "algorithm") != SEAL_ALGORITHM:
        raise Unreadable(f"the resource is not sealed with {SEAL_ALGORITHM}")
    opened = unseal(
        keys.apiv3_keys,
        nonce=text(resource, "nonce"),
        associated_data=text(resource, "associated_data"),
        ciphertext=required_text(resource, "ciphertext"),
    )
    return parse_object(opened)


def _check_addressee(account: ChannelAccount, content: Json) -> None:
    """Refuse another merchant's event: all sub-merchants of one provider share its keys."""
    for_merchant = signed_mchid(account, content) == account.mchid
    if not for_merchant or signed_provider(content) != account.provider_mchid:
        raise NotAuthentic("the event is for another merchant")


def _payment(account: ChannelAccount, content: Json) -> PaymentReport:
    _check_addressee(account, content)
    return payment_report(account, content)


def _refund(account: ChannelAccount, content: Json) -> RefundReport:
    _check_addressee(account, content)
    return refund_report(account, content, state_field="refund_status")


def _split(account: ChannelAccount, content: Json) -> SplitNews:
    """Read news of a share, which names its payee; it is for the receiver, or for that payee."""
    if text(member(content, "receiver"), "account") != account.mchid:
        _check_addressee(account, content)
    return SplitNews(
        channel_serial_no=number(content, "transaction_id", required=True),
        split_serial_no=number(content, "out_order_no", required=True),
    )


_READERS: dict[str, Callable[[ChannelAccount, Json], ChannelEvent]] = {
    "transaction": _payment,
    "refund": _refund,
    "profitsharing": _split,
}
