"""How much of a trade is shared, taken back, left; the sums behind every rule of settling."""

from gateway.sandbox.alipay.offers import DAY
from gateway.sandbox.alipay.records import Trade
from gateway.sandbox.alipay.server import AlipayServer

_FROZEN_SECONDS = 30 * DAY


def is_frozen(server: AlipayServer, trade: Trade) -> bool:
    """Whether the trade's money waits to be shared: until it is released, or for thirty days."""
    waits = trade.wanted.is_for_sharing and trade.is_paid and not trade.released_at
    return waits and server.now() < trade.paid_at + _FROZEN_SECONDS


def is_over(server: AlipayServer, trade: Trade) -> bool:
    """Whether the splits of a trade have ended: what was frozen is no longer."""
    was_frozen = trade.wanted.is_for_sharing and trade.is_paid
    return bool(trade.released_at) or (was_frozen and not is_frozen(server, trade))


def left(server: AlipayServer, trade: Trade) -> int:
    """What can still be shared of a trade: a share that failed gives its money back to it.

    A refund of money that was never frozen may be paid from elsewhere: nothing is left then.
    """
    if not trade.is_paid or is_over(server, trade):
        return 0
    kept = trade.wanted.total - refunded(server, trade) - shared(server, trade)
    return max(kept + taken_back(server, trade), 0)


def refunded(server: AlipayServer, trade: Trade) -> int:
    """What goes or went back to the buyer."""
    return sum(one.amount for one in server.refunds_of(trade))


def shared(server: AlipayServer, trade: Trade, account: str | None = None) -> int:
    """What receivers (or one of them) got or may still get."""
    return sum(
        share.amount
        for settlement in server.settlements_of(trade)
        for share in server.shares_of(settlement)
        if share.state != "FAIL" and account in (None, share.trans_in)
    )


def taken_back(server: AlipayServer, trade: Trade, account: str | None = None) -> int:
    """What refunds took or will take from receivers (or one of them)."""
    return sum(
        entry["amount"]
        for refund in server.refunds_of(trade)
        for entry in refund.taken_back
        if account in (None, entry["account"])
    )
