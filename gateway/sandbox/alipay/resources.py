"""Trades, refunds and books as the control API shows them: the center's words, money in fen."""

from collections.abc import Iterable
from typing import Any

from gateway.sandbox.alipay import times
from gateway.sandbox.alipay.records import (
    CLOSED,
    FINISHED,
    SUCCESS,
    WAITING,
    JsonObject,
    Launch,
    Refund,
    Trade,
)
from gateway.sandbox.alipay.server import CHANNEL, AlipayServer
from gateway.sandbox.alipay.settle_resources import (
    settlement_lines,
    settlement_totals,
    taken_back_lines,
)
from gateway.sandbox.alipay.trades import find_trade
from gateway.sandbox.callbacks import Callback

TRADE_STATES = {
    WAITING: "pending",
    SUCCESS: "succeeded",
    FINISHED: "succeeded",
    CLOSED: "closed",
}


def trade_resource(server: AlipayServer, trade: Trade) -> JsonObject:
    """One trade with its refunds and the callbacks about it."""
    return {
        **_trade_line(server, trade),
        "app_id": trade.wanted.app_id,
        "product": trade.wanted.method,
        "description": trade.wanted.biz["subject"],
        "channel_state": trade.state,
        "buyer_id": trade.buyer_id or None,
        "buyer_open_id": trade.buyer_open_id or None,
        "failed_at": _moment(trade.failed_at),
        "expires_at": _moment(trade.expires_at),
        "callbacks": _callbacks(server, trade.wanted.out_trade_no),
    }


def launch_resource(launch: Launch) -> JsonObject:
    """A code or link nobody has opened: there is no trade behind it yet."""
    offer = launch.wanted
    return {
        "serial_no": offer.out_trade_no,
        "channel_serial_no": None,
        "mchid": offer.seller_id,
        "amount": offer.total,
        "state": "pending",
        "app_id": offer.app_id,
        "product": offer.method,
        "description": offer.biz["subject"],
        "channel_state": None,
        "expires_at": _moment(launch.expires_at),
        "paid_at": None,
        "refunds": [],
        "callbacks": [],
    }


def refund_resource(server: AlipayServer, refund: Refund) -> JsonObject:
    """One refund with the callbacks about it."""
    trade = server.trades.get(refund.trade_key)
    return {
        **_refund_line(refund),
        "mchid": trade.wanted.seller_id if trade else None,
        "serial_no": trade.wanted.out_trade_no if trade else None,
        "channel_serial_no": trade.trade_no if trade else None,
        "callbacks": _callbacks(server, refund.out_request_no),
    }


def callback_resource(callback: Callback) -> JsonObject:
    """One notification and every attempt to deliver it."""
    return {
        "id": callback.id,
        "event_type": callback.message["event_type"],
        "state": callback.state,
        "url": callback.url,
        "failures": callback.failures,
        "attempts": callback.attempts,
    }


def books(server: AlipayServer) -> JsonObject:
    """Every fen the channel took, returned or shared, by trade; its own record, nobody else's."""
    with server.atomic():
        trades = [find_trade(server, trade.key) or trade for trade in server.trades.all()]
        lines = [_trade_line(server, trade) for trade in trades]
    return {"orders": lines, "totals": _totals(lines)}


def _totals(lines: Iterable[JsonObject]) -> JsonObject:
    paid = [line for line in lines if line["paid_at"] is not None]
    refunds = [refund for line in paid for refund in line["refunds"]]
    returned = [refund["amount"] for refund in refunds if refund["state"] == "succeeded"]
    return {
        "taken": sum(line["amount"] for line in paid),
        "returned": sum(returned),
        **settlement_totals(paid),
    }


def _trade_line(server: AlipayServer, trade: Trade) -> JsonObject:
    refunds = server.refunds_of(trade)
    # A trade that gave all its money back is closed at Alipay, and was paid nevertheless.
    state = "succeeded" if trade.is_paid else TRADE_STATES[trade.state]
    return {
        "serial_no": trade.wanted.out_trade_no,
        "channel_serial_no": trade.trade_no,
        "mchid": trade.wanted.seller_id,
        "amount": trade.wanted.total,
        "payer_amount": trade.buyer_pay if trade.is_paid else None,
        "state": state,
        "paid_at": _moment(trade.paid_at),
        "refunds": [_refund_line(refund) for refund in refunds],
        **settlement_lines(server, trade),
    }


def _refund_line(refund: Refund) -> JsonObject:
    return {
        "refund_serial_no": refund.out_request_no,
        # Alipay has no number of its own for a refund.
        "channel_refund_no": None,
        "amount": refund.amount,
        "state": refund.state,
        "finished_at": _moment(refund.finished_at),
        "taken_back": taken_back_lines(refund),
    }


def _callbacks(server: AlipayServer, subject: str) -> list[Any]:
    about = server.engine.callbacks.about(CHANNEL, subject)
    return [callback_resource(callback) for callback in about]


def _moment(moment: float) -> str | None:
    return times.with_zone(moment) if moment else None
