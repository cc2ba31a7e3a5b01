"""How a trade comes to be, and how it ends unpaid."""

from dataclasses import asdict, replace

from gateway.sandbox.alipay import times
from gateway.sandbox.alipay.courier import owe_close_notification
from gateway.sandbox.alipay.errors import failed
from gateway.sandbox.alipay.offers import DAY, trade_expiry
from gateway.sandbox.alipay.records import (
    CLOSED,
    DEFAULT_BUYER_ID,
    FINISHED,
    SUCCESS,
    WAITING,
    Offer,
    Trade,
    TradeNumber,
)
from gateway.sandbox.alipay.server import AlipayServer

JOB = "alipay.expire"

_REFUNDABLE_SECONDS = 365 * DAY


def find_trade(server: AlipayServer, key: str) -> Trade | None:
    """The trade as of now: time may have closed or finished it."""
    with server.atomic():
        trade = server.trades.get(key)
        if trade is None:
            return None
        if trade.state == WAITING and server.now() >= trade.expires_at:
            return close_trade(server, trade)
        if trade.state == SUCCESS and server.now() > trade.paid_at + _REFUNDABLE_SECONDS:
            return server.trades.put(replace(trade, state=FINISHED))
        return trade


def open_trade(server: AlipayServer, offer: Offer) -> Trade:
    """The trade of this offer, made now unless there is one; raises GatewayError."""
    with server.atomic():
        known = check_still_open(server, offer)
        if known is not None:
            return known
        now = server.now()
        trade = Trade(
            trade_no=_new_trade_no(server, now),
            offer=asdict(offer),
            created_at=now,
            expires_at=trade_expiry(offer, now),
            buyer_id=offer.biz.get("buyer_id", ""),
            buyer_open_id=offer.named_open_id,
        )
        if not offer.names_buyer:
            trade = replace(trade, buyer_id=DEFAULT_BUYER_ID)
        server.trade_numbers.put(TradeNumber(trade.trade_no, trade.key))
        server.engine.agenda.put(JOB, trade.key, trade.expires_at)
        return server.trades.put(trade)


def check_still_open(server: AlipayServer, offer: Offer) -> Trade | None:
    """The trade this offer is about, if there is one and it can be paid; raises GatewayError."""
    trade = find_trade(server, offer.trade_key)
    if trade is None:
        return None
    if trade.is_paid:
        raise failed("TRADE_HAS_SUCCESS", "交易已被支付")
    if trade.state == CLOSED:
        raise failed("TRADE_HAS_CLOSE", "交易已经关闭")
    check_consistent(trade.wanted, offer)
    return trade


def close_trade(server: AlipayServer, trade: Trade) -> Trade:
    """End a trade nobody paid, and tell the merchant."""
    closed = server.trades.put(replace(trade, state=CLOSED, closed_at=server.now()))
    server.engine.agenda.remove(JOB, trade.key)
    if server.switches.close_notifications:
        owe_close_notification(server, closed)
    return closed


def expire(server: AlipayServer, key: str) -> None:
    """The job that closes a trade when its time is over."""
    find_trade(server, key)


def check_consistent(known: Offer, offer: Offer) -> None:
    """A number stands for one price and subject; raises ACQ.CONTEXT_INCONSISTENT."""
    if (known.total, known.biz["subject"]) != (offer.total, offer.biz["subject"]):
        raise failed("CONTEXT_INCONSISTENT", "交易信息被篡改")


def _new_trade_no(server: AlipayServer, now: float) -> str:
    """28 digits that begin with the day."""
    return f"{times.compact(now)[:8]}22001400{server.next_number('trade'):012d}"
