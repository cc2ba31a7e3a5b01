"""Refund and refund-query calls, and how a refund ends.

A refund moves money before it is answered, unless the setup lets it wait. The number is the key:
the same number and amount is one refund, and a repeat says that it moved nothing.
"""

from dataclasses import replace

from gateway.sandbox.alipay import fields
from gateway.sandbox.alipay.call import Call
from gateway.sandbox.alipay.courier import owe_refund_notification
from gateway.sandbox.alipay.documents import refund_document, refund_query_document
from gateway.sandbox.alipay.money import to_fen
from gateway.sandbox.alipay.records import CLOSED, JsonObject, Refund, Trade
from gateway.sandbox.alipay.refund_rules import check_refundable, check_same
from gateway.sandbox.alipay.server import AlipayServer
from gateway.sandbox.alipay.settle_rules import check_taken_back
from gateway.sandbox.alipay.trade_calls import named_trade, options_in
from gateway.sandbox.refusal import NotPossible

JOB = "alipay.refund"


def refund(call: Call) -> JsonObject:
    """alipay.trade.refund: return money, or say what became of this number before."""
    biz = call.read_biz(fields.REFUND)
    server, fen = call.server, to_fen(biz["refund_amount"])
    with server.atomic():
        trade = named_trade(call, biz)
        number = biz.get("out_request_no") or trade.wanted.out_trade_no
        known = server.refunds.get(f"{trade.key}:{number}")
        if known is None:
            new = _new_refund(server, trade, number, fen, biz)
            check_refundable(server, trade, fen=fen, is_numbered="out_request_no" in biz)
            check_taken_back(server, trade, new.taken_back, fen=fen)
            accepted = _accept(server, trade, new)
        else:
            check_same(known, fen=fen)
            accepted = known
        moved_now = known is None and accepted.finished_at > 0
        trade = _trade_of(server, accepted)  # which has a refund more now
        cumulative = returned(server, trade)
        return refund_document(trade, accepted, cumulative=cumulative, moved_now=moved_now)


def query(call: Call) -> JsonObject:
    """alipay.trade.fastpay.refund.query: a refund that moved money, or nothing at all."""
    biz = call.read_biz(fields.REFUND_QUERY)
    with call.server.atomic():
        trade = named_trade(call, biz)
        found = call.server.refunds.get(f"{trade.key}:{biz['out_request_no']}")
    if found is None or not found.finished_at:
        return {}
    return refund_query_document(trade, found, options=options_in(biz))


def returned(server: AlipayServer, trade: Trade) -> int:
    """The sum of all refunds of a trade that moved money, in fen."""
    return sum(one.amount for one in server.refunds_of(trade) if one.finished_at)


def finish(server: AlipayServer, key: str) -> Refund:
    """Move the money of an accepted refund and owe the notification; once only."""
    with server.atomic():
        accepted = server.refunds.get(key)
        if accepted is None:
            raise NotPossible("There is no such refund.")
        if accepted.finished_at:
            return accepted
        server.engine.agenda.remove(JOB, key)
        now = server.now()
        done = server.refunds.put(replace(accepted, state="succeeded", finished_at=now))
        trade = _trade_of(server, done)
        cumulative = returned(server, trade)
        if cumulative == trade.wanted.total:
            trade = server.trades.put(replace(trade, state=CLOSED, closed_at=now))
        owe_refund_notification(server, trade, done, cumulative=cumulative)
        return done


def finish_due(server: AlipayServer, key: str) -> None:
    """The job that finishes a refund after the delay of the setup."""
    if server.refunds.get(key) is not None:
        finish(server, key)


def hold(server: AlipayServer, key: str) -> Refund:
    """Keep an accepted refund from finishing by itself."""
    with server.atomic():
        accepted = _unfinished(server, key)
        server.engine.agenda.remove(JOB, key)
        return accepted


def drop(server: AlipayServer, key: str) -> Refund:
    """Give an accepted refund up: as if its number had never been used."""
    with server.atomic():
        accepted = _unfinished(server, key)
        server.engine.agenda.remove(JOB, key)
        server.refunds.remove(key)
        trade = _trade_of(server, accepted)
        numbers = [number for number in trade.refund_nos if number != accepted.out_request_no]
        server.trades.put(replace(trade, refund_nos=numbers))
        return replace(accepted, state="failed")


def _new_refund(
    server: AlipayServer, trade: Trade, number: str, fen: int, biz: JsonObject
) -> Refund:
    return Refund(
        trade_key=trade.key,
        out_request_no=number,
        amount=fen,
        reason=biz.get("refund_reason", ""),
        created_at=server.now(),
        taken_back=[
            {"account": entry["trans_out"], "amount": to_fen(entry["amount"])}
            for entry in biz.get("refund_royalty_parameters", [])
        ],
    )


def _accept(server: AlipayServer, trade: Trade, new: Refund) -> Refund:
    server.refunds.put(new)
    server.trades.put(replace(trade, refund_nos=[*trade.refund_nos, new.out_request_no]))
    delay = server.switches.refund_finish_seconds
    if delay == 0:
        return finish(server, new.key)
    if delay is not None:
        server.engine.agenda.put(JOB, new.key, server.now() + delay)
    return new


def _unfinished(server: AlipayServer, key: str) -> Refund:
    accepted = server.refunds.get(key)
    if accepted is None:
        raise NotPossible("There is no such refund.")
    if accepted.finished_at:
        raise NotPossible(
            "The refund moved money already. To decide refunds yourself, set "
            "refund_finish_seconds to null in the settings before they are made."
        )
    return accepted


def _trade_of(server: AlipayServer, accepted: Refund) -> Trade:
    trade = server.trades.get(accepted.trade_key)
    if trade is None:
        raise LookupError("trades are never removed before their refunds")
    return trade
