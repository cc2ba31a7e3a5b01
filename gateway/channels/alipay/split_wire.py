"""What is sent to Alipay to split a payment: the interface called and its content.

Rules: Alipay Open Platform, "alipay.trade.royalty.relation.bind / unbind", "royalty.rate.query",
"alipay.trade.order.settle / settle.query / onsettle.query". Splits are sent in the mode ``sync``:
all shares succeed or none does. The other mode may not be mixed with it in one trade.
"""

import secrets
from typing import Any

from gateway.channels.alipay.wire import Call, refund_call
from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount, Operation, PaymentRef
from gateway.split_messages import (
    Receiver,
    ReceiverBinding,
    ReceiverKind,
    ReleaseRequest,
    Share,
    SplitRefundRequest,
    SplitRequest,
)
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.money import format_yuan

INTERFACES = {
    Operation.BIND_RECEIVER: "alipay.trade.royalty.relation.bind",
    Operation.UNBIND_RECEIVER: "alipay.trade.royalty.relation.unbind",
    Operation.SPLIT: "alipay.trade.order.settle",
    Operation.SPLIT_QUERY: "alipay.trade.order.settle.query",
    Operation.RELEASE: "alipay.trade.order.settle",
    Operation.LEFT_AMOUNT: "alipay.trade.order.onsettle.query",
    Operation.MAX_RATIO: "alipay.trade.royalty.rate.query",
}

ACCOUNT_TYPES = {
    ReceiverKind.USER_ID: "userId",
    ReceiverKind.LOGIN_NAME: "loginName",
    ReceiverKind.OPENID: "openId",
}
RETURNABLE = frozenset({ReceiverKind.USER_ID, ReceiverKind.LOGIN_NAME})
MODE = "sync"
MAX_DESCRIPTION = 1000
_RELEASE = {"royalty_finish": "true"}


def bind_call(binding: ReceiverBinding) -> Call:
    """Return the call that binds a receiver."""
    entity = _entity(binding.receiver)
    if binding.name:
        entity["name"] = binding.name
    if binding.relation_text:
        entity["memo"] = binding.relation_text
    return _relation_call(Operation.BIND_RECEIVER, binding, entity)


def unbind_call(binding: ReceiverBinding) -> Call:
    """Return the call that unbinds a receiver."""
    return _relation_call(Operation.UNBIND_RECEIVER, binding, _entity(binding.receiver))


def split_call(request: SplitRequest) -> Call:
    """Return the call that sends the shares of a split."""
    content: dict[str, Any] = {
        "out_request_no": request.split_serial_no,
        "trade_no": request.payment.channel_serial_no,
        "royalty_parameters": [_share(share) for share in request.shares],
        "royalty_mode": MODE,
    }
    if request.release_rest:
        content["extend_params"] = _RELEASE
    return Call(INTERFACES[Operation.SPLIT], content)


def split_query_call(request: SplitRequest) -> Call:
    """Return the call that asks for a split, by our number: Alipay's may never have arrived."""
    content = {
        "out_request_no": request.split_serial_no,
        "trade_no": request.payment.channel_serial_no,
    }
    return Call(INTERFACES[Operation.SPLIT_QUERY], content)


def release_call(request: ReleaseRequest) -> Call:
    """Return the call that frees what is left: a settlement without receivers."""
    content = {
        "out_request_no": request.release_serial_no,
        "trade_no": request.payment.channel_serial_no,
        "royalty_mode": MODE,
        "extend_params": _RELEASE,
    }
    return Call(INTERFACES[Operation.RELEASE], content)


def left_amount_call(payment: PaymentRef) -> Call:
    """Return the call that asks for the amount that can still be split."""
    content = {"trade_no": payment.channel_serial_no}
    return Call(INTERFACES[Operation.LEFT_AMOUNT], content)


def max_ratio_call() -> Call:
    """Return the call that asks how much may be split; its number stands for nothing."""
    return Call(INTERFACES[Operation.MAX_RATIO], {"out_request_no": secrets.token_hex(16)})


def split_refund_call(account: ChannelAccount, request: SplitRefundRequest) -> Call:
    """Return the call that refunds and takes shares back with it."""
    returned = [_returned(account, share) for share in request.returned]
    return refund_call(request.refund, refund_royalty_parameters=returned)


def _relation_call(operation: Operation, binding: ReceiverBinding, entity: dict[str, str]) -> Call:
    content = {"out_request_no": binding.binding_serial_no, "receiver_list": [entity]}
    return Call(INTERFACES[operation], content)


def _entity(receiver: Receiver) -> dict[str, str]:
    return {"type": _account_type(receiver), "account": receiver.account}


def _share(share: Share) -> dict[str, str]:
    return {
        "royalty_type": "transfer",
        "trans_in_type": _account_type(share.receiver),
        "trans_in": share.receiver.account,
        "amount": format_yuan(share.amount),
        "desc": share.description[:MAX_DESCRIPTION],
    }


def _returned(account: ChannelAccount, share: Share) -> dict[str, str]:
    if share.receiver.kind not in RETURNABLE:
        raise ConfigurationError(_("Alipay takes no share back from a receiver named so"))
    return {
        "royalty_type": "transfer",
        "trans_out_type": _account_type(share.receiver),
        "trans_out": share.receiver.account,
        "trans_in_type": ACCOUNT_TYPES[ReceiverKind.USER_ID],
        "trans_in": account.mchid,
        "amount": format_yuan(share.amount),
        "desc": share.description[:MAX_DESCRIPTION],
    }


def _account_type(receiver: Receiver) -> str:
    if receiver.kind not in ACCOUNT_TYPES:
        raise ConfigurationError(
            _("Alipay has no such receiver: %(kind)s"), kind=receiver.kind.value
        )
    return ACCOUNT_TYPES[receiver.kind]
