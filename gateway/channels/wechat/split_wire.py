"""What is sent to WeChat Pay to split a payment: request targets and bodies.

Rules: WeChat Pay APIv3, "Profit sharing", for direct merchants and for partners. A split carries no
names: they were checked when its receivers were bound, and an encrypted name would make each
sending of the same split another one.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from gateway.channels.wechat.wire import Body, cut, encoded, sub_merchant
from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount, Operation, PaymentRef
from gateway.split_messages import (
    Receiver,
    ReceiverBinding,
    ReceiverKind,
    Relation,
    ReleaseRequest,
    ReturnRequest,
    Share,
    SplitRequest,
)
from paycenter.kernel.configuration import gettext_noop as _

_ROOT = "/v3/profitsharing"
BIND_TARGET = f"{_ROOT}/receivers/add"
UNBIND_TARGET = f"{_ROOT}/receivers/delete"
SPLIT_TARGET = f"{_ROOT}/orders"
RELEASE_TARGET = f"{_ROOT}/orders/unfreeze"
RETURN_TARGET = f"{_ROOT}/return-orders"

INTERFACES = {
    Operation.BIND_RECEIVER: "profitsharing/receivers/add",
    Operation.UNBIND_RECEIVER: "profitsharing/receivers/delete",
    Operation.SPLIT: "profitsharing/orders",
    Operation.SPLIT_QUERY: "profitsharing/orders/out-order-no",
    Operation.RELEASE: "profitsharing/orders/unfreeze",
    Operation.SPLIT_RETURN: "profitsharing/return-orders",
    Operation.RETURN_QUERY: "profitsharing/return-orders/out-return-no",
    Operation.LEFT_AMOUNT: "profitsharing/transactions/amounts",
    Operation.MAX_RATIO: "profitsharing/merchant-configs",
}

MERCHANT = "MERCHANT_ID"
KINDS = frozenset({ReceiverKind.MERCHANT, ReceiverKind.OPENID})
MAX_DESCRIPTION_BYTES = 80


def split_query_target(account: ChannelAccount, request: SplitRequest) -> str:
    """Return where a split is asked for."""
    asked = {"transaction_id": request.payment.channel_serial_no, **sub_merchant(account)}
    return f"{SPLIT_TARGET}/{quote(request.split_serial_no, safe='')}?{urlencode(asked)}"


def return_query_target(account: ChannelAccount, request: ReturnRequest) -> str:
    """Return where a return is asked for."""
    asked = {"out_order_no": request.split_serial_no, **sub_merchant(account)}
    return f"{RETURN_TARGET}/{quote(request.return_serial_no, safe='')}?{urlencode(asked)}"


def left_amount_target(payment: PaymentRef) -> str:
    """Return where the amount that can still be split is asked for."""
    return f"{_ROOT}/transactions/{quote(payment.channel_serial_no, safe='')}/amounts"


def max_ratio_target(account: ChannelAccount) -> str:
    """Return where a service provider asks how much its merchant may split."""
    return f"{_ROOT}/merchant-configs/{quote(account.mchid, safe='')}"


def binding_body(
    account: ChannelAccount, binding: ReceiverBinding, *, encrypted_name: str
) -> bytes:
    """Return the body that binds a receiver."""
    custom = binding.relation is Relation.CUSTOM
    return encoded(
        {
            **sub_merchant(account),
            **_apps(account),
            **receiver_members(account, binding.receiver),
            **({"name": encrypted_name} if encrypted_name else {}),
            "relation_type": binding.relation.upper(),
            **({"custom_relation": binding.relation_text} if custom else {}),
        }
    )


def unbinding_body(account: ChannelAccount, binding: ReceiverBinding) -> bytes:
    """Return the body that unbinds a receiver."""
    receiver = receiver_members(account, binding.receiver)
    return encoded({**sub_merchant(account), **_apps(account), **receiver})


def split_body(account: ChannelAccount, request: SplitRequest) -> bytes:
    """Return the body that sends the shares of a split."""
    body: Body = {
        **sub_merchant(account),
        **_apps(account),
        "transaction_id": request.payment.channel_serial_no,
        "out_order_no": request.split_serial_no,
        "receivers": [_share(account, share) for share in request.shares],
        "unfreeze_unsplit": request.release_rest,
    }
    return encoded(body)


def release_body(account: ChannelAccount, request: ReleaseRequest) -> bytes:
    """Return the body that frees what is left."""
    return encoded(
        {
            **sub_merchant(account),
            "transaction_id": request.payment.channel_serial_no,
            "out_order_no": request.release_serial_no,
            "description": cut(request.description, MAX_DESCRIPTION_BYTES),
        }
    )


def return_body(account: ChannelAccount, request: ReturnRequest) -> bytes:
    """Return the body that takes a share back. Raises ``ConfigurationError`` for a person's."""
    if request.receiver.kind is not ReceiverKind.MERCHANT:
        raise ConfigurationError(_("WeChat Pay takes shares back from merchants only"))
    body: Body = {
        **sub_merchant(account),
        "out_order_no": request.split_serial_no,
        "out_return_no": request.return_serial_no,
        "return_mchid": request.receiver.account,
        "amount": request.amount,
        "description": cut(request.description, MAX_DESCRIPTION_BYTES),
    }
    return encoded(body)


def receiver_members(account: ChannelAccount, receiver: Receiver) -> Mapping[str, str]:
    """Return how WeChat Pay names a receiver. Raises ``ConfigurationError`` for a kind it lacks."""
    if receiver.kind not in KINDS:
        raise ConfigurationError(
            _("WeChat Pay has no such receiver: %(kind)s"), kind=receiver.kind.value
        )
    if receiver.kind is ReceiverKind.MERCHANT:
        return {"type": MERCHANT, "account": receiver.account}
    # An openid belongs to one app id: the sub-merchant's where it has one.
    of_sub = account.is_partner and account.appid
    return {"type": f"PERSONAL_{'SUB_' if of_sub else ''}OPENID", "account": receiver.account}


def _share(account: ChannelAccount, share: Share) -> Body:
    return {
        **receiver_members(account, share.receiver),
        "amount": share.amount,
        "description": cut(share.description, MAX_DESCRIPTION_BYTES),
    }


def _apps(account: ChannelAccount) -> dict[str, str]:
    if not account.is_partner:
        return {"appid": account.appid}
    own = {"sub_appid": account.appid} if account.appid else {}
    return {"appid": account.provider_appid, **own}
