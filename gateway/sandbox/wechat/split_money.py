"""How much of an order is frozen, shared, given back; the sums behind every rule of splitting."""

from gateway.sandbox.wechat.order_rules import DAY
from gateway.sandbox.wechat.records import Order
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.wechat.split_records import Share, Split

_FROZEN_SECONDS = 30 * DAY


def is_frozen(server: WechatServer, order: Order) -> bool:
    """Whether the order's money waits to be shared: until it is released, or for thirty days."""
    waits = order.is_for_sharing and order.is_paid and not order.released_at
    return waits and server.now() < order.paid_at + _FROZEN_SECONDS


def left(server: WechatServer, order: Order) -> int:
    """What can still be shared of an order: a share that failed gives its money back to it."""
    if not is_frozen(server, order):
        return 0
    return order.total - refunded(server, order) - shared(server, order)


def refunded(server: WechatServer, order: Order) -> int:
    """What goes or went back to the payer."""
    return sum(one.amount for one in server.refunds_of(order) if one.status != "CLOSED")


def shared(server: WechatServer, order: Order) -> int:
    """What receivers got or may still get."""
    return sum(
        share.amount
        for split in server.splits_of(order)
        for share in receivers_of(server, split)
        if share.result != "CLOSED"
    )


def receivers_of(server: WechatServer, split: Split) -> list[Share]:
    """The shares of a split without the payee's own line."""
    return [share for share in server.shares_of(split) if not share.is_rest]


def returned(server: WechatServer, split: Split, account: str) -> int:
    """What came or may come back of a merchant's share."""
    return sum(
        one.amount
        for one in server.returns_of(split)
        if one.return_mchid == account and one.result != "FAILED"
    )
